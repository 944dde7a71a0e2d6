/**
 * The ids of events that came of late, so that one that is sent again is known.
 *
 * Memory: some 200 bytes an id. What came longest ago is forgotten first.
 */
export interface Known {
  readonly digest: string
  readonly atMs: number
  /** Resolves when it is committed; null when it is. */
  committed: Promise<void> | null
}

export class Remembered {
  readonly #most: number
  readonly #forMs: number
  readonly #known = new Map<string, Known>()

  constructor(most: number, forMs: number) {
    this.#most = most
    this.#forMs = forMs
  }

  get count(): number {
    return this.#known.size
  }

  get(id: string, nowMs: number): Known | null {
    const known = this.#known.get(id)
    return known === undefined || nowMs - known.atMs > this.#forMs ? null : known
  }

  add(id: string, known: Known): void {
    this.#known.delete(id) // so that it is the newest
    this.#known.set(id, known)
    for (const [oldest, { atMs }] of this.#known) {
      if (this.#known.size <= this.#most && known.atMs - atMs <= this.#forMs) return
      this.#known.delete(oldest)
    }
  }
}
