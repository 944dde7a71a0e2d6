/**
 * What a provider allows for one credential, as its documentation says it.
 *
 *   [{ kind: 'rate', count: 1, perMs: 1000, burst: 1, unit: 'request' }]                    one a second
 *   [{ kind: 'rate', … }, { kind: 'day', count: 4000, burst: 4, unit: 'credit' }]           and 4,000 credits a UTC day
 *
 * A rolling day is a rate per 86,400,000 ms; a `day` begins anew at midnight UTC.
 */
export interface RateRule extends Counted {
  readonly kind: 'rate'
  readonly count: number
  readonly perMs: number
  /** How much may be spent at once. At most `burst + count` is spent in any `perMs`, at most `count` where `burst` is 1. */
  readonly burst: number
}

export interface DayRule extends Counted {
  readonly kind: 'day'
  readonly count: number
  /** How much may be spent at once: the day's count is spread over what is left of the day. */
  readonly burst: number
}

export type LimitRule = RateRule | DayRule

interface Counted {
  /** Whether a request counts as one, or as what it costs. */
  readonly unit: 'request' | 'credit'
  /** In credits, the least that any request costs; 1 unless given. The nearer to the truth, the less a kill costs. */
  readonly leastCost?: number
}

export interface LimiterOptions {
  readonly rules: readonly LimitRule[]
  /**
   * By how much the time from here to the provider may vary. Providers count requests as they arrive: of two sent a second
   * apart the first may be late and the second not.
   */
  readonly safetyMs: number
  /**
   * A request that is not answered when it usually would be may be late by any time: for so long nothing follows it, and when its
   * answer is late it counts as arrived then. Unless given, requests are late by `safetyMs` at most.
   */
  readonly holdMs?: number
}

export const DEFAULT_SAFETY_MS = 50
export const DEFAULT_HOLD_MS = 3000
/** Waited after a refusal that does not say for how long. */
export const UNTOLD_WAIT_MS = 60_000

export const DAY_MS = 86_400_000

export function checkRules(rules: readonly LimitRule[]): void {
  for (const rule of rules) {
    const perMs = rule.kind === 'day' ? DAY_MS : rule.perMs
    if (!(rule.count > 0) || !(perMs > 0) || !(rule.burst >= 1))
      throw new RangeError(`a limit needs a count and a time above 0 and a burst of 1 or more: ${JSON.stringify(rule)}`)
  }
}
