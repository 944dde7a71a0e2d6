/**
 * What the log comes down to: for each key that a dedupe judges, its newest accepted frame, the time of that, and its last
 * mention. The same as all lanes' tables together, for the log says of each frame what it did to them.
 */
import type { SnapshotReader, SnapshotWriter } from '../../engine/log/index.ts'
import { ABSENT, KeyTable } from '../../engine/memory/table.ts'
import { type Frame, FrameKind, hashKey } from '../../engine/records/index.ts'
import { schemaById, schemas } from '../../schemas/registry.ts'
import { RowStore } from './row-store.ts'

const ROW_BYTES = Math.max(...schemas.filter(({ deduplicated }) => deduplicated).map(({ fixedBytes }) => fixedBytes))
/** Rows and keys written between two calls of `beat`. */
const BEAT_EVERY = 4096

export interface SnapshotStateOptions {
  /** Of all lanes together. */
  capacity: number
  maxKeyBytes: number
}

export class SnapshotState {
  /** Keys left out because the table is full: more than the lanes had room for. */
  refused = 0
  readonly #options: SnapshotStateOptions
  readonly #key: Uint8Array
  #table: KeyTable
  #rows = new RowStore(ROW_BYTES)

  constructor(options: SnapshotStateOptions) {
    this.#options = options
    this.#key = new Uint8Array(options.maxKeyBytes)
    this.#table = new KeyTable(options)
  }

  get keys(): number {
    return this.#table.size
  }

  clear(): void {
    this.#table = new KeyTable(this.#options)
    this.#rows = new RowStore(ROW_BYTES)
  }

  /** Takes the next frame of the log. */
  apply(frame: Frame): void {
    const schema = schemaById(frame.schemaId)
    if (schema === undefined || !schema.deduplicated || frame.kind === FrameKind.deadLetter) return
    const { u8 } = frame.memory
    const slot = this.#table.find(u8, schema.key.startOf(frame), schema.key.lengthOf(frame), frame.keyHash, schema.id)
    if (frame.kind === FrameKind.removal) this.#remove(slot)
    else if (frame.kind === FrameKind.record) this.#accept(slot === ABSENT ? this.#insert(frame) : slot, frame)
    else if (slot !== ABSENT) this.#table.touch(slot, frame.clock)
  }

  /** Goes on from a snapshot. */
  load(snapshot: SnapshotReader): void {
    this.clear()
    const table = this.#table
    snapshot.forEachKey((schemaId, { u8 }, start, length, accepted, mentioned) => {
      const slot = table.insert(u8, start, length, hashKey(u8, start, start + length), schemaId)
      if (slot < 0) this.refused++
      else {
        table.acceptedMs[slot] = accepted
        table.touch(slot, mentioned)
      }
    })
    snapshot.forEachRow((row) => {
      const { key } = schemaById(row.schemaId)!
      const slot = table.find(row.memory.u8, key.startOf(row), key.lengthOf(row), row.keyHash, row.schemaId)
      if (slot !== ABSENT) this.#rows.set(slot, row)
    })
  }

  /** Writes everything, each schema's keys in the order of their last mention; calls `beat` now and then. */
  save(snapshot: SnapshotWriter, beat: () => void): void {
    const table = this.#table
    let written = 0
    for (const { id } of schemas) {
      for (let slot = table.oldest(id); slot !== ABSENT; slot = table.newerThan(slot)) {
        const length = table.copyKey(slot, this.#key, 0)
        snapshot.addKey(id, this.#key, 0, length, table.acceptedMs[slot]!, table.mentionMs[slot]!)
        snapshot.addRow(this.#rows.get(slot))
        if (++written % BEAT_EVERY === 0) beat()
      }
    }
  }

  #insert(frame: Frame): number {
    const { key, id } = schemaById(frame.schemaId)!
    return this.#table.insert(frame.memory.u8, key.startOf(frame), key.lengthOf(frame), frame.keyHash, id)
  }

  #accept(slot: number, frame: Frame): void {
    if (slot < 0) {
      this.refused++
      return
    }
    this.#rows.set(slot, frame)
    this.#table.acceptedMs[slot] = frame.time
    this.#table.touch(slot, frame.clock)
  }

  #remove(slot: number): void {
    if (slot === ABSENT) return
    this.#table.remove(slot)
    this.#rows.delete(slot)
  }
}
