/**
 * A schema: declared once, it gives the layout in the ring, the accessors, the JSON projection, the Avro schema, and the
 * order and quantisation of the deltas that browsers get.
 *
 *   body:  null word │ a 4-byte field │ doubles │ 4-byte fields │ 1-byte fields, fixed strings │ padding │ variable bytes …
 *
 * Fields are laid out widest first, so that each is aligned and the declaration's order is free to read well.
 */
import { type EnumerationField, type Field, StringField, VariableField } from './fields.ts'
import type { Frame } from './frame.ts'
import { FrameKind, type FrameKindCode, HEADER_BYTES } from './frame-layout.ts'
import { hashKey } from './key.ts'

export interface SchemaDefinition<F extends Record<string, Field>> {
  name: string
  /** Stored in every frame: 1 to 255, never changed or reused. */
  id: number
  version: number
  doc: string
  /** The field that names what a record is about. */
  key: keyof F & string
  /** Whether a dedupe judges its records by key and time; otherwise all are accepted. */
  deduplicated: boolean
  /** Whether a key that nobody mentions is soon gone, as an aircraft is; else it is only forgotten, after long. */
  goesStale: boolean
  fields: F
}

/** One field as browsers get it, in wire order. */
export interface WireField {
  name: string
  field: Field
  /** Numbers travel as whole multiples of this; 0 for fields that are not numbers. */
  quantum: number
}

/** As deep as BSON goes. */
const MAX_NESTING = 100
const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

export class Schema<F extends Record<string, Field> = Record<string, Field>> {
  readonly name: string
  readonly id: number
  readonly version: number
  readonly doc: string
  readonly deduplicated: boolean
  readonly goesStale: boolean
  readonly fields: F
  readonly key: StringField | VariableField
  /** Bytes of header and fixed part; a frame without variable bytes has just these. */
  readonly fixedBytes: number
  readonly wire: readonly WireField[]
  readonly #list: readonly Field[]
  readonly #allNull: number

  constructor(definition: SchemaDefinition<F>) {
    this.name = definition.name
    if (!(definition.id >= 1 && definition.id <= 255)) throw new RangeError(`a schema with the id ${definition.id}`)
    this.id = definition.id
    this.version = definition.version
    this.doc = definition.doc
    this.deduplicated = definition.deduplicated
    this.goesStale = definition.goesStale
    this.fields = definition.fields
    this.#list = Object.entries(definition.fields).map(([name, field]) => Object.assign(field, { name }))
    this.#allNull = assignNullBits(definition.name, this.#list)
    this.fixedBytes = assignOffsets(this.#list)
    this.key = keyField(definition.name, definition.fields[definition.key])
    this.wire = this.#list
      .filter((field) => field.options.wire !== undefined)
      .map((field) => ({ name: field.name, field, quantum: field.options.wire?.quantum ?? 0 }))
  }

  /** Starts a frame of this schema at `frame.offset`: header zeroed, every nullable field null. */
  start(frame: Frame, kind: FrameKindCode = FrameKind.record): void {
    frame.start(this.fixedBytes, kind, this.id)
    const { i32 } = frame.memory
    const first = frame.body >> 2
    const end = (frame.offset + this.fixedBytes + 3) >> 2
    for (let i = first + 1; i < end; i++) i32[i] = 0
    i32[first] = this.#allNull
  }

  /** Writes key and key hash; false when it does not fit. */
  setKey(frame: Frame, source: Uint8Array, start: number, end: number): boolean {
    if (!this.key.setBytes(frame, source, start, end)) return false
    frame.keyHash = hashKey(source, start, end)
    return true
  }

  /** The record's fields by name; `json` fields parsed, unless they are nested more than 100 deep. Allocates: for people and tests. */
  toObject(frame: Frame): { [name: string]: Json } {
    const object: { [name: string]: Json } = {}
    for (const field of this.#list) if (!field.options.internal) object[field.name] = jsonValue(field, frame)
    return object
  }

  /** The Avro schema (Apache Avro 1.11), a record with the fields that are not internal. */
  toAvro(): Json {
    const fields = this.#list
      .filter((field) => !field.options.internal)
      .map((field) => ({
        name: field.name,
        type: field.options.nullable ? ['null', avroType(field)] : avroType(field),
        ...(field.options.doc ? { doc: field.options.doc } : {}),
        ...(field.options.nullable ? { default: null } : {}),
      }))
    return { type: 'record', name: this.name, namespace: 'skein', doc: this.doc, fields }
  }
}

export function defineSchema<F extends Record<string, Field>>(definition: SchemaDefinition<F>): Schema<F> {
  return new Schema(definition)
}

/** Gives each nullable field its bit; returns all of them. */
function assignNullBits(schema: string, fields: readonly Field[]): number {
  const nullable = fields.filter((field) => field.options.nullable)
  if (nullable.length > 32) throw new RangeError(`schema ${schema} has ${nullable.length} nullable fields; 32 fit`)
  let all = 0
  for (const [index, field] of nullable.entries()) all |= field.nullBit = 1 << index
  return all
}

/** Places the fields behind the header and the null word; returns where the fixed part ends. */
function assignOffsets(fields: readonly Field[]): number {
  let offset = HEADER_BYTES + 4
  const [first, ...words] = fields.filter((field) => field.align === 4)
  // The null word leaves four bytes before the first double: a field of that size goes there.
  const order = [
    ...(first === undefined ? [] : [first]),
    ...fields.filter((field) => field.align === 8),
    ...words,
    ...fields.filter((field) => field.align === 1),
  ]
  for (const field of order) {
    field.offset = Math.ceil(offset / field.align) * field.align
    offset = field.offset + field.size
  }
  return Math.ceil(offset / 8) * 8
}

function keyField(schema: string, field: Field | undefined): StringField | VariableField {
  if (field instanceof StringField || field instanceof VariableField) return field
  throw new TypeError(`schema ${schema}: the key must be a string`)
}

function jsonValue(field: Field, frame: Frame): Json {
  if (field.isNull(frame)) return null
  const value = field.get(frame)
  if (field.type !== 'json') return value
  return isNestedTooDeep(value as string) ? (value as string) : JSON.parse(value as string)
}

/** Whether a JSON text is nested so deep that whoever walks its value may run out of stack. */
function isNestedTooDeep(text: string): boolean {
  if (text.length < 2 * MAX_NESTING) return false
  let depth = 0
  let isInString = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (isInString) {
      if (code === BACKSLASH) at++
      else if (code === QUOTE) isInString = false
    } else if (code === QUOTE) isInString = true
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (++depth > MAX_NESTING) return true
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--
  }
  return false
}

function avroType(field: Field): Json {
  switch (field.type) {
    case 'f64':
      return 'double'
    case 'f32':
      return 'float'
    case 'i32':
    case 'u8':
      return 'int'
    case 'boolean':
      return 'boolean'
    case 'bytes':
      return 'bytes'
    case 'enumeration':
      return { type: 'enum', name: `${field.name}_symbol`, symbols: [...(field as EnumerationField).symbols] }
    default:
      return 'string'
  }
}
