/**
 * The lock of a limiter's slot: whoever is inside alone reads and writes its numbers.
 *
 * Why a lock: a decision reads and writes a dozen doubles of several rules, all or nothing. No compare-and-swap of one word
 * says that, and one of 64 bits takes a BigInt, which allocates. Inside are some hundred nanoseconds of arithmetic, never an
 * `await`, so a holder is met only where it was interrupted there.
 *
 * Guarantee: a thread that was ended inside holds up nobody for longer than `STALE_ROUNDS` milliseconds; whoever takes over
 * is told, because the numbers may be half-written. Cost: two atomic operations more than none.
 */
import * as L from './limiter-layout.ts'

const STALE_ROUNDS = 100

export class SlotLock {
  readonly #words: Int32Array
  #mine = 0

  constructor(words: Int32Array) {
    this.#words = words
  }

  /** True when the numbers are whole; false when the last holder never left. */
  enter(): boolean {
    const words = this.#words
    this.#mine = (Atomics.add(words, L.ENTRIES, 1) + 1) | 0 || 1
    let met = 0
    let rounds = 0
    for (;;) {
      const holder = Atomics.compareExchange(words, L.LOCK, 0, this.#mine) // acquires what the last holder wrote
      if (holder === 0) return true
      if (holder !== met) rounds = 0
      met = holder
      // Not rung by anybody: a holder that runs is gone before a thread could be put to sleep.
      Atomics.wait(words, L.LOCK, holder, 1)
      if (++rounds < STALE_ROUNDS) continue
      if (Atomics.compareExchange(words, L.LOCK, holder, this.#mine) === holder) return false
    }
  }

  leave(): void {
    // Publishes what was written; not when another has taken over meanwhile.
    Atomics.compareExchange(this.#words, L.LOCK, this.#mine, 0)
  }
}
