/**
 * A rate, by the generic cell rate algorithm: one number says how full the provider's bucket may be.
 *
 *      sent at s ──── on its way, 0 to `safetyMs` ────► counted by the provider
 *
 *   clear = max(clear, s + safety) + cost · interval        the bucket is full again by then, however late the request came
 *   wait  = clear − s − (burst − cost) · interval           … and however early the next one comes
 *
 * An answer shows that its request has arrived: `clear` is taken back to what it is for an arrival at that moment, so a
 * near provider costs less than the whole margin. Burst 1 spaces requests by interval + min(safety, time to the answer); a
 * larger burst lends the margin from itself and reaches the rate in full.
 *
 * Guarantee: a provider that counts arrivals in a bucket of `burst` refuses none, if the time to it varies by at most
 * `safetyMs` and the clocks differ by less than 0.1 % in speed. Memory: 32 bytes.
 * (Source: ATM Forum, Traffic Management 4.0, 4.4.3, virtual scheduling.)
 */
import * as L from './limiter-layout.ts'
import type { Meter } from './meter.ts'
import type { RateRule } from './rules.ts'

/** Clocks are corrected by up to 0.05 % a second, here and there. */
const SLOW_CLOCK = 1.001

export class RateMeter implements Meter {
  readonly #cells: Float64Array
  readonly #intervalMs: number
  readonly #burst: number
  readonly #leastCost: number
  readonly #safetyMs: number

  /** `cells` are a rule's, as in the layout. */
  constructor(rule: RateRule, safetyMs: number, cells: Float64Array) {
    this.#cells = cells
    this.#intervalMs = (rule.perMs / rule.count) * SLOW_CLOCK
    this.#burst = rule.burst
    this.#leastCost = rule.unit === 'credit' ? (rule.leastCost ?? 1) : 1
    this.#safetyMs = safetyMs
  }

  waitMs(timeMs: number, _wallMs: number, cost: number): number {
    if (cost > this.#burst) return Number.POSITIVE_INFINITY
    return Math.max(0, this.#cells[L.CLEAR]! - timeMs - (this.#burst - cost) * this.#intervalMs)
  }

  take(timeMs: number, _wallMs: number, cost: number): void {
    const cells = this.#cells
    cells[L.CLEAR_BEFORE] = cells[L.CLEAR]!
    cells[L.USED] = cost
    cells[L.CLEAR] = Math.max(cells[L.CLEAR]!, timeMs + this.#safetyMs) + cost * this.#intervalMs
  }

  arrived(timeMs: number): void {
    const cells = this.#cells
    const clear = Math.max(cells[L.CLEAR_BEFORE]!, timeMs) + cells[L.USED]! * this.#intervalMs
    if (clear < cells[L.CLEAR]!) cells[L.CLEAR] = clear
  }

  arrivedLate(timeMs: number): void {
    const cells = this.#cells
    cells[L.CLEAR] = Math.max(cells[L.CLEAR]!, timeMs + cells[L.USED]! * this.#intervalMs)
  }

  mayHaveSent(timeMs: number, wallMs: number): boolean {
    // An answer may have taken back the margin.
    return this.waitMs(timeMs + this.#safetyMs, wallMs, this.#leastCost) === 0
  }

  assumeSpent(timeMs: number, _wallMs: number, sinceMs: number): number {
    const cells = this.#cells
    cells[L.CLEAR] = Math.max(cells[L.CLEAR]!, this.#latestClear(timeMs))
    this.#forgetNewest()
    return this.#burst + Math.max(0, timeMs - sinceMs) / this.#intervalMs
  }

  bound(timeMs: number): void {
    const cells = this.#cells
    cells[L.CLEAR] = Math.min(cells[L.CLEAR]!, this.#latestClear(timeMs))
    this.#forgetNewest()
  }

  #latestClear(timeMs: number): number {
    return timeMs + this.#safetyMs + this.#burst * this.#intervalMs
  }

  /** Nothing that is answered from here on was the newest. */
  #forgetNewest(): void {
    const cells = this.#cells
    cells[L.CLEAR_BEFORE] = cells[L.CLEAR]!
    cells[L.USED] = 0
  }
}
