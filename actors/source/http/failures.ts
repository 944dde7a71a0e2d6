/** Every way in which a request comes to nothing: a closed list. The docs' table is made from it. */
export interface FailureKind {
  /** For people. */
  readonly what: string
  /** Whether the same request may succeed a moment later. */
  readonly isRetryable: boolean
  /** Whether it says that the provider is not well: enough of these in a row and it is left alone for a while. */
  readonly isProvidersFault: boolean
}

const passing = (what: string): FailureKind => ({ what, isRetryable: true, isProvidersFault: true })
const lasting = (what: string): FailureKind => ({ what, isRetryable: false, isProvidersFault: true })
const ours = (what: string): FailureKind => ({ what, isRetryable: false, isProvidersFault: false })

export const FAILURES = {
  dns: passing('its name does not resolve'),
  connect: passing('no connection: refused, or unreachable'),
  connect_timeout: passing('no connection in time'),
  tls: lasting('its certificate or its TLS is not to be trusted'),
  reset: passing('the connection was reset'),
  headers_timeout: passing('no answer in time'),
  body_timeout: passing('the answer stopped in its middle'),
  total_timeout: passing('the answer was not complete in time'),
  truncated: passing('the answer was shorter than announced'),
  too_large: lasting('the body is longer than `maxBody`'),
  bad_encoding: passing('the body is not compressed as it says'),
  bad_answer: passing('what came is not HTTP'),
  redirect: lasting('too many redirects, or one that leads nowhere or out of TLS'),
  unauthorized: ours('401: it does not know who asks'),
  forbidden: ours('403: it does not let this one ask'),
  not_found: ours('404 or 410: there is no such thing'),
  limited: ours('429, or 418: too many requests'),
  client_error: ours('another 4xx: it does not like the request'),
  server_error: passing('5xx'),
  other_origin: ours('not sent: the next page is said to be at another origin, which is not to see secrets'),
  no_connection: ours('not sent: as many connections are open as may be'),
  breaker_open: ours('not sent: too many before it failed'),
  aborted: ours('given up here: the engine drains'),
} as const satisfies Record<string, FailureKind>

export type FailureClass = keyof typeof FAILURES

export const FAILURE_CLASSES = Object.keys(FAILURES) as readonly FailureClass[]

/** Of an answer with a status that is neither 2xx nor 304. */
export function classOfStatus(status: number): FailureClass {
  if (status === 401) return 'unauthorized'
  if (status === 403) return 'forbidden'
  if (status === 404 || status === 410) return 'not_found'
  if (status === 429 || status === 418) return 'limited'
  if (status >= 500) return 'server_error'
  return status >= 400 ? 'client_error' : 'redirect'
}

/** The code of an error that says that there may be no further connection. */
export const NO_CONNECTION = 'SKEIN_NO_CONNECTION'

const BY_CODE: Readonly<Record<string, FailureClass>> = {
  [NO_CONNECTION]: 'no_connection',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  ENODATA: 'dns',
  ECONNREFUSED: 'connect',
  EHOSTUNREACH: 'connect',
  ENETUNREACH: 'connect',
  EADDRNOTAVAIL: 'connect',
  EMFILE: 'connect',
  UND_ERR_CONNECT_TIMEOUT: 'connect_timeout',
  ETIMEDOUT: 'connect_timeout',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  UND_ERR_HEADERS_TIMEOUT: 'headers_timeout',
  UND_ERR_BODY_TIMEOUT: 'body_timeout',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'truncated',
  UND_ERR_HEADERS_OVERFLOW: 'bad_answer',
  UND_ERR_PRX_CONN: 'connect',
  UND_ERR_PRX_TLS: 'tls',
}

/** Of an error from below. `hasBegun`: the answer had. */
export function classOfError(error: unknown, hasBegun: boolean): FailureClass {
  const { name, code = '', cause } = error as { name?: string; code?: string; cause?: unknown }
  if (name === 'HTTPParserError') return 'bad_answer'
  if (/^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code)) return 'tls'
  const found = BY_CODE[code]
  if (found !== undefined) return found === 'reset' && hasBegun ? 'truncated' : found
  if (code === 'UND_ERR_SOCKET') return hasBegun ? 'truncated' : 'reset'
  return cause === undefined ? 'connect' : classOfError(cause, hasBegun)
}
