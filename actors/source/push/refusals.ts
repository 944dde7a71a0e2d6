/** Why a request is refused: a closed list, each with its status. */
export const REFUSALS = {
  bad_request: '400 Bad Request',
  unauthorized: '401 Unauthorized',
  not_accepted: '403 Forbidden',
  not_found: '404 Not Found',
  bad_method: '405 Method Not Allowed',
  too_slow: '408 Request Timeout',
  conflict: '409 Conflict',
  too_large: '413 Content Too Large',
  bad_type: '415 Unsupported Media Type',
  limited: '429 Too Many Requests',
  upstream: '502 Bad Gateway',
  busy: '503 Service Unavailable',
} as const

export type Refusal = keyof typeof REFUSALS

export const REFUSAL_NAMES = Object.keys(REFUSALS) as readonly Refusal[]

/** What is wrong with a request, for who sent it. */
export interface Problem {
  readonly refusal: Refusal
  /** For people. */
  readonly message: string
  /** Where in the body: `payload`, `[3].source`. */
  readonly field?: string
  readonly retryAfterSeconds?: number
  /** Methods that there are. */
  readonly allow?: string
}
