/**
 * What an answer says of the provider's limits, read from its status and headers.
 *
 *   429, 503            Retry-After: 30 | Retry-After: Wed, 21 Oct 2015 07:28:00 GMT           RFC 9110, 10.2.3
 *   OpenSky             X-Rate-Limit-Remaining: 3996, X-Rate-Limit-Retry-After-Seconds: 42     its REST API documentation
 *   the draft           RateLimit: "default";r=50;t=30                                         draft-ietf-httpapi-ratelimit-headers-08 on
 *                       RateLimit: limit=100, remaining=50, reset=30                           … -07
 *                       RateLimit-Remaining: 50, RateLimit-Reset: 30                           … up to -06
 *                       RateLimit-Policy: "default";q=100;w=60 | 100;w=60
 *   custom              X-RateLimit-Remaining: 50, X-RateLimit-Reset: seconds, or a time       GitHub and many others
 *
 * Guarantee: whatever a provider writes yields a report: what cannot be understood counts as not said, no wait is longer
 * than `MAX_WAIT_MS`. Times of day are taken against the answer's own `Date`, so a wrong clock there or here does no harm.
 */
import { DAY_MS } from './rules.ts'

export interface LimitReport {
  /** The request was refused for its number: status 429. */
  isRefusal: boolean
  /** How long to send nothing; 0 when it does not say. */
  waitMs: number
  /** How much is left; NaN when it does not say. */
  remaining: number
  /** Until when that is all, from now; NaN when it does not say. */
  resetMs: number
  /** The limit that the provider states, and per how many milliseconds; NaN when it does not. */
  policyCount: number
  policyPerMs: number
}

/** As undici gives them: names in lower case. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

export const MAX_WAIT_MS = 31 * DAY_MS

const TOO_MANY_REQUESTS = 429
/** A number of seconds above this is a date: 2001; and above this one of milliseconds. */
const LEAST_EPOCH_S = 1e9
const LEAST_EPOCH_MS = 1e11

export const makeLimitReport = (): LimitReport => ({
  isRefusal: false,
  waitMs: 0,
  remaining: Number.NaN,
  resetMs: Number.NaN,
  policyCount: Number.NaN,
  policyPerMs: Number.NaN,
})

/** Writes what an answer that came at `nowMs` says into `report`. */
export function readLimits(status: number, headers: Headers, nowMs: number, report: LimitReport): LimitReport {
  const theirNowMs = dateIn(text(headers, 'date')) ?? nowMs
  report.isRefusal = status === TOO_MANY_REQUESTS
  report.waitMs = Math.max(
    retryAfterMs(text(headers, 'retry-after'), theirNowMs),
    secondsIn(text(headers, 'x-rate-limit-retry-after-seconds')) ?? 0,
  )
  const [policy] = membersOf(text(headers, 'ratelimit-policy'))
  report.policyCount = policy?.get('q') ?? policy?.get('') ?? Number.NaN
  report.policyPerMs = (policy?.get('w') ?? Number.NaN) * 1000
  readRemaining(headers, theirNowMs, report)
  return report
}

function readRemaining(headers: Headers, theirNowMs: number, report: LimitReport): void {
  report.remaining = Number.NaN
  report.resetMs = Number.NaN
  // Of several policies the one that is used up first holds.
  for (const member of membersOf(text(headers, 'ratelimit'))) {
    const remaining = member.get('r') ?? member.get('remaining')
    if (remaining === undefined || remaining >= report.remaining) continue
    report.remaining = Math.max(0, remaining)
    report.resetMs = limited((member.get('t') ?? member.get('reset') ?? Number.NaN) * 1000)
  }
  for (const prefix of ['ratelimit', 'x-ratelimit', 'x-rate-limit']) {
    if (!Number.isNaN(report.remaining)) return
    const remaining = numberIn(text(headers, `${prefix}-remaining`))
    if (remaining === undefined) continue
    report.remaining = Math.max(0, remaining)
    report.resetMs = resetMs(numberIn(text(headers, `${prefix}-reset`)), theirNowMs)
  }
}

function retryAfterMs(value: string, theirNowMs: number): number {
  const seconds = secondsIn(value)
  if (seconds !== undefined) return seconds
  const date = dateIn(value)
  return date === undefined ? 0 : limited(date - theirNowMs)
}

/** Seconds from now, or a time in seconds or milliseconds since 1970: providers write all three. */
function resetMs(value: number | undefined, theirNowMs: number): number {
  if (value === undefined) return Number.NaN
  if (value >= LEAST_EPOCH_MS) return limited(value - theirNowMs)
  if (value >= LEAST_EPOCH_S) return limited(value * 1000 - theirNowMs)
  return limited(value * 1000)
}

/**
 * The members of a structured list, each with its parameters that are numbers; a bare number goes by the name ''. What came
 * before lists, `limit=100, remaining=50, reset=30`, is one member.
 */
function membersOf(value: string): Map<string, number>[] {
  if (value === '') return []
  const isOneMember = !value.includes(';') && value.includes('=')
  return (isOneMember ? [value.replaceAll(',', ';')] : value.split(',')).map((member) => {
    const parameters = new Map<string, number>()
    for (const part of member.split(';')) {
      const at = part.indexOf('=')
      const number = numberIn(part.slice(at + 1))
      if (number !== undefined) parameters.set(part.slice(0, Math.max(0, at)).trim().toLowerCase(), number)
    }
    return parameters
  })
}

function text(headers: Headers, name: string): string {
  const value = headers[name]
  return (typeof value === 'string' ? value : (value?.[0] ?? '')).trim()
}

function numberIn(value: string): number | undefined {
  return /^\s*-?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : undefined
}

function secondsIn(value: string): number | undefined {
  const seconds = numberIn(value)
  return seconds === undefined ? undefined : limited(seconds * 1000)
}

/** Only dates of HTTP's form: `Date.parse` takes a good deal more for one. */
function dateIn(value: string): number | undefined {
  if (!/^[A-Z][a-z]{2,8}, \d{2}[ -][A-Z][a-z]{2}[ -]\d{2,4} \d{2}:\d{2}:\d{2} GMT$/.test(value)) return undefined
  const ms = Date.parse(value)
  return Number.isNaN(ms) ? undefined : ms
}

function limited(ms: number): number {
  return Math.min(MAX_WAIT_MS, Math.max(0, ms))
}
