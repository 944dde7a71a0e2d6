/**
 * Which live source has mentioned each key last, and when another one did: whether a source is the only one that sees an aircraft.
 *
 * By slot of the key's table. A snapshot does not say it: behind one every key counts as seen by others until that was too long
 * ago.
 */
const NOBODY = -1

export class Witnesses {
  readonly #withinMs: number
  readonly #last: Int32Array
  /** When a source other than the last had mentioned it. */
  readonly #othersMs: Float64Array

  constructor(capacity: number, withinMs: number) {
    this.#withinMs = withinMs
    this.#last = new Int32Array(capacity)
    this.#othersMs = new Float64Array(capacity)
  }

  /** A key is new: nobody has mentioned it. */
  start(slot: number): void {
    this.#last[slot] = NOBODY
    this.#othersMs[slot] = Number.NEGATIVE_INFINITY
  }

  /** A key of a snapshot, mentioned at `mentionMs`, nobody knows by whom. */
  restore(slot: number, mentionMs: number): void {
    this.#last[slot] = NOBODY
    this.#othersMs[slot] = mentionMs
  }

  /**
   * Takes note of a mention; the one before it was at `mentionMs`. Returns whether no other source has mentioned the key of
   * late.
   */
  note(slot: number, sourceId: number, clockMs: number, mentionMs: number): boolean {
    const last = this.#last[slot]!
    if (last !== sourceId) {
      this.#last[slot] = sourceId
      if (last !== NOBODY) this.#othersMs[slot] = mentionMs
    }
    return clockMs - this.#othersMs[slot]! > this.#withinMs
  }
}
