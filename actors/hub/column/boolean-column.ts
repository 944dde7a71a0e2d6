/** Booleans: one code each. */
import type { BooleanField, Frame } from '../../../engine/records/index.ts'
import type { PackWriter } from '../pack-writer.ts'
import type { WireField } from '../protocol.ts'
import { type Column, grownBytes, type Rows } from './column.ts'

/** By code. */
const TEXTS = ['null', 'false', 'true']

export class BooleanColumn implements Column {
  readonly field: WireField
  /** The codes of the protocol: 0 null, 1 false, 2 true. */
  #live = new Uint8Array(0)
  #published = new Uint8Array(0)
  readonly #source: BooleanField
  readonly #bit: number

  constructor(field: WireField, source: BooleanField, index: number) {
    this.field = field
    this.#source = source
    this.#bit = 1 << index
  }

  grow(capacity: number): void {
    this.#live = grownBytes(this.#live, capacity, 0)
    this.#published = grownBytes(this.#published, capacity, 0)
  }

  accept(slot: number, frame: Frame): void {
    const source = this.#source
    this.#live[slot] = source.isNull(frame) ? 0 : source.get(frame) ? 2 : 1
  }

  forget(slot: number): void {
    this.#published[slot] = 0
  }

  writeChanges(out: PackWriter, { slots, count, changed }: Rows): void {
    const bits = out.beginColumn(count, 1)
    for (let row = 0; row < count; row++) {
      const slot = slots[row]!
      const code = this.#live[slot]!
      if (this.#published[slot] === code) continue
      this.#published[slot] = code
      changed[row]! |= this.#bit
      out.mark(bits, row)
      out.varint(code)
    }
    out.endColumn(count)
  }

  writePublished(out: PackWriter, { slots, count }: Rows): void {
    const bits = out.beginColumn(count, 1)
    for (let row = 0; row < count; row++) {
      const code = this.#published[slots[row]!]!
      if (code === 0) continue
      out.mark(bits, row)
      out.varint(code)
    }
    out.endColumn(count)
  }

  publishedText(slot: number): string {
    return TEXTS[this.#published[slot]!]!
  }

  liveText(slot: number): string {
    return TEXTS[this.#live[slot]!]!
  }
}
