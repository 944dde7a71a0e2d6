/**
 * How far the rows of an API go: the largest time or id in them, over all pages of a round.
 *
 * Times are compared as milliseconds, rounded down; ids as whole numbers where both are, else as texts.
 */
import { msOfText, type TimeUnit } from './time.ts'
import type { Value } from './value.ts'

/** As JSON; a longer one is no id. */
export const MOST_MARK_BYTES = 96

const PER_MS: Readonly<Record<TimeUnit, number>> = { s: 1e-3, ms: 1, us: 1e3, ns: 1e6, iso8601: Number.NaN }

export class Mark {
  /** Milliseconds as text, or an id; null before the first. */
  largest: string | null = null
  /** Whether no row was before the one ahead of it: then nothing that is still to come is. */
  isAscending = true
  /** Rows that have no such value. */
  missing = 0
  readonly #unit: TimeUnit | undefined
  #last: string | null = null

  /** `unit`: of times; ids have none. */
  constructor(unit: TimeUnit | undefined) {
    this.#unit = unit
  }

  /** A row was taken. Nothing beyond `latestMs` is a time: one wrong clock must not make an API silent. */
  note(value: Value, latestMs: number): void {
    const found = this.#unit === undefined ? idOf(value) : timeOf(value, this.#unit, latestMs)
    if (found === null) {
      this.missing++
      return
    }
    if (this.#last !== null && compareMarks(found, this.#last) < 0) this.isAscending = false
    this.#last = found
    if (this.largest === null || compareMarks(found, this.largest) > 0) this.largest = found
  }
}

const WHOLE = /^-?\d+$/

/** Below 0 when `a` is before `b`. Whole numbers are before all that are none. */
export function compareMarks(a: string, b: string): number {
  const isWhole = WHOLE.test(a)
  if (isWhole !== WHOLE.test(b)) return isWhole ? -1 : 1
  if (isWhole) {
    const difference = BigInt(a) - BigInt(b)
    return difference < 0n ? -1 : difference > 0n ? 1 : 0
  }
  return a < b ? -1 : a > b ? 1 : 0
}

/** A number that does not hold its last digit any more is none. */
export function idOf(value: Value): string | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : null
  if (typeof value !== 'string' || value === '') return null
  return Buffer.byteLength(JSON.stringify(value)) <= MOST_MARK_BYTES ? value : null
}

function timeOf(value: Value, unit: TimeUnit, latestMs: number): string | null {
  let timeMs = Number.NaN
  if (unit === 'iso8601') timeMs = typeof value === 'string' ? msOfText(value, unit) : Number.NaN
  else if (typeof value === 'number' || (typeof value === 'string' && value.trim() !== ''))
    timeMs = Number(value) / PER_MS[unit]
  return timeMs <= latestMs && timeMs >= 0 ? String(Math.floor(timeMs)) : null
}

/** A time as an API wants it, rounded down: what is asked for twice is known again, what is left out is gone. */
export function writeTime(timeMs: number, unit: TimeUnit | 'date'): string {
  if (unit === 'iso8601') return new Date(timeMs).toISOString().replace('.000', '')
  if (unit === 'date') return new Date(timeMs).toISOString().slice(0, 10)
  if (unit === 'ns') return (BigInt(timeMs) * 1_000_000n).toString()
  return String(Math.floor(timeMs * PER_MS[unit]))
}
