/**
 * Asks over HTTP: connections kept and bounded, times and sizes limited, redirects followed, bodies decompressed.
 *
 * `send` never rejects: whatever happens is an `Answer`. Secrets go to no other origin than they were for, and never from TLS
 * to plain text.
 */
import { Agent, buildConnector, type Dispatcher, EnvHttpProxyAgent, interceptors } from 'undici'
import type { Headers } from '../limit/index.ts'
import type { Answer, HttpLimits, HttpRequest, Validators } from './answer.ts'
import { ACCEPT_ENCODING, decompressed, TooLarge } from './content-encoding.ts'
import { Exchange, type Exchanged, MOST_OF_A_REFUSAL } from './exchange.ts'
import { classOfStatus, type FailureClass, NO_CONNECTION } from './failures.ts'
import { shownText } from './shown.ts'

export interface ConnectionLimits {
  /** For one origin: scheme, host and port; where a name has several addresses, for each of them. */
  readonly perOrigin: number
  /** Further requests fail. Not counted behind a proxy: connections to it are undici's affair. */
  readonly total: number
}

export const DEFAULT_CONNECTIONS: ConnectionLimits = { perOrigin: 100, total: 5000 }

const CONNECT_TIMEOUT_MS = 10_000
const KEEP_ALIVE_MS = 30_000
const DNS_KEPT_MS = 300_000
const DETAIL_LENGTH = 200
const REDIRECTS = new Set([301, 302, 303, 307, 308])
/** Whatever a caller calls secret besides. */
const ALWAYS_SECRET = ['authorization', 'cookie', 'proxy-authorization']

export class HttpClient {
  readonly #dispatcher: Dispatcher
  readonly #totalConnections: number
  readonly #stops = new WeakMap<AbortSignal, Set<() => void>>()
  #connections = 0

  constructor({ perOrigin, total }: ConnectionLimits = DEFAULT_CONNECTIONS) {
    this.#totalConnections = total
    const options = {
      connections: perOrigin,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      allowH2: false,
      connect: this.#boundedConnector(),
    }
    this.#dispatcher = isProxied()
      ? new EnvHttpProxyAgent(options) // the proxy resolves names
      : new Agent(options).compose(interceptors.dns({ maxTTL: DNS_KEPT_MS }))
  }

  /** Open now, idle ones included. */
  get connections(): number {
    return this.#connections
  }

  async send(request: HttpRequest, limits: HttpLimits, signal: AbortSignal): Promise<Answer> {
    let exchange: Exchange | null = null
    const timeout = setTimeout(() => exchange?.giveUp('total_timeout'), limits.totalTimeoutMs)
    const onAbort = () => exchange?.giveUp('aborted')
    const stop = this.#stopOf(signal)
    stop.add(onAbort)
    try {
      let { url } = request
      let headers: Record<string, string> = { 'accept-encoding': ACCEPT_ENCODING, ...request.headers }
      if (request.form !== undefined) headers['content-type'] = 'application/x-www-form-urlencoded'
      if (request.validators?.etag != null) headers['if-none-match'] = request.validators.etag
      else if (request.validators?.lastModified != null) headers['if-modified-since'] = request.validators.lastModified
      for (let redirects = 0; ; redirects++) {
        if (signal.aborted) return failed('aborted', '')
        exchange = new Exchange(limits)
        const exchanged = await this.#exchange(exchange, url, headers, request.form, limits)
        if (!exchanged.isWhole) return failed(exchanged.class, exchanged.detail)
        if (!REDIRECTS.has(exchanged.status)) return await answerOf(exchanged, limits, request.secrets)
        const next = nextUrl(url, exchanged.headers.location)
        if (next === null || redirects === limits.maxRedirects)
          return refused(exchanged, next === null ? 'it leads nowhere' : `more than ${limits.maxRedirects} of them`)
        if (url.startsWith('https:') && next.protocol !== 'https:') return refused(exchanged, 'it leads out of TLS')
        if (next.origin !== new URL(url).origin) headers = withoutSecrets(headers, request.secretHeaders)
        url = next.href
      }
    } finally {
      clearTimeout(timeout)
      stop.delete(onAbort)
    }
  }

  /** Who is to hear of a signal: it has one listener of ours, however many requests go by it. */
  #stopOf(signal: AbortSignal): Set<() => void> {
    let stop = this.#stops.get(signal)
    if (stop === undefined) {
      const listeners = (stop = new Set())
      this.#stops.set(signal, stop)
      const stopAll = () => {
        for (const listener of listeners) listener()
      }
      signal.addEventListener('abort', stopAll, { once: true })
    }
    return stop
  }

  /** Resolves when no connection is left. */
  async close(): Promise<void> {
    await this.#dispatcher.destroy()
  }

  #exchange(
    exchange: Exchange,
    address: string,
    headers: Record<string, string>,
    form: string | undefined,
    limits: HttpLimits,
  ): Promise<Exchanged> {
    const { origin, pathname, search } = new URL(address)
    try {
      this.#dispatcher.dispatch(
        {
          origin,
          path: pathname + search,
          method: form === undefined ? 'GET' : 'POST',
          headers,
          body: form ?? null,
          headersTimeout: limits.headersTimeoutMs,
          bodyTimeout: limits.bodyTimeoutMs,
        },
        exchange,
      )
    } catch (error) {
      exchange.onResponseError(NO_CONTROLLER, error as Error)
    }
    return exchange.whole
  }

  #boundedConnector(): buildConnector.connector {
    const connect = buildConnector({ timeout: CONNECT_TIMEOUT_MS, allowH2: false })
    return (options, callback) => {
      if (this.#connections >= this.#totalConnections) {
        const error = Object.assign(new Error(`${this.#totalConnections} are open already`), { code: NO_CONNECTION })
        queueMicrotask(() => callback(error, null))
        return
      }
      this.#connections++
      connect(options, (error, socket) => {
        if (error !== null) {
          this.#connections--
          callback(error, null)
        } else {
          socket.once('close', () => this.#connections--)
          callback(null, socket)
        }
      })
    }
  }
}

/** A dispatch that throws has none, and the exchange needs none to fail. */
const NO_CONTROLLER = null as unknown as Dispatcher.DispatchController

function isProxied(): boolean {
  const { HTTP_PROXY, HTTPS_PROXY, http_proxy, https_proxy } = process.env
  return Boolean(HTTP_PROXY || HTTPS_PROXY || http_proxy || https_proxy)
}

type Whole = Extract<Exchanged, { isWhole: true }>

async function answerOf(exchanged: Whole, limits: HttpLimits, secrets?: readonly string[]): Promise<Answer> {
  const { status, headers, body } = exchanged
  if (status === 304) return { kind: 'not-modified', status, headers }
  const encoding = headers['content-encoding']
  if (status < 200 || status > 299) return refused(exchanged, await textOf(body, encoding, secrets))
  const validators = validatorsIn(headers)
  if (encoding === undefined) return { kind: 'ok', status, headers, body, validators }
  try {
    const inner = await decompressed(body, String(encoding), limits.maxBodyBytes)
    return { kind: 'ok', status, headers, body: inner, validators }
  } catch (error) {
    return failed(error instanceof TooLarge ? 'too_large' : 'bad_encoding', (error as Error).message)
  }
}

function failed(failure: FailureClass, detail: string): Answer {
  return { kind: 'failed', class: failure, detail }
}

function refused({ status, headers }: Whole, detail: string): Answer {
  return { kind: 'refused', class: classOfStatus(status), status, headers, detail: `${status} ${detail}`.trim() }
}

/** The first line or so, for people. */
async function textOf(body: Buffer, encoding: Headers[string], secrets?: readonly string[]): Promise<string> {
  const inner = await decompressed(body, String(encoding ?? ''), MOST_OF_A_REFUSAL).catch(() => Buffer.of())
  const text = shownText(inner.toString('utf8'), secrets).replaceAll(/[^\x20-\x7e\u00a0-\uffff]+/g, ' ')
  return text.trim().slice(0, DETAIL_LENGTH)
}

function validatorsIn({ etag, 'last-modified': lastModified }: Headers): Validators {
  return {
    etag: typeof etag === 'string' ? etag : null,
    lastModified: typeof lastModified === 'string' ? lastModified : null,
  }
}

function nextUrl(from: string, location: Headers[string]): URL | null {
  const url = typeof location === 'string' ? URL.parse(location, from) : null
  return url !== null && /^https?:$/.test(url.protocol) ? url : null
}

function withoutSecrets(headers: Record<string, string>, secret: readonly string[] = []): Record<string, string> {
  const hidden = new Set([...ALWAYS_SECRET, ...secret])
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hidden.has(name)))
}
