/**
 * The state that clients have after the last delta, whole, for those that come anew: in chunks, so that no message is large
 * and a slow reader is given them one by one.
 */
import type { Rows } from './column/index.ts'
import { EVERY_FIELD, messageText, publishedRowText } from './json-text.ts'
import type { LiveTable } from './live-table.ts'
import { writeHeader, writeRows } from './message-pack.ts'
import { PackWriter } from './pack-writer.ts'
import { type Format, type MessageHeader, MessageType } from './protocol.ts'

/** About 45 KB of MessagePack, 300 KB of JSON. */
export const ROWS_PER_CHUNK = 1000
const ELEMENTS = 10

/** At least one chunk, though it be empty. */
export function encodeSnapshot(
  table: LiveTable,
  header: MessageHeader,
  format: Format,
  rowsPerChunk: number = ROWS_PER_CHUNK,
): Uint8Array[] {
  const all: Rows = { count: 0, slots: new Uint32Array(0), changed: new Uint32Array(0), clockMs: header.clock_ms }
  table.listPublished(all)
  const chunks = Math.max(1, Math.ceil(all.count / rowsPerChunk))
  const encode = format === 'msgpack' ? encodePacked : encodeJson
  return Array.from({ length: chunks }, (_, chunk) => {
    const slots = all.slots.subarray(chunk * rowsPerChunk, Math.min((chunk + 1) * rowsPerChunk, all.count))
    return encode(table, header, chunk, chunks, { ...all, slots, count: slots.length })
  })
}

type Encode = (table: LiveTable, header: MessageHeader, chunk: number, chunks: number, rows: Rows) => Uint8Array

const encodePacked: Encode = (table, header, chunk, chunks, rows) => {
  const writer = new PackWriter()
  writeHeader(writer, ELEMENTS, MessageType.snapshot, header)
  writer.number(chunk)
  writer.number(chunks)
  writeRows(writer, rows, table.columns, 'writePublished')
  return writer.take()
}

const encodeJson: Encode = (table, header, chunk, chunks, rows) => {
  const flights = Array.from(rows.slots, (slot) => publishedRowText(table.columns, slot, EVERY_FIELD))
  return messageText('snapshot', header, `"chunk":${chunk},"chunks":${chunks},"flights":[${flights}]`)
}
