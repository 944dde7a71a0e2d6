/**
 * Makes of what has changed in the live table one delta in each format.
 *
 * Encoding publishes: the values written become those that the next difference counts from. So a delta is encoded exactly once,
 * in both formats or in one, and a snapshot made before the next one continues with that next one.
 * Cost: about 0.1 µs a changed field in MessagePack; JSON makes an object a row.
 */
import type { Rows } from './column/index.ts'
import type { LiveTable } from './live-table.ts'
import { writeHeader, writeRows, writeSlots } from './message-pack.ts'
import { PackWriter } from './pack-writer.ts'
import { type JsonDelta, type JsonRow, type MessageHeader, MessageType } from './protocol.ts'

const ELEMENTS = 10
const KEY_BIT = 1

export class DeltaEncoder {
  readonly #table: LiveTable
  readonly #writer = new PackWriter()
  readonly #removed: Rows = emptyRows()
  readonly #rows: Rows = emptyRows()

  constructor(table: LiveTable) {
    this.#table = table
  }

  /** How many rows the last delta had. */
  get rowCount(): number {
    return this.#rows.count
  }

  /** The delta that leads from the last one's state to the table's, as MessagePack. Empties the table's list of changes. */
  encode(header: MessageHeader): Uint8Array<ArrayBuffer> {
    const writer = this.#writer
    const removed = this.#removed
    const rows = this.#rows
    this.#table.collect(removed, rows)
    rows.clockMs = header.clock_ms
    if (rows.changed.length < rows.count) rows.changed = new Uint32Array(rows.slots.length)
    rows.changed.fill(0, 0, rows.count)
    writeHeader(writer, ELEMENTS, MessageType.delta, header)
    writer.number(removed.count)
    writeSlots(writer, removed)
    writeRows(writer, rows, this.#table.columns, 'writeChanges')
    return writer.take()
  }

  /** The delta encoded last, as JSON. */
  toJson(header: MessageHeader): JsonDelta {
    const removed = this.#removed
    const key = this.#table.columns[0]!
    const keys: string[] = []
    for (let i = 0; i < removed.count; i++) keys.push(key.publishedJson(removed.slots[i]!) as string)
    const flights: JsonRow[] = []
    for (let row = 0; row < this.#rows.count; row++) flights.push(this.#jsonRow(row))
    return { type: 'delta', ...header, removed: keys, flights }
  }

  #jsonRow(row: number): JsonRow {
    const slot = this.#rows.slots[row]!
    const changed = this.#rows.changed[row]!
    const isNew = (changed & KEY_BIT) !== 0
    const json: JsonRow = {}
    for (const [index, column] of this.#table.columns.entries())
      if (index === 0 || isNew || (changed & (1 << index)) !== 0) json[column.field.name] = column.publishedJson(slot)
    return json
  }
}

function emptyRows(): Rows {
  return { count: 0, slots: new Uint32Array(0), changed: new Uint32Array(0), clockMs: null }
}
