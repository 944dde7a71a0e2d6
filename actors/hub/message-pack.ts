/** What MessagePack messages have in common: header, slots and rows. Their shapes stand in `protocol.ts`. */
import type { Column, Rows } from './column/index.ts'
import type { PackWriter } from './pack-writer.ts'
import type { MessageHeader } from './protocol.ts'

const MAX_SLOT_BYTES = 5

export function writeHeader(writer: PackWriter, elements: number, type: number, header: MessageHeader): void {
  writer.array(elements)
  writer.number(type)
  writer.number(header.epoch)
  writer.number(header.channel)
  writer.number(header.seq)
  writer.value(header.clock_ms)
}

export function writeSlots(writer: PackWriter, { slots, count }: Rows): void {
  writer.beginBin(count * MAX_SLOT_BYTES)
  let last = 0
  for (let i = 0; i < count; i++) {
    const slot = slots[i]!
    writer.varint(slot - last)
    last = slot
  }
  writer.endBin()
}

export function writeRows(
  writer: PackWriter,
  rows: Rows,
  columns: readonly Column[],
  what: 'writeChanges' | 'writePublished',
): void {
  writer.number(rows.count)
  writeSlots(writer, rows)
  writer.array(columns.length)
  for (const column of columns) column[what](writer, rows)
}
