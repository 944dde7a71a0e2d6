/**
 * The newest state of every key, as a struct of arrays indexed by slot, and what has changed since it was last published.
 *
 * ```
 *   slot:  free ──record──► present ──removal──► gone ──collect──► free
 *                              ▲                   │
 *                              └──────record───────┘
 * ```
 *
 * An accepted record replaces the whole row, nulls included: the row is the newest record, as in the topic of states. A
 * duplicate or a late record brings nothing new but that its key was heard of: it may raise the last contact.
 *
 * Guarantee: a slot that clients know is not given to another key before they have been told of the removal.
 * Memory: 40 bytes for each key of `capacity`, taken at once; about 230 for each slot ever in use. Nothing is allocated a frame.
 */
import { KeyTable, TABLE_FULL } from '../../engine/memory/table.ts'
import { type Frame, FrameKind, hashKey, type Schema, StringField } from '../../engine/records/index.ts'
import { type Column, columnsOf, NumberColumn, type Rows } from './column/index.ts'

export interface LiveTableOptions {
  /** How many keys there can be. */
  capacity: number
  /** The field that says when a key was last heard of. */
  contact?: string
}

const State = { free: 0, present: 1, gone: 2 } as const
const ABSENT = -1

export class LiveTable {
  readonly columns: readonly Column[]
  /** The stream's clock, epoch milliseconds; null before the first frame that has one. */
  clockMs: number | null = null
  /** Keys that are present. */
  count = 0
  /** Every slot in use is below this. */
  highWater = 0
  /** Rises with every change. */
  version = 0
  /** Records of new keys that found no slot. */
  refused = 0
  readonly #schema: Schema
  readonly #key: StringField
  readonly #keys: KeyTable
  readonly #contact: NumberColumn | null
  #state = new Uint8Array(0)
  /** Whether clients know the slot by its present key. */
  #isPublished = new Uint8Array(0)
  #dirty = new Int32Array(0)
  #dirtyCount = 0

  constructor(schema: Schema, { capacity, contact }: LiveTableOptions) {
    const key = schema.key
    if (!(key instanceof StringField)) throw new TypeError(`schema ${schema.name}: its key is not a fixed string`)
    this.#schema = schema
    this.#key = key
    this.#keys = new KeyTable({ capacity, maxKeyBytes: key.capacity })
    this.columns = columnsOf(schema)
    const column = this.columns.find(({ field }) => field.name === contact)
    this.#contact = column instanceof NumberColumn ? column : null
    this.#grow(Math.min(capacity, 1024))
  }

  /** Whether there is anything to publish. */
  get isDirty(): boolean {
    return this.#dirtyCount > 0
  }

  /** Takes any committed frame; those of other schemas only move the clock. */
  onFrame(frame: Frame): void {
    const { clock, kind } = frame
    this.advanceClock(clock)
    if (frame.schemaId !== this.#schema.id) return
    if (kind === FrameKind.record) this.#accept(frame)
    else if (kind === FrameKind.removal) this.#remove(frame)
    else if (kind === FrameKind.duplicate || kind === FrameKind.late) this.#mention(frame)
  }

  /** The clock is in whole milliseconds and never runs backwards. */
  advanceClock(clockMs: number): void {
    if (!(clockMs >= (this.clockMs ?? 0) + 1)) return
    this.clockMs = Math.floor(clockMs)
    this.version++
  }

  /** Every key is gone, until it is mentioned again: clients are told of the difference alone. */
  clear(): void {
    for (let slot = 0; slot < this.highWater; slot++) if (this.#state[slot] === State.present) this.#leave(slot)
  }

  /** The slot of a key that is present, or −1. */
  find(key: string): number {
    const bytes = Buffer.from(key)
    const slot = this.#keys.find(bytes, 0, bytes.length, hashKey(bytes, 0, bytes.length), this.#schema.id)
    return slot !== ABSENT && this.#state[slot] === State.present ? slot : ABSENT
  }

  isPresent(slot: number): boolean {
    return this.#state[slot] === State.present
  }

  /** Fills in the slots that clients know, ascending: what a snapshot holds. */
  listPublished(rows: Rows): void {
    rows.slots = withRoom(rows.slots, this.highWater)
    let count = 0
    for (let slot = 0; slot < this.highWater; slot++) if (this.#isPublished[slot] === 1) rows.slots[count++] = slot
    rows.count = count
  }

  /**
   * Fills in which slots must be removed and which rows written, both ascending, and counts them as published: the caller
   * writes them now. Slots of what is gone are free again.
   */
  collect(removed: Rows, rows: Rows): void {
    removed.slots = withRoom(removed.slots, this.#dirtyCount)
    rows.slots = withRoom(rows.slots, this.#dirtyCount)
    removed.count = rows.count = 0
    const words = this.#dirtyCount === 0 ? 0 : (this.highWater + 31) >> 5
    for (let word = 0; word < words; word++) {
      let bits = this.#dirty[word]!
      this.#dirty[word] = 0
      for (; bits !== 0; bits &= bits - 1) this.#collect((word << 5) + 31 - Math.clz32(bits & -bits), removed, rows)
    }
    this.#dirtyCount = 0
    while (this.highWater > 0 && this.#state[this.highWater - 1] === State.free) this.highWater--
  }

  #collect(slot: number, removed: Rows, rows: Rows): void {
    if (this.#state[slot] === State.present) {
      rows.slots[rows.count++] = slot
      this.#isPublished[slot] = 1
      return
    }
    if (this.#isPublished[slot] === 1) removed.slots[removed.count++] = slot
    this.#isPublished[slot] = 0
    this.#state[slot] = State.free
    this.#keys.remove(slot)
  }

  #accept(frame: Frame): void {
    let slot = this.#find(frame)
    if (slot === ABSENT) {
      slot = this.#add(frame)
      if (slot === ABSENT) return
    }
    if (this.#state[slot] !== State.present) {
      this.#state[slot] = State.present
      this.count++
    }
    for (const column of this.columns) column.accept(slot, frame)
    this.#touch(slot)
  }

  #mention(frame: Frame): void {
    const slot = this.#find(frame)
    if (slot === ABSENT || this.#state[slot] !== State.present) return
    if (this.#contact?.raise(slot, frame)) this.#touch(slot)
  }

  #remove(frame: Frame): void {
    const slot = this.#find(frame)
    if (slot !== ABSENT && this.#state[slot] === State.present) this.#leave(slot)
  }

  #leave(slot: number): void {
    this.#state[slot] = State.gone
    this.count--
    this.#touch(slot)
  }

  #find(frame: Frame): number {
    const key = this.#key
    return this.#keys.find(frame.memory.u8, key.startOf(frame), key.lengthOf(frame), frame.keyHash, this.#schema.id)
  }

  #add(frame: Frame): number {
    const key = this.#key
    const { u8 } = frame.memory
    const slot = this.#keys.insert(u8, key.startOf(frame), key.lengthOf(frame), frame.keyHash, this.#schema.id)
    if (slot === TABLE_FULL) {
      this.refused++
      return ABSENT
    }
    if (slot >= this.#state.length) this.#grow(this.#state.length * 2)
    if (slot >= this.highWater) this.highWater = slot + 1
    for (const column of this.columns) column.forget(slot)
    return slot
  }

  #touch(slot: number): void {
    this.version++
    const bit = 1 << (slot & 31)
    const word = slot >> 5
    if ((this.#dirty[word]! & bit) !== 0) return
    this.#dirty[word]! |= bit
    this.#dirtyCount++
  }

  #grow(capacity: number): void {
    for (const column of this.columns) column.grow(capacity)
    this.#state = grown(new Uint8Array(capacity), this.#state)
    this.#isPublished = grown(new Uint8Array(capacity), this.#isPublished)
    this.#dirty = grown(new Int32Array((capacity + 31) >> 5), this.#dirty)
  }
}

function grown<T extends Uint8Array | Int32Array>(larger: T, values: T): T {
  larger.set(values)
  return larger
}

function withRoom(slots: Uint32Array, count: number): Uint32Array {
  return count <= slots.length ? slots : new Uint32Array(2 ** Math.ceil(Math.log2(count)))
}
