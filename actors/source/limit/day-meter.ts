/**
 * A count for each UTC day, spread over what is left of the day: a provider that gives 4,000 is asked all day long.
 *
 *   interval = time left of the day / count left            so what was not used, or was used elsewhere, evens out
 *
 * Guarantee: never more than `count` in one UTC day by this machine's clock, also when the clock goes back: a day that has
 * begun stays the day until the next one. Nothing is sent within `safetyMs` of midnight, which might count for either day.
 * Memory: 32 bytes.
 */
import * as L from './limiter-layout.ts'
import type { Meter } from './meter.ts'
import { DAY_MS, type DayRule } from './rules.ts'

export class DayMeter implements Meter {
  readonly #cells: Float64Array
  readonly #count: number
  readonly #burst: number
  readonly #leastCost: number
  readonly #safetyMs: number

  constructor(rule: DayRule, safetyMs: number, cells: Float64Array) {
    this.#cells = cells
    this.#count = rule.count
    this.#burst = Math.min(rule.burst, rule.count)
    this.#leastCost = rule.unit === 'credit' ? (rule.leastCost ?? 1) : 1
    this.#safetyMs = safetyMs
  }

  waitMs(timeMs: number, wallMs: number, cost: number): number {
    if (cost > this.#burst) return Number.POSITIVE_INFINITY
    const left = this.#leftOfDayMs(wallMs)
    if (left <= this.#safetyMs || this.#cells[L.USED]! + cost > this.#count) return left
    const interval = this.#intervalMs(left)
    // Where little is left of the day's count, the next day comes before the spread allows another.
    return Math.min(left, Math.max(0, this.#cells[L.CLEAR]! - timeMs - (this.#burst - cost) * interval))
  }

  take(timeMs: number, wallMs: number, cost: number): void {
    const cells = this.#cells
    const interval = this.#intervalMs(this.#leftOfDayMs(wallMs))
    cells[L.CLEAR] = Math.max(cells[L.CLEAR]!, timeMs) + cost * interval
    cells[L.USED]! += cost
  }

  arrived(): void {}

  arrivedLate(): void {}

  /** The provider says how much is left of its day. So many requests were sent after the one it answers to. */
  setLeft(wallMs: number, left: number, outstanding: number): void {
    this.#leftOfDayMs(wallMs)
    this.#cells[L.USED] = Math.min(this.#count, Math.max(0, this.#count - left + outstanding * this.#burst))
  }

  mayHaveSent(timeMs: number, wallMs: number): boolean {
    return this.waitMs(timeMs, wallMs, this.#leastCost) === 0
  }

  assumeSpent(timeMs: number, wallMs: number, sinceMs: number): number {
    const cells = this.#cells
    const interval = this.#intervalMs(this.#leftOfDayMs(wallMs))
    const most = this.#burst + Math.ceil(Math.max(0, timeMs - sinceMs) / interval)
    cells[L.USED] = Math.min(this.#count, cells[L.USED]! + most)
    cells[L.CLEAR] = Math.max(cells[L.CLEAR]!, timeMs + this.#burst * interval)
    return most
  }

  bound(timeMs: number): void {
    this.#cells[L.CLEAR] = Math.min(this.#cells[L.CLEAR]!, timeMs + DAY_MS)
  }

  /** Until the day ends; begins a new one when it has. */
  #leftOfDayMs(wallMs: number): number {
    const cells = this.#cells
    const day = Math.floor(wallMs / DAY_MS)
    if (day > cells[L.DAY]!) {
      cells[L.DAY] = day
      cells[L.USED] = 0
    } else if (day < cells[L.DAY]! - 1) cells[L.DAY] = day // the clock was wrong by days: what was used stays used
    return (cells[L.DAY]! + 1) * DAY_MS - wallMs
  }

  #intervalMs(leftOfDayMs: number): number {
    return leftOfDayMs / Math.max(1, this.#count - this.#cells[L.USED]!)
  }
}
