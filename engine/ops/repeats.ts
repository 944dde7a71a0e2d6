/**
 * Limits lines that repeat themselves: of each key the first few in a window are let through, the rest are counted, and
 * the first of a later window says how many were left out.
 *
 * Memory is bounded: beyond `MAX_KEYS` the key that was seen first is forgotten.
 */
export interface RepeatLimits {
  /** How many of a key are let through in a window. */
  burst: number
  windowMs: number
}

export const DEFAULT_REPEAT_LIMITS: RepeatLimits = { burst: 3, windowMs: 10_000 }

const MAX_KEYS = 256

interface Window {
  startMs: number
  count: number
}

export class Repeats {
  readonly #limits: RepeatLimits
  readonly #windows = new Map<string, Window>()

  constructor(limits: RepeatLimits = DEFAULT_REPEAT_LIMITS) {
    this.#limits = limits
  }

  /** How many of this key were left out before this one; -1 when this one is to be left out too. */
  admit(key: string, nowMs: number): number {
    const window = this.#windows.get(key)
    if (window !== undefined && nowMs - window.startMs < this.#limits.windowMs)
      return ++window.count > this.#limits.burst ? -1 : 0
    this.#windows.delete(key)
    if (this.#windows.size >= MAX_KEYS) this.#windows.delete(this.#windows.keys().next().value!)
    this.#windows.set(key, { startMs: nowMs, count: 1 })
    return window === undefined ? 0 : Math.max(window.count - this.#limits.burst, 0)
  }
}
