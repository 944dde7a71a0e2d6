/**
 * When a barrier is due. Pure: time and the commits so far are arguments.
 *
 * Something must be uncommitted, and
 *   - the interval is over since the first uncommitted frame (or the engine drains, or an acknowledgement waits, and the
 *     journal is idle), and at most one barrier is under way: a slow disk gets larger commits, not more of them;
 *   - or a source ring is a quarter uncovered: it must not fill up waiting for space.
 * Nothing uncommitted: none, and no timer.
 */
interface Uncovered {
  readonly uncoveredFraction: number
}

const MAX_UNCOVERED_FRACTION = 1 / 4
/** With more barriers than this uncommitted, none is written only because time has passed. */
const MAX_UNDER_WAY = 1

export class BarrierSchedule {
  readonly #intervalMs: number
  #written: number
  /** When the first frame came that no barrier covers; null when all are covered. */
  #since: number | null = null
  #isHurried = false
  /** Somebody waits for the next. */
  #isAwaited = false

  constructor(intervalMs: number, lastBarrier: number) {
    this.#intervalMs = intervalMs
    this.#written = lastBarrier
  }

  noteFrames(nowMs: number): void {
    this.#since ??= nowMs
  }

  /** From now on nothing waits for the interval: the engine drains. */
  hurry(): void {
    this.#isHurried = true
  }

  noteAwaited(): void {
    this.#isAwaited = true
  }

  isDue(nowMs: number, committedBarrier: number, inputs: readonly Uncovered[]): boolean {
    if (this.#since === null) return false
    const underWay = this.#written - committedBarrier
    if (underWay === 0 && (this.#isHurried || this.#isAwaited)) return true
    if (underWay <= MAX_UNDER_WAY && nowMs - this.#since >= this.#intervalMs) return true
    return inputs.some((input) => input.uncoveredFraction >= MAX_UNCOVERED_FRACTION)
  }

  /** The number of the barrier to write now. */
  next(): number {
    this.#since = null
    this.#isAwaited = false
    return ++this.#written
  }

  isUncommitted(committedBarrier: number): boolean {
    return this.#since !== null || this.#written !== committedBarrier
  }

  /** How long until a barrier may be due though no frame comes and no commit ends. */
  patienceMs(nowMs: number, committedBarrier: number): number {
    if (this.#since === null || this.#written - committedBarrier > MAX_UNDER_WAY) return Number.POSITIVE_INFINITY
    return Math.max(0.1, this.#since + this.#intervalMs - nowMs)
  }
}
