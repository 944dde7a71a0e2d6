/**
 * Writes MessagePack (github.com/msgpack/msgpack/blob/master/spec.md) into memory that is reused from message to message.
 *
 * A `bin` is written in place, before its length is known: its header gets its size when it ends. `column` makes the room for
 * what is written next; the writers of columns then store without checks.
 */
import { writeVarint } from './protocol.ts'

const BIN_HEADER_BYTES = 5

export type PackValue = null | boolean | number | string | readonly PackValue[] | { readonly [key: string]: PackValue }

export class PackWriter {
  bytes: Uint8Array<ArrayBuffer>
  length = 0
  #bin = 0

  constructor(initialBytes: number = 1 << 16) {
    this.bytes = new Uint8Array(initialBytes)
  }

  /** A copy of what was written; starts afresh. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.bytes.slice(0, this.length)
    this.length = 0
    return taken
  }

  reserve(more: number): void {
    const needed = this.length + more
    if (needed <= this.bytes.length) return
    const grown = new Uint8Array(2 ** Math.ceil(Math.log2(needed)))
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
  }

  array(length: number): void {
    this.reserve(3)
    if (length < 16) this.bytes[this.length++] = 0x90 | length
    else this.#head(0xdc, length, 2)
  }

  map(length: number): void {
    this.reserve(3)
    if (length < 16) this.bytes[this.length++] = 0x80 | length
    else this.#head(0xde, length, 2)
  }

  /** Whole numbers as short as they go, others as doubles. */
  number(value: number): void {
    this.reserve(9)
    if (!Number.isInteger(value) || value < 0) this.#double(value)
    else if (value < 0x80) this.bytes[this.length++] = value
    else if (value < 0x100) this.#head(0xcc, value, 1)
    else if (value < 0x10000) this.#head(0xcd, value, 2)
    else if (value < 0x1_0000_0000) this.#head(0xce, value, 4)
    else {
      this.#head(0xcf, Math.floor(value / 0x1_0000_0000), 4)
      this.#bigEndian(value % 0x1_0000_0000, 4)
    }
  }

  nil(): void {
    this.reserve(1)
    this.bytes[this.length++] = 0xc0
  }

  /** A plain value of any shape: for hello, which is written once. */
  value(value: PackValue): void {
    if (value === null) this.nil()
    else if (typeof value === 'number') this.number(value)
    else if (typeof value === 'string') this.#text(value)
    else if (typeof value === 'boolean') {
      this.reserve(1)
      this.bytes[this.length++] = value ? 0xc3 : 0xc2
    } else if (isArray(value)) {
      this.array(value.length)
      for (const item of value) this.value(item)
    } else {
      const entries = Object.entries(value)
      this.map(entries.length)
      for (const [key, item] of entries) {
        this.#text(key)
        this.value(item)
      }
    }
  }

  /** Starts a bin with room for `maxBytes`. */
  beginBin(maxBytes: number): void {
    this.reserve(BIN_HEADER_BYTES + maxBytes)
    this.#bin = this.length
    this.length += BIN_HEADER_BYTES
  }

  endBin(): void {
    const start = this.#bin + BIN_HEADER_BYTES
    const end = this.length
    const size = end - start
    this.length = this.#bin
    if (size < 0x100) this.#head(0xc4, size, 1)
    else if (size < 0x10000) this.#head(0xc5, size, 2)
    else this.#head(0xc6, size, 4)
    this.bytes.copyWithin(this.length, start, end)
    this.length += size
  }

  /** Starts a column of `rows` rows, whose codes take at most `maxCodeBytes` each. Returns where its bits are. */
  beginColumn(rows: number, maxCodeBytes: number): number {
    const bitmapBytes = (rows + 7) >> 3
    this.beginBin(bitmapBytes + rows * maxCodeBytes)
    const bits = this.length
    this.bytes.fill(0, bits, bits + bitmapBytes)
    this.length += bitmapBytes
    return bits
  }

  /** Marks `row` as having a code, which is written next. */
  mark(bits: number, row: number): void {
    this.bytes[bits + (row >> 3)]! |= 1 << (row & 7)
  }

  /** A column without codes is empty. */
  endColumn(rows: number): void {
    const codes = this.length - (this.#bin + BIN_HEADER_BYTES + ((rows + 7) >> 3))
    if (codes === 0) this.length = this.#bin + BIN_HEADER_BYTES
    this.endBin()
  }

  varint(value: number): void {
    this.length = writeVarint(this.bytes, this.length, value)
  }

  #text(value: string): void {
    const bytes = Buffer.from(value)
    this.reserve(5 + bytes.length)
    if (bytes.length < 32) this.bytes[this.length++] = 0xa0 | bytes.length
    else if (bytes.length < 0x100) this.#head(0xd9, bytes.length, 1)
    else this.#head(0xda, bytes.length, 2)
    this.bytes.set(bytes, this.length)
    this.length += bytes.length
  }

  #double(value: number): void {
    this.bytes[this.length++] = 0xcb
    new DataView(this.bytes.buffer).setFloat64(this.length, value)
    this.length += 8
  }

  #head(type: number, value: number, size: number): void {
    this.bytes[this.length++] = type
    this.#bigEndian(value, size)
  }

  #bigEndian(value: number, size: number): void {
    for (let shift = 8 * (size - 1); shift >= 0; shift -= 8) this.bytes[this.length++] = value >>> shift
  }
}

const isArray = (value: PackValue): value is readonly PackValue[] => Array.isArray(value)
