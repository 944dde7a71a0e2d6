/**
 * The display's clock: stream time that runs smoothly between the hub's messages.
 *
 * A recording's clock advances in steps (one poll in ten seconds, say) and at its own pace; the display needs a time that
 * flows. So the pace is measured from the steps, time runs on at that pace, and what it is off by is made up for within about
 * a second by running a little faster or slower.
 *
 * Guarantee: never runs backwards, except when the stream itself leaps; stands still when the stream has stopped.
 */
const LEAP_MS = 30_000
const CATCH_UP_MS = 1_000
const PATIENCE_MS = 15_000
const PACE_WINDOW_MS = 2_000

export class StreamClock {
  #streamMs = Number.NaN
  #wallMs = 0
  #paceStreamMs = Number.NaN
  #paceWallMs = 0
  #pace = 1
  #shownMs = Number.NaN
  #shownAtMs = 0

  /** The stream's clock as a message of this moment says it. Returns whether it has moved. */
  observe(streamMs: number, wallMs: number): boolean {
    if (streamMs === this.#streamMs) return false
    const off = streamMs - this.#expected(wallMs)
    if (Number.isNaN(off) || Math.abs(off) > LEAP_MS * Math.max(1, this.#pace)) this.#restart(streamMs, wallMs)
    this.#measurePace(streamMs, wallMs)
    this.#streamMs = streamMs
    this.#wallMs = wallMs
    return true
  }

  /** Stream time to show at this moment, NaN before the first message. */
  at(wallMs: number): number {
    const elapsed = Math.max(0, wallMs - this.#shownAtMs)
    const steady = this.#shownMs + elapsed * this.#pace
    const off = this.#expected(wallMs) - steady
    const shown = steady + off * (1 - Math.exp(-elapsed / CATCH_UP_MS))
    this.#shownMs = Math.max(this.#shownMs, shown)
    this.#shownAtMs = wallMs
    return this.#shownMs
  }

  /** Stream seconds per second. */
  get pace(): number {
    return this.#pace
  }

  #expected(wallMs: number): number {
    return this.#streamMs + Math.min(wallMs - this.#wallMs, PATIENCE_MS) * this.#pace
  }

  #measurePace(streamMs: number, wallMs: number): void {
    const elapsed = wallMs - this.#paceWallMs
    if (elapsed < PACE_WINDOW_MS) return
    const measured = (streamMs - this.#paceStreamMs) / elapsed
    // Jitter around real time is jitter, not a pace.
    this.#pace = Math.abs(measured - 1) < 0.2 ? 1 : Math.max(0, this.#pace + (measured - this.#pace) * 0.5)
    this.#paceStreamMs = streamMs
    this.#paceWallMs = wallMs
  }

  #restart(streamMs: number, wallMs: number): void {
    this.#shownMs = streamMs
    this.#shownAtMs = wallMs
    this.#paceStreamMs = streamMs
    this.#paceWallMs = wallMs
    this.#pace = 1
  }
}
