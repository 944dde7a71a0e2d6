/**
 * Whose turn it is: sources that share a schedule ask one after the other, each as often as its own limit lets it.
 *
 * One that is limited, broken or parked is passed over; the most overdue tile then goes to the next one, so what it does not
 * ask the others do, as far as their limits reach. Pure: time is an argument. Cost: a look at each limiter.
 */
export interface TurnTaker {
  /** 0, or in how many milliseconds it may ask. */
  waitMs(nowMs: number): number
}

export const NOBODY = -1

export class Turns {
  /** After `next` gave nobody: in how many milliseconds somebody may be ready; infinite when all are parked. */
  waitMs = 0
  readonly #takers: readonly TurnTaker[]
  /** By source: until when it is passed over. */
  readonly #pausedUntilMs: Float64Array
  #last = 0

  constructor(takers: readonly TurnTaker[]) {
    this.#takers = takers
    this.#pausedUntilMs = new Float64Array(takers.length)
    this.#last = takers.length - 1
  }

  /** The source whose turn it is now, or NOBODY. It stays its turn until `took`. */
  next(nowMs: number): number {
    this.waitMs = Number.POSITIVE_INFINITY
    for (let i = 1; i <= this.#takers.length; i++) {
      const source = (this.#last + i) % this.#takers.length
      const paused = this.#pausedUntilMs[source]! - nowMs
      const wait = paused > 0 ? paused : this.#takers[source]!.waitMs(nowMs)
      if (wait === 0) return source
      this.waitMs = Math.min(this.waitMs, wait)
    }
    return NOBODY
  }

  /** A source has had its turn. */
  took(source: number): void {
    this.#last = source
  }

  /** Passes a source over: a while for one that is broken or has nothing to ask, for ever (Infinity) for one that is parked. */
  pause(source: number, untilMs: number): void {
    this.#pausedUntilMs[source] = untilMs
  }

  resume(source: number): void {
    this.#pausedUntilMs[source] = 0
  }
}
