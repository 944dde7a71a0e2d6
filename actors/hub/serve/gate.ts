/**
 * Who may open a WebSocket: pages of allowed origins, in a format that there is, as long as there is room.
 */
import type { HttpRequest, HttpResponse } from 'uWebSockets.js'
import { FORMATS, type Format } from '../protocol.ts'
import { Admission, type AdmissionLimits } from './admission.ts'
import { clientAddress, trustedNetworks } from './client-address.ts'
import { isAllowedOrigin } from './origin.ts'
import { errorReply, internalError, type Reply } from './reply.ts'

export interface GateOptions {
  origins: readonly string[]
  trustedProxies: readonly string[]
  admission: AdmissionLimits
  /** Told of each page that may not connect: most are the operator's own, under a name that is not listed. */
  onForeignOrigin: (origin: string, host: string) => void
}

export interface Admitted {
  format: Format
  address: string
}

const LATER = [['Retry-After', '5']] as const

export class Gate {
  isClosed = false
  readonly #options: GateOptions
  readonly #trusted: ReturnType<typeof trustedNetworks>
  readonly #admission: Admission

  constructor(options: GateOptions) {
    this.#options = options
    this.#trusted = trustedNetworks(options.trustedProxies)
    this.#admission = new Admission(options.admission)
  }

  /** Takes the client in, to be let out with `leave`; or says why not. Does not throw. */
  enter(response: HttpResponse, request: HttpRequest): Admitted | Reply {
    try {
      return this.#enter(response, request)
    } catch (error) {
      return internalError(error)
    }
  }

  #enter(response: HttpResponse, request: HttpRequest): Admitted | Reply {
    const format = request.getQuery('format') ?? 'msgpack'
    if (!isFormat(format)) return errorReply('400 Bad Request', 'bad_format', `format is one of ${FORMATS.join(', ')}`)
    const [origin, host] = [request.getHeader('origin'), request.getHeader('host')]
    if (!isAllowedOrigin(origin, host, this.#options.origins)) {
      this.#options.onForeignOrigin(origin, host)
      return errorReply('403 Forbidden', 'origin', 'pages of this origin may not connect: add it to hub.origins')
    }
    if (this.isClosed) return errorReply('503 Service Unavailable', 'draining', 'the hub is going away', LATER)
    const address = this.#addressOf(response, request)
    switch (this.#admission.enter(address)) {
      case 'full':
        return errorReply('503 Service Unavailable', 'full', 'the hub has all the clients it may have', LATER)
      case 'too-many-from-address':
        return errorReply('429 Too Many Requests', 'address', 'too many connections from one address', LATER)
      default:
        return { format, address }
    }
  }

  leave({ address }: Admitted): void {
    this.#admission.leave(address)
  }

  #addressOf(response: HttpResponse, request: HttpRequest): string {
    const remote = Buffer.from(response.getRemoteAddressAsText()).toString()
    return clientAddress(remote, request.getHeader('x-forwarded-for'), this.#trusted)
  }
}

const isFormat = (text: string): text is Format => (FORMATS as readonly string[]).includes(text)
