/**
 * A bounded map from keys to times, ordered by when each key was last mentioned. Private to one thread.
 *
 *        index: open addressing, linear probing           entries: a key stays in its slot until removed
 *      ┌──────┬──────┬──────┬──────┬──────┐             ┌──────┬────────┬──────────┬─────────┬──────────────┐
 *      │ hash │      │ hash │ hash │      │             │ key  │ schema │ accepted │ mention │ older, newer │
 *      │ slot │      │ slot │ slot │      │ ──────────► ├──────┼────────┼──────────┼─────────┼──────────────┤
 *      └──────┴──────┴──────┴──────┴──────┘             │  …   │        │          │         │              │
 *
 * Guarantees: the hash finds, key bytes and schema decide. A full table refuses and never evicts. Slots are stable, so a
 * caller may hold one across operations on other keys; only the index moves when a key is removed (its followers shift
 * back, no tombstones), so probes stay short however many keys come and go.
 *
 * Each schema's keys are in an order of their own, that of `touch` and `insert`; where mentions never decrease, `oldest` is the
 * next to expire: no scan.
 *
 * Memory: 33 bytes and the longest key's for each of `capacity` keys, and 8 bytes for each of the index's 1.33 to 2.67 × as
 * many places, all taken at the start: 57 MB for a million keys of 7 bytes. No operation allocates.
 */

/** What `find`, `oldest` and `newerThan` return when there is no such key. */
export const ABSENT = -1
/** What `insert` returns when every slot is taken. */
export const TABLE_FULL = -1
/** What `insert` returns for a key longer than the table was made for. */
export const KEY_TOO_LONG = -2

export interface TableOptions {
  /** How many keys it holds, at most 2^27. */
  capacity: number
  maxKeyBytes: number
}

const MAX_CAPACITY = 2 ** 27
const MAX_LOAD = 0.75
/** Schemas have smaller numbers. */
const MAX_SCHEMAS = 256
/** 2^32 divided by the golden ratio: spreads hashes that agree in some of their bits, as those of one lane do. */
const SPREAD = 0x9e3779b1

export class KeyTable {
  readonly capacity: number
  readonly maxKeyBytes: number
  /** By slot, for the caller to read and write: when the record accepted last was true. NaN after `insert`. */
  readonly acceptedMs: Float64Array
  /** By slot: when the key was mentioned last. Written by `insert` and `touch`. */
  readonly mentionMs: Float64Array
  readonly #keys: Uint8Array
  readonly #keyLengths: Uint8Array
  readonly #hashes: Int32Array
  readonly #schemaIds: Int32Array
  /** Neighbours in the order of mention. Free slots are a list through `#newer`. */
  readonly #older: Int32Array
  readonly #newer: Int32Array
  /** Two words a place: the spread hash; the slot + 1, or 0 for an empty place. */
  readonly #index: Int32Array
  readonly #indexMask: number
  readonly #indexShift: number
  /** Ends of that order, by schema id. */
  readonly #oldest = new Int32Array(MAX_SCHEMAS).fill(ABSENT)
  readonly #newest = new Int32Array(MAX_SCHEMAS).fill(ABSENT)
  #size = 0
  #free = 0

  constructor({ capacity, maxKeyBytes }: TableOptions) {
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > MAX_CAPACITY)
      throw new RangeError(`a table holds 1 to ${MAX_CAPACITY} keys, not ${capacity}`)
    if (!Number.isInteger(maxKeyBytes) || maxKeyBytes < 1 || maxKeyBytes > 255)
      throw new RangeError(`a key has at most 1 to 255 bytes, not ${maxKeyBytes}`)
    this.capacity = capacity
    this.maxKeyBytes = maxKeyBytes
    this.acceptedMs = new Float64Array(capacity)
    this.mentionMs = new Float64Array(capacity)
    this.#keys = new Uint8Array(capacity * maxKeyBytes)
    this.#keyLengths = new Uint8Array(capacity)
    this.#hashes = new Int32Array(capacity)
    this.#schemaIds = new Int32Array(capacity)
    this.#older = new Int32Array(capacity)
    this.#newer = Int32Array.from({ length: capacity }, (_, slot) => (slot + 1 < capacity ? slot + 1 : ABSENT))
    const indexBits = Math.max(Math.ceil(Math.log2(capacity / MAX_LOAD)), 1)
    this.#index = new Int32Array(2 ** (indexBits + 1))
    this.#indexMask = 2 ** indexBits - 1
    this.#indexShift = 32 - indexBits
  }

  get size(): number {
    return this.#size
  }

  /** The slot of the key `source[start, start + length)`, or ABSENT. */
  find(source: Uint8Array, start: number, length: number, hash: number, schemaId: number): number {
    const spread = spreadOf(hash, schemaId)
    let place = spread >>> this.#indexShift
    for (;;) {
      const slot = this.#index[2 * place + 1]! - 1
      if (slot === ABSENT) return ABSENT
      if (this.#index[2 * place] === spread && this.#isKeyOf(slot, source, start, length, schemaId)) return slot
      place = (place + 1) & this.#indexMask
    }
  }

  /**
   * Adds a key that is not there, as the newest. Returns its slot, TABLE_FULL or KEY_TOO_LONG.
   * Its times are NaN: write `acceptedMs`, then `touch` it.
   */
  insert(source: Uint8Array, start: number, length: number, hash: number, schemaId: number): number {
    if (length > this.maxKeyBytes) return KEY_TOO_LONG
    const slot = this.#free
    if (slot === ABSENT) return TABLE_FULL
    this.#free = this.#newer[slot]!
    const key = slot * this.maxKeyBytes
    for (let i = 0; i < length; i++) this.#keys[key + i] = source[start + i]!
    this.#keyLengths[slot] = length
    this.#hashes[slot] = hash
    this.#schemaIds[slot] = schemaId
    this.acceptedMs[slot] = Number.NaN
    this.mentionMs[slot] = Number.NaN
    this.#addToIndex(slot, spreadOf(hash, schemaId))
    this.#linkNewest(slot)
    this.#size++
    return slot
  }

  /** Makes a key its schema's newest, mentioned at `mentionMs`. */
  touch(slot: number, mentionMs: number): void {
    this.mentionMs[slot] = mentionMs
    if (this.#newer[slot] === ABSENT) return
    this.#unlink(slot)
    this.#linkNewest(slot)
  }

  /** Forgets the key of `slot`, which the next `insert` may get. */
  remove(slot: number): void {
    this.#removeFromIndex(slot)
    this.#unlink(slot)
    this.#newer[slot] = this.#free
    this.#free = slot
    this.#size--
  }

  /** The key of a schema that was mentioned longest ago, or ABSENT. */
  oldest(schemaId: number): number {
    return this.#oldest[schemaId]!
  }

  /** The key of its schema mentioned next after that of `slot`, or ABSENT: with `oldest`, all of them in their order. */
  newerThan(slot: number): number {
    return this.#newer[slot]!
  }

  hashOf(slot: number): number {
    return this.#hashes[slot]!
  }

  schemaIdOf(slot: number): number {
    return this.#schemaIds[slot]!
  }

  keyLengthOf(slot: number): number {
    return this.#keyLengths[slot]!
  }

  /** Copies the key of `slot` to `target` at `at`; returns its length. */
  copyKey(slot: number, target: Uint8Array, at: number): number {
    const length = this.#keyLengths[slot]!
    const key = slot * this.maxKeyBytes
    for (let i = 0; i < length; i++) target[at + i] = this.#keys[key + i]!
    return length
  }

  #isKeyOf(slot: number, source: Uint8Array, start: number, length: number, schemaId: number): boolean {
    if (this.#keyLengths[slot] !== length || this.#schemaIds[slot] !== schemaId) return false
    const key = slot * this.maxKeyBytes
    for (let i = 0; i < length; i++) if (this.#keys[key + i] !== source[start + i]) return false
    return true
  }

  #addToIndex(slot: number, spread: number): void {
    let place = spread >>> this.#indexShift
    while (this.#index[2 * place + 1] !== 0) place = (place + 1) & this.#indexMask
    this.#index[2 * place] = spread
    this.#index[2 * place + 1] = slot + 1
  }

  /** Empties the key's place and moves back each follower that would no longer be found behind the gap. */
  #removeFromIndex(slot: number): void {
    const index = this.#index
    const mask = this.#indexMask
    let gap = spreadOf(this.#hashes[slot]!, this.#schemaIds[slot]!) >>> this.#indexShift
    while (index[2 * gap + 1] !== slot + 1) gap = (gap + 1) & mask
    for (let place = (gap + 1) & mask; index[2 * place + 1] !== 0; place = (place + 1) & mask) {
      const home = index[2 * place]! >>> this.#indexShift
      if (((place - home) & mask) < ((place - gap) & mask)) continue // its search starts behind the gap
      index[2 * gap] = index[2 * place]!
      index[2 * gap + 1] = index[2 * place + 1]!
      gap = place
    }
    index[2 * gap + 1] = 0
  }

  #linkNewest(slot: number): void {
    const schemaId = this.#schemaIds[slot]!
    const newest = this.#newest[schemaId]!
    this.#older[slot] = newest
    this.#newer[slot] = ABSENT
    if (newest === ABSENT) this.#oldest[schemaId] = slot
    else this.#newer[newest] = slot
    this.#newest[schemaId] = slot
  }

  #unlink(slot: number): void {
    const older = this.#older[slot]!
    const newer = this.#newer[slot]!
    const schemaId = this.#schemaIds[slot]!
    if (older === ABSENT) this.#oldest[schemaId] = newer
    else this.#newer[older] = newer
    if (newer === ABSENT) this.#newest[schemaId] = older
    else this.#older[newer] = older
  }
}

function spreadOf(hash: number, schemaId: number): number {
  return Math.imul(hash ^ schemaId, SPREAD)
}
