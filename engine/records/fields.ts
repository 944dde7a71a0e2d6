/**
 * The kinds of field a schema can have, each an accessor at a fixed place in a frame's body.
 *
 * Reading and writing allocate nothing and look nothing up by name, save that `get` of a string makes the string. Writes
 * are bounds-checked: a value that does not fit returns false and changes nothing. Null is a bit in the body's first word.
 */
import type { FrameMemory } from '../memory/frame-memory.ts'
import type { Frame } from './frame.ts'
import { HEADER_BYTES } from './frame-layout.ts'

export interface FieldOptions {
  /** Whether null is a value; its bit is given by the schema. */
  nullable?: boolean
  /** What it means and where the definition comes from. */
  doc?: string
  /** How browsers get it: values are sent as multiples of `quantum`. Strings and booleans need none. */
  wire?: { quantum?: number }
  /** Left out of JSON and Avro: the engine's own. */
  internal?: boolean
}

export type FieldType = 'f64' | 'f32' | 'i32' | 'u8' | 'boolean' | 'enumeration' | 'string' | 'text' | 'bytes' | 'json'

abstract class FieldBase {
  abstract readonly type: FieldType
  /** Bytes in the fixed part of the body, and their alignment. */
  abstract readonly size: number
  abstract readonly align: number
  readonly options: FieldOptions
  name = ''
  /** Byte offset from the start of the frame. */
  offset = 0
  /** The bit in the null word; 0 when never null. */
  nullBit = 0

  constructor(options: FieldOptions) {
    this.options = options
  }

  isNull(frame: Frame): boolean {
    return (frame.memory.i32[(frame.offset + HEADER_BYTES) >> 2]! & this.nullBit) !== 0
  }

  setNull(frame: Frame): boolean {
    if (this.nullBit === 0) return false
    frame.memory.i32[(frame.offset + HEADER_BYTES) >> 2]! |= this.nullBit
    return true
  }

  protected markSet(frame: Frame): void {
    frame.memory.i32[(frame.offset + HEADER_BYTES) >> 2]! &= ~this.nullBit
  }
}

/** A double. `get` gives NaN for null; writing NaN or an infinity is refused. */
export class F64Field extends FieldBase {
  readonly type = 'f64'
  readonly size = 8
  readonly align = 8

  get(frame: Frame): number {
    return this.isNull(frame) ? Number.NaN : frame.memory.f64[(frame.offset + this.offset) >> 3]!
  }

  set(frame: Frame, value: number): boolean {
    if (value - value !== 0) return false // NaN and infinities
    frame.memory.f64[(frame.offset + this.offset) >> 3] = value
    this.markSet(frame)
    return true
  }
}

/** A single. As `F64Field`, rounded to 24 bits. */
export class F32Field extends FieldBase {
  readonly type = 'f32'
  readonly size = 4
  readonly align = 4

  get(frame: Frame): number {
    return this.isNull(frame) ? Number.NaN : frame.memory.view.getFloat32(frame.offset + this.offset, true)
  }

  set(frame: Frame, value: number): boolean {
    const single = Math.fround(value)
    if (single - single !== 0) return false // NaN, infinities, and what overflows to one
    frame.memory.view.setFloat32(frame.offset + this.offset, single, true)
    this.markSet(frame)
    return true
  }
}

/** A 32-bit integer. `get` gives 0 for null: ask `isNull` first. */
export class I32Field extends FieldBase {
  readonly type = 'i32'
  readonly size = 4
  readonly align = 4

  get(frame: Frame): number {
    return this.isNull(frame) ? 0 : frame.memory.i32[(frame.offset + this.offset) >> 2]!
  }

  set(frame: Frame, value: number): boolean {
    if ((value | 0) !== value) return false
    frame.memory.i32[(frame.offset + this.offset) >> 2] = value
    this.markSet(frame)
    return true
  }
}

/** An integer from 0 to 255. */
export class U8Field extends FieldBase {
  readonly type: FieldType = 'u8'
  readonly size = 1
  readonly align = 1

  get(frame: Frame): number {
    return this.isNull(frame) ? 0 : frame.memory.u8[frame.offset + this.offset]!
  }

  set(frame: Frame, value: number): boolean {
    if ((value & 0xff) !== value) return false
    frame.memory.u8[frame.offset + this.offset] = value
    this.markSet(frame)
    return true
  }
}

export class BooleanField extends FieldBase {
  readonly type = 'boolean'
  readonly size = 1
  readonly align = 1

  get(frame: Frame): boolean {
    return !this.isNull(frame) && frame.memory.u8[frame.offset + this.offset] === 1
  }

  set(frame: Frame, value: boolean): boolean {
    frame.memory.u8[frame.offset + this.offset] = value ? 1 : 0
    this.markSet(frame)
    return true
  }
}

/** One of a closed list, stored as its index: the list may grow at its end, never change. */
export class EnumerationField<const T extends string = string> extends FieldBase {
  readonly type = 'enumeration'
  readonly size = 1
  readonly align = 1
  readonly symbols: readonly T[]

  constructor(symbols: readonly T[], options: FieldOptions) {
    super(options)
    if (symbols.length === 0 || symbols.length > 256)
      throw new RangeError(`an enumeration has 1 to 256 symbols, not ${symbols.length}`)
    this.symbols = symbols
  }

  get(frame: Frame): T {
    return this.symbols[frame.memory.u8[frame.offset + this.offset]!]!
  }

  getIndex(frame: Frame): number {
    return frame.memory.u8[frame.offset + this.offset]!
  }

  set(frame: Frame, value: T): boolean {
    const index = this.symbols.indexOf(value)
    return index >= 0 && this.setIndex(frame, index)
  }

  setIndex(frame: Frame, index: number): boolean {
    if (index < 0 || index >= this.symbols.length) return false
    frame.memory.u8[frame.offset + this.offset] = index
    this.markSet(frame)
    return true
  }
}

/** UTF-8 of at most `capacity` bytes, in place: one byte of length, then the bytes. */
export class StringField extends FieldBase {
  readonly type = 'string'
  readonly size: number
  readonly align = 1
  readonly capacity: number

  constructor(capacity: number, options: FieldOptions) {
    super(options)
    if (capacity < 1 || capacity > 255) throw new RangeError(`a fixed string holds 1 to 255 bytes, not ${capacity}`)
    this.capacity = capacity
    this.size = capacity + 1
  }

  /** Null for null. */
  get(frame: Frame): string | null {
    if (this.isNull(frame)) return null
    return decode(frame.memory, this.startOf(frame), this.lengthOf(frame))
  }

  set(frame: Frame, value: string): boolean {
    const bytes = encoder.encode(value)
    return this.setBytes(frame, bytes, 0, bytes.length)
  }

  /** `source[start, end)` must be valid UTF-8. The room behind it is zeroed, so that equal values are equal bytes. */
  setBytes(frame: Frame, source: Uint8Array, start: number, end: number): boolean {
    const length = end - start
    if (length < 0 || length > this.capacity) return false
    const { u8 } = frame.memory
    const at = frame.offset + this.offset
    u8[at] = length
    for (let i = 0; i < length; i++) u8[at + 1 + i] = source[start + i]!
    for (let i = length; i < this.capacity; i++) u8[at + 1 + i] = 0
    this.markSet(frame)
    return true
  }

  startOf(frame: Frame): number {
    return frame.offset + this.offset + 1
  }

  lengthOf(frame: Frame): number {
    return frame.memory.u8[frame.offset + this.offset]!
  }
}

/**
 * Bytes of any length behind the fixed part, which holds where they start (from the frame's start) and how many they are.
 * Each may be written once, after `schema.start`; the frame grows by them, so whoever writes has made room.
 */
export class VariableField extends FieldBase {
  readonly type: 'text' | 'bytes' | 'json'
  readonly size = 8
  readonly align = 4

  constructor(type: 'text' | 'bytes' | 'json', options: FieldOptions) {
    super(options)
    this.type = type
  }

  /** The text, or null; `bytes` in base64. */
  get(frame: Frame): string | null {
    if (this.isNull(frame)) return null
    const start = this.startOf(frame)
    const length = this.lengthOf(frame)
    if (this.type === 'bytes') return Buffer.from(frame.memory.u8.slice(start, start + length)).toString('base64')
    return decode(frame.memory, start, length)
  }

  set(frame: Frame, value: string): boolean {
    const bytes = encoder.encode(value)
    return this.setBytes(frame, bytes, 0, bytes.length)
  }

  setBytes(frame: Frame, source: Uint8Array, start: number, end: number): boolean {
    const length = frame.length
    const size = end - start
    const at = frame.offset + length
    if (size < 0 || at + size > frame.memory.u8.length) return false
    if (size < 64) for (let i = 0; i < size; i++) frame.memory.u8[at + i] = source[start + i]!
    else frame.memory.u8.set(source.subarray(start, end), at)
    const word = (frame.offset + this.offset) >> 2
    frame.memory.i32[word] = length
    frame.memory.i32[word + 1] = size
    frame.length = length + size
    this.markSet(frame)
    return true
  }

  startOf(frame: Frame): number {
    return frame.offset + frame.memory.i32[(frame.offset + this.offset) >> 2]!
  }

  lengthOf(frame: Frame): number {
    return frame.memory.i32[(frame.offset + this.offset + 4) >> 2]!
  }
}

export type Field =
  | F64Field
  | F32Field
  | I32Field
  | U8Field
  | BooleanField
  | EnumerationField
  | StringField
  | VariableField

export const f64 = (options: FieldOptions = {}): F64Field => new F64Field(options)
export const f32 = (options: FieldOptions = {}): F32Field => new F32Field(options)
export const i32 = (options: FieldOptions = {}): I32Field => new I32Field(options)
export const u8 = (options: FieldOptions = {}): U8Field => new U8Field(options)
export const boolean = (options: FieldOptions = {}): BooleanField => new BooleanField(options)
export const enumeration = <const T extends string>(symbols: readonly T[], options: FieldOptions = {}) =>
  new EnumerationField<T>(symbols, options)
/** At most `capacity` bytes of UTF-8, in place. */
export const string = (capacity: number, options: FieldOptions = {}): StringField => new StringField(capacity, options)
/** UTF-8 of any length. */
export const text = (options: FieldOptions = {}): VariableField => new VariableField('text', options)
/** Bytes of any length; base64 in JSON. */
export const bytes = (options: FieldOptions = {}): VariableField => new VariableField('bytes', options)
/** A JSON document kept as it came. */
export const json = (options: FieldOptions = {}): VariableField => new VariableField('json', options)

const encoder = new TextEncoder()

/** Text of a shared or private memory. Node's decoder refuses shared memory, and most strings here are short ASCII. */
function decode(memory: FrameMemory, start: number, length: number): string {
  const { u8 } = memory
  if (length <= 24) {
    let textSoFar = ''
    let i = 0
    for (; i < length && u8[start + i]! < 0x80; i++) textSoFar += String.fromCharCode(u8[start + i]!)
    if (i === length) return textSoFar
  }
  return Buffer.from(u8.slice(start, start + length)).toString('utf8')
}
