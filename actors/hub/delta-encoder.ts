/**
 * Makes of what has changed in the live table one delta in each format.
 *
 * Encoding publishes: the values written become those that the next difference counts from. So a delta is encoded exactly once,
 * in both formats or in one, and a snapshot made before the next one continues with that next one.
 * Cost: 0.2 µs a changed row in MessagePack, 1 µs in JSON.
 */
import type { Rows } from './column/index.ts'
import { EVERY_FIELD, messageText, publishedRowText } from './json-text.ts'
import type { LiveTable } from './live-table.ts'
import { writeHeader, writeRows, writeSlots } from './message-pack.ts'
import { PackWriter } from './pack-writer.ts'
import { type MessageHeader, MessageType } from './protocol.ts'

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
  encodeJson(header: MessageHeader): Buffer {
    const { columns } = this.#table
    const key = columns[0]!
    const { slots, changed, count } = this.#rows
    const removed = Array.from(this.#removed.slots.subarray(0, this.#removed.count), (slot) => key.publishedText(slot))
    const flights: string[] = []
    for (let row = 0; row < count; row++) {
      const isNew = (changed[row]! & KEY_BIT) !== 0
      flights.push(publishedRowText(columns, slots[row]!, isNew ? EVERY_FIELD : changed[row]!))
    }
    return messageText('delta', header, `"removed":[${removed}],"flights":[${flights}]`)
  }
}

function emptyRows(): Rows {
  return { count: 0, slots: new Uint32Array(0), changed: new Uint32Array(0), clockMs: null }
}
