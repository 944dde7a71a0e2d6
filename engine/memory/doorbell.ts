/**
 * Wakes a sleeping consumer, whatever it is waiting for.
 *
 * `Atomics.wait` sleeps on one address, and an actor waits for many things at once: frames in several rings, space in
 * several others, a word from the supervisor. All of them ring one bell, a single word:
 *
 *            arm                       sleep
 *   AWAKE ─────────► ARMED ─────────► (asleep)
 *     ▲                │ ring             │ ring: store AWAKE, notify; or the wait times out
 *     └────────────────┴──────────────────┘
 *
 * Guarantee: if the consumer arms, looks for work once more and then sleeps, no ring after its look is lost. Ringing an
 * awake consumer costs one load. Any number of ringers; one consumer per bell.
 */
const AWAKE = 0
const ARMED = 1

/** Bells are a cache line apart, so that ringing one disturbs no other. */
const BELL_STRIDE = 128 / 4

export class Doorbells {
  readonly words: Int32Array<SharedArrayBuffer>

  constructor(memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory)
  }

  static create(count: number): Doorbells {
    return new Doorbells(new SharedArrayBuffer(count * BELL_STRIDE * 4))
  }

  get memory(): SharedArrayBuffer {
    return this.words.buffer
  }

  get count(): number {
    return this.words.length / BELL_STRIDE
  }

  /** Wakes the owner of a bell if it is armed or asleep. */
  ring(index: number): void {
    const word = index * BELL_STRIDE
    // Sequentially consistent: sees ARMED unless the owner's next look for work sees what we published before ringing.
    if (Atomics.load(this.words, word) !== ARMED) return
    // Of several ringers only the one that takes the word from ARMED notifies.
    if (Atomics.exchange(this.words, word, AWAKE) === ARMED) Atomics.notify(this.words, word)
  }

  at(index: number): Doorbell {
    return new Doorbell(this.words, index * BELL_STRIDE, index)
  }
}

/** The consumer's side of one bell. */
export class Doorbell {
  readonly index: number
  readonly #words: Int32Array
  readonly #word: number

  constructor(words: Int32Array, word: number, index: number) {
    this.#words = words
    this.#word = word
    this.index = index
  }

  /** Announces sleep. Look for work once more after this, then `sleep` or `disarm`. */
  arm(): void {
    // Ordered before our next look for work, and after it comes the ringer's load.
    Atomics.store(this.#words, this.#word, ARMED)
  }

  disarm(): void {
    Atomics.store(this.#words, this.#word, AWAKE) // a ringer that already took the word notifies nobody, harmlessly
  }

  /** Blocks the thread until rung or until the time is up. Only after `arm`. */
  sleep(timeoutMs: number): void {
    Atomics.wait(this.#words, this.#word, ARMED, timeoutMs) // returns at once when the bell rang after `arm`
    this.disarm()
  }

  /** As `sleep`, leaving the event loop free. It does not keep the process alive. */
  async sleepAsync(timeoutMs: number): Promise<void> {
    const waiting = Atomics.waitAsync(this.#words, this.#word, ARMED, timeoutMs)
    if (waiting.async) await waiting.value
    this.disarm()
  }
}
