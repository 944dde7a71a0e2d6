/**
 * The admin server: `/live`, `/ready`, `/metrics` and `/version`, for probes, Prometheus and people.
 *
 * It answers GET and HEAD, keeps no state and writes nothing. Connections, header size and all times are bounded, so a
 * client that is slow or hostile holds up itself only; scrapes that come together share one. `handle` answers the same
 * on any other server, such as the Unix socket of the log directory.
 */
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SkeinError } from '../errors.ts'
import { METRICS_CONTENT_TYPE } from './metrics.ts'
import type { Readiness } from './readiness.ts'

export const DEFAULT_ADMIN_HOST = '127.0.0.1'
export const DEFAULT_ADMIN_PORT = 9464

const MAX_CONNECTIONS = 64
const MAX_HEADER_BYTES = 8192
const HEADERS_TIMEOUT_MS = 5_000
const REQUEST_TIMEOUT_MS = 10_000
const KEEP_ALIVE_MS = 20_000
/** A client that does not read its answer for so long is cut off. */
const SOCKET_TIMEOUT_MS = 30_000

export interface AdminAnswers {
  version: Readonly<Record<string, string>>
  readiness(): Readiness
  /** In the Prometheus text format. */
  metrics(): Promise<string>
}

interface Answer {
  status: number
  contentType: string
  body: string
}

export class AdminServer {
  readonly #answers: AdminAnswers
  readonly #server: Server
  #scrape: Promise<string> | null = null

  constructor(answers: AdminAnswers) {
    this.#answers = answers
    this.#server = boundedServer(this.handle)
  }

  /** Answers a request of whichever server. */
  readonly handle: RequestListener = (request, response) => {
    this.#answer(request).then(
      (answer) => send(request, response, answer),
      (error: unknown) => send(request, response, plain(500, `${error instanceof Error ? error.message : error}\n`)),
    )
  }

  /** Resolves with the URL. Throws `SKEIN_OPS_PORT`. */
  listen(host: string = DEFAULT_ADMIN_HOST, port: number = DEFAULT_ADMIN_PORT): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    this.#server.once('error', (cause) => {
      reject(new SkeinError('SKEIN_OPS_PORT', { host, port, reason: cause.message }, { cause }))
    })
    this.#server.listen(port, host, () => resolve(urlOf(this.#server.address() as AddressInfo)))
    return promise
  }

  /** Cuts open connections. */
  async close(): Promise<void> {
    if (!this.#server.listening) return
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405, 'only GET and HEAD\n')
    switch (request.url?.split('?', 1)[0]) {
      case '/live':
        return json(200, { status: 'live' })
      case '/ready': {
        const readiness = this.#answers.readiness()
        return json(readiness.status === 'not ready' ? 503 : 200, readiness)
      }
      case '/metrics':
        return { status: 200, contentType: METRICS_CONTENT_TYPE, body: await this.#metrics() }
      case '/version':
        return json(200, this.#answers.version)
      default:
        return plain(404, 'there are /live, /ready, /metrics and /version\n')
    }
  }

  #metrics(): Promise<string> {
    this.#scrape ??= this.#answers.metrics().finally(() => {
      this.#scrape = null
    })
    return this.#scrape
  }
}

function boundedServer(handle: RequestListener): Server {
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: HEADERS_TIMEOUT_MS,
    },
    handle,
  )
  server.maxConnections = MAX_CONNECTIONS
  server.setTimeout(SOCKET_TIMEOUT_MS)
  return server
}

const json = (status: number, value: unknown): Answer => ({
  status,
  contentType: 'application/json; charset=utf-8',
  body: `${JSON.stringify(value)}\n`,
})

const plain = (status: number, body: string): Answer => ({ status, contentType: 'text/plain; charset=utf-8', body })

function send(request: IncomingMessage, response: ServerResponse, { status, contentType, body }: Answer): void {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(status === 405 ? { allow: 'GET, HEAD', connection: 'close' } : {}),
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

function urlOf({ address, port, family }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
