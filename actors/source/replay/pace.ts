/**
 * Plays a recording at its own speed: says how long to wait until a moment of the recording is due.
 *
 * The first moment it is asked about is due at once. A recording that jumps ahead by more than `MAX_GAP_MS` (a night
 * without a receiver) is not waited for: the jump is taken as one gap of that length.
 */
const MAX_GAP_MS = 60_000

export class Pace {
  readonly #speed: number
  readonly #nowMs: () => number
  #recordedMs: number | null = null
  #dueMs = 0

  /** `speed` × real time. */
  constructor(speed: number, nowMs: () => number = () => performance.now()) {
    this.#speed = speed
    this.#nowMs = nowMs
  }

  /** Milliseconds until `recordedMs` of the recording is due. */
  until(recordedMs: number): number {
    const now = this.#nowMs()
    if (this.#recordedMs === null) this.#dueMs = now
    else this.#dueMs += Math.min(MAX_GAP_MS, Math.max(0, recordedMs - this.#recordedMs)) / this.#speed
    this.#recordedMs = Math.max(recordedMs, this.#recordedMs ?? recordedMs)
    return Math.max(0, this.#dueMs - now)
  }
}
