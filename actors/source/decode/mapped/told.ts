/**
 * Which events have been told: APIs tell them again and again, and no dedupe judges events.
 *
 * Of an event a fingerprint of its key is known, and the time that it had. Memory: about 1.5 MB. What was told longest ago is
 * forgotten first.
 */
import { hash } from 'node:crypto'

/** So many are known again. */
export const MOST_TOLD = 10_000
/** Hexadecimal: 64 bits, of which two in ten thousand are the same once in 10^11 times. */
export const FINGERPRINT_DIGITS = 16

export interface Telling {
  readonly fingerprint: string
  readonly timeMs: number
  /** Of its row. */
  readonly position: number
}

export class Told {
  readonly #known = new Map<string, Telling>()
  /** The same of the body being read, of which nothing is known before its end. */
  readonly #telling = new Map<string, Telling>()
  /** What the body told last had that was not known. */
  fresh: Telling[] = []

  begin(): void {
    this.#telling.clear()
    this.fresh = []
  }

  /** Whether it was told with this time before. From now on it is told, if the body is taken. */
  isUnchanged(key: string, timeMs: number, position: number): boolean {
    const fingerprint = hash('sha256', key, 'hex').slice(0, FINGERPRINT_DIGITS)
    const before = this.#telling.get(fingerprint) ?? this.#known.get(fingerprint)
    const isUnchanged = before?.timeMs === timeMs
    const telling = isUnchanged ? before : { fingerprint, timeMs, position }
    this.#telling.set(fingerprint, telling)
    if (!isUnchanged) this.fresh.push(telling)
    return isUnchanged
  }

  /** The body was taken. */
  accept(): void {
    this.recall(this.#telling.values())
  }

  /** These were told, the last of them latest. */
  recall(tellings: Iterable<Telling>): void {
    for (const telling of tellings) {
      this.#known.delete(telling.fingerprint) // to the end
      this.#known.set(telling.fingerprint, telling)
    }
    for (const fingerprint of this.#known.keys()) {
      if (this.#known.size <= MOST_TOLD) return
      this.#known.delete(fingerprint)
    }
  }

  /** All that is known, the latest last. */
  [Symbol.iterator](): Iterator<Telling> {
    return this.#known.values()
  }
}
