/** Strings: bytes, written whole when they change. */
import type { Frame, StringField } from '../../../engine/records/index.ts'
import type { PackWriter } from '../pack-writer.ts'
import type { WireField } from '../protocol.ts'
import { type Column, grownBytes, type Rows } from './column.ts'

const NULL_LENGTH = 255
const QUOTE = 0x22
const BACKSLASH = 0x5c

export class StringColumn implements Column {
  readonly field: WireField
  /** By slot: a length byte, then as many bytes as the field can have. */
  #live = new Uint8Array(0)
  #published = new Uint8Array(0)
  readonly #source: StringField
  readonly #bit: number
  readonly #stride: number

  constructor(field: WireField, source: StringField, index: number) {
    if (source.capacity >= NULL_LENGTH) throw new RangeError(`${field.name}: ${source.capacity} bytes are too many`)
    this.field = field
    this.#source = source
    this.#bit = 1 << index
    this.#stride = source.capacity + 1
  }

  grow(capacity: number): void {
    this.#live = grownBytes(this.#live, capacity * this.#stride, NULL_LENGTH)
    this.#published = grownBytes(this.#published, capacity * this.#stride, NULL_LENGTH)
  }

  accept(slot: number, frame: Frame): void {
    const at = slot * this.#stride
    const source = this.#source
    if (source.isNull(frame)) {
      this.#live[at] = NULL_LENGTH
      return
    }
    const { u8 } = frame.memory
    const start = source.startOf(frame)
    const length = source.lengthOf(frame)
    this.#live[at] = length
    for (let i = 0; i < length; i++) this.#live[at + 1 + i] = u8[start + i]!
  }

  forget(slot: number): void {
    this.#published[slot * this.#stride] = NULL_LENGTH
  }

  writeChanges(out: PackWriter, { slots, count, changed }: Rows): void {
    const bits = out.beginColumn(count, 1 + this.#stride)
    for (let row = 0; row < count; row++) {
      const at = slots[row]! * this.#stride
      if (this.#isPublished(at)) continue
      changed[row]! |= this.#bit
      for (let i = 0; i < this.#stride; i++) this.#published[at + i] = this.#live[at + i]!
      this.#write(out, bits, row, at)
    }
    out.endColumn(count)
  }

  writePublished(out: PackWriter, { slots, count }: Rows): void {
    const bits = out.beginColumn(count, 1 + this.#stride)
    for (let row = 0; row < count; row++) {
      const at = slots[row]! * this.#stride
      if (this.#published[at] !== NULL_LENGTH) this.#write(out, bits, row, at)
    }
    out.endColumn(count)
  }

  publishedText(slot: number): string {
    return textAt(this.#published, slot * this.#stride)
  }

  liveText(slot: number): string {
    return textAt(this.#live, slot * this.#stride)
  }

  #isPublished(at: number): boolean {
    const length = this.#live[at]!
    if (this.#published[at] !== length) return false
    if (length === NULL_LENGTH) return true
    for (let i = 1; i <= length; i++) if (this.#live[at + i] !== this.#published[at + i]) return false
    return true
  }

  /** A code and the bytes behind it. */
  #write(out: PackWriter, bits: number, row: number, at: number): void {
    const length = this.#published[at]!
    out.mark(bits, row)
    out.varint(length === NULL_LENGTH ? 0 : length + 1)
    if (length !== NULL_LENGTH) for (let i = 1; i <= length; i++) out.bytes[out.length++] = this.#published[at + i]!
  }
}

/** Most strings are short and need no escapes. */
function textAt(bytes: Uint8Array, at: number): string {
  const length = bytes[at]!
  if (length === NULL_LENGTH) return 'null'
  let text = '"'
  for (let i = at + 1; i <= at + length; i++) {
    const byte = bytes[i]!
    if (byte < 0x20 || byte > 0x7e || byte === QUOTE || byte === BACKSLASH)
      return JSON.stringify(Buffer.from(bytes.buffer, at + 1, length).toString('utf8'))
    text += String.fromCharCode(byte)
  }
  return `${text}"`
}
