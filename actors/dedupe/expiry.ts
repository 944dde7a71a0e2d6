/**
 * Which keys have gone silent. Reads the table's order of mention from its oldest end: no scan, no timer.
 *
 * The order among keys that expire together is that of their bytes, so that it is the same for any number of lanes.
 */
import { ABSENT, type KeyTable } from '../../engine/memory/table.ts'
import { compareKeys } from '../../engine/records/index.ts'

export class Expiry {
  readonly #table: KeyTable
  readonly #staleAfterMs: number
  readonly #a: Uint8Array
  readonly #b: Uint8Array
  readonly #expired: number[] = []

  constructor(table: KeyTable, staleAfterMs: number) {
    this.#table = table
    this.#staleAfterMs = staleAfterMs
    this.#a = new Uint8Array(table.maxKeyBytes)
    this.#b = new Uint8Array(table.maxKeyBytes)
  }

  /** Whether the key of `slot` was mentioned more than `staleAfterMs` before `clockMs`. */
  isStale(slot: number, clockMs: number): boolean {
    return clockMs - this.#table.mentionMs[slot]! > this.#staleAfterMs
  }

  /** The slots of all keys that are stale at `clockMs`, by key bytes. The array is reused. */
  staleAt(clockMs: number): readonly number[] {
    const expired = this.#expired
    expired.length = 0
    for (
      let slot = this.#table.oldest;
      slot !== ABSENT && this.isStale(slot, clockMs);
      slot = this.#table.newerThan(slot)
    ) {
      expired.push(slot)
    }
    if (expired.length > 1) expired.sort((a, b) => this.#compare(a, b))
    return expired
  }

  #compare(a: number, b: number): number {
    const aLength = this.#table.copyKey(a, this.#a, 0)
    const bLength = this.#table.copyKey(b, this.#b, 0)
    return compareKeys(this.#a, 0, aLength, this.#b, 0, bLength)
  }
}
