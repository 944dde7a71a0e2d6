/**
 * How often, and after what pause, something that failed is started again. Pure: time and chance are arguments.
 *
 * The pause doubles with each failure inside the window, from `minDelayMs` to `maxDelayMs`, with full jitter below the
 * last half so that several that failed together do not come back together.
 */
export interface RestartLimits {
  maxRestarts: number
  windowMs: number
  minDelayMs: number
  maxDelayMs: number
}

export class RestartPolicy {
  readonly #limits: RestartLimits
  #failures: number[] = []

  constructor(limits: RestartLimits) {
    this.#limits = limits
  }

  /** Notes a failure. Returns the pause before the next start in milliseconds, or null: too many, give up. */
  next(nowMs: number, random: number): number | null {
    const { maxRestarts, windowMs, minDelayMs, maxDelayMs } = this.#limits
    this.#failures = this.#failures.filter((at) => nowMs - at < windowMs)
    this.#failures.push(nowMs)
    if (this.#failures.length > maxRestarts) return null
    const delay = Math.min(maxDelayMs, minDelayMs * 2 ** (this.#failures.length - 1))
    return delay * (0.5 + random / 2)
  }
}
