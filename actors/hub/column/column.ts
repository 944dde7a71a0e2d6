/**
 * One field of the live table: the newest values beside those that clients have, and how the difference is written.
 *
 * Guarantee: after `writeChanges` the published values are exactly what a client holds that has read it. Nothing is allocated
 * for a value, but as text.
 */
import type { Frame } from '../../../engine/records/index.ts'
import type { PackWriter } from '../pack-writer.ts'
import type { WireField } from '../protocol.ts'

/** The rows of one message. */
export interface Rows {
  count: number
  /** Ascending. */
  slots: Uint32Array
  /** By row: a bit for each field that is no longer what it was, by the field's place on the wire. */
  changed: Uint32Array
  clockMs: number | null
}

export interface Column {
  readonly field: WireField
  grow(capacity: number): void
  /** Takes the value from a record. */
  accept(slot: number, frame: Frame): void
  /** Makes the slot a new aircraft's, of which clients know nothing. */
  forget(slot: number): void
  /** Writes what clients cannot predict, and publishes it. */
  writeChanges(out: PackWriter, rows: Rows): void
  /** Writes the published values for a client that knows nothing. */
  writePublished(out: PackWriter, rows: Rows): void
  /** The value that clients have, and the newest one, as JSON text. */
  publishedText(slot: number): string
  liveText(slot: number): string
}

export function grownBytes(values: Uint8Array, length: number, fill: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(length).fill(fill)
  larger.set(values)
  return larger
}
