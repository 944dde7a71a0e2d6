/**
 * Which keys have gone silent. Reads the table's order of mention from its oldest end: no scan, no timer.
 *
 * The order among keys that expire together is that of their bytes, so that it is the same for any number of lanes.
 */
import { ABSENT, type KeyTable } from '../../engine/memory/table.ts'
import { compareKeys } from '../../engine/records/index.ts'
import { schemas } from '../../schemas/registry.ts'

export interface Lifetimes {
  /** From the last mention of a key on: of one that goes stale, and of any other. */
  staleAfterMs: number
  forgetAfterMs: number
}

export class Expiry {
  readonly #table: KeyTable
  /** By schema id. */
  readonly #lifetimeMs: readonly number[]
  readonly #a: Uint8Array
  readonly #b: Uint8Array
  readonly #expired: number[] = []

  constructor(table: KeyTable, { staleAfterMs, forgetAfterMs }: Lifetimes) {
    this.#table = table
    const lifetimeMs: number[] = []
    for (const { id, goesStale } of schemas) lifetimeMs[id] = goesStale ? staleAfterMs : forgetAfterMs
    this.#lifetimeMs = lifetimeMs
    this.#a = new Uint8Array(table.maxKeyBytes)
    this.#b = new Uint8Array(table.maxKeyBytes)
  }

  /** When the key of `slot` is gone unless it is mentioned, on the stream clock. */
  endMs(slot: number): number {
    return this.#table.mentionMs[slot]! + this.#lifetimeMs[this.#table.schemaIdOf(slot)]!
  }

  isStale(slot: number, clockMs: number): boolean {
    return clockMs > this.endMs(slot)
  }

  /** The slots of all keys that are stale at `clockMs`, by key bytes. The array is reused. */
  staleAt(clockMs: number): readonly number[] {
    const expired = this.#expired
    expired.length = 0
    for (const { id, deduplicated } of schemas) if (deduplicated) this.#collect(id, clockMs, expired)
    if (expired.length > 1) expired.sort((a, b) => this.#compare(a, b))
    return expired
  }

  #collect(schemaId: number, clockMs: number, expired: number[]): void {
    const table = this.#table
    for (let slot = table.oldest(schemaId); slot !== ABSENT; slot = table.newerThan(slot)) {
      if (!this.isStale(slot, clockMs)) return
      expired.push(slot)
    }
  }

  #compare(a: number, b: number): number {
    const aLength = this.#table.copyKey(a, this.#a, 0)
    const bLength = this.#table.copyKey(b, this.#b, 0)
    const order = compareKeys(this.#a, 0, aLength, this.#b, 0, bLength)
    return order !== 0 ? order : this.#table.schemaIdOf(a) - this.#table.schemaIdOf(b)
  }
}
