/**
 * The newest deltas, so that whoever is a little behind can be brought up to date without a snapshot.
 *
 * Bounded in number and in bytes; what is dropped is the oldest. Its deltas are consecutive: one that does not follow starts
 * the history anew.
 */
export interface HistoryLimits {
  maxDeltas: number
  maxBytes: number
}

export class DeltaHistory {
  readonly #limits: HistoryLimits
  readonly #deltas: Uint8Array[] = []
  /** Sequence number of the oldest one held. */
  #first = 0
  #bytes = 0

  constructor(limits: HistoryLimits) {
    this.#limits = limits
  }

  get length(): number {
    return this.#deltas.length
  }

  push(seq: number, delta: Uint8Array): void {
    if (seq !== this.#first + this.#deltas.length) this.clear(seq)
    this.#deltas.push(delta)
    this.#bytes += delta.length
    while (this.#deltas.length > this.#limits.maxDeltas || this.#bytes > this.#limits.maxBytes) {
      this.#bytes -= this.#deltas.shift()!.length
      this.#first++
    }
  }

  /** The delta that follows the state `seq`, if it is held. */
  after(seq: number): Uint8Array | undefined {
    return this.#deltas[seq + 1 - this.#first]
  }

  clear(first = 0): void {
    this.#deltas.length = 0
    this.#bytes = 0
    this.#first = first
  }
}
