/** Makes a record of a reading: its frame at the end of a batch, or what is wrong with it. */
import type { DeadLetterReason, Frame, FrameBatch, Schema } from '../../../engine/records/index.ts'
import { event } from '../../../schemas/event.ts'
import type { FieldPlan, RowPlan } from './row-plan.ts'
import { CSV_SCHEMAS, type CsvSettings } from './spec.ts'

export interface Fault {
  readonly reason: DeadLetterReason
  readonly detail: string
}

interface ValueField {
  set(frame: Frame, value: number): boolean
  setBytes(frame: Frame, source: Uint8Array, start: number, end: number): boolean
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i
const MAX_KEY_BYTES = 1024

export class RecordWriter {
  readonly #schema: Schema
  readonly #isEvent: boolean
  readonly #maxFrameBytes: number
  readonly #text = Buffer.alloc(4096)

  constructor(schema: CsvSettings['schema'], maxFrameBytes: number) {
    this.#schema = CSV_SCHEMAS[schema] as unknown as Schema
    this.#isEvent = schema === 'event'
    this.#maxFrameBytes = maxFrameBytes
  }

  /** Null when it is in the batch, but for its header's source, clock and position. */
  write(plan: RowPlan, row: readonly string[], column: number, timeMs: number, batch: FrameBatch): Fault | null {
    const key = plan.key(row, column)
    const { pattern } = plan.keyRule
    if (key === '' || (pattern !== null && !pattern.test(key)))
      return { reason: 'bad_key', detail: `"${key.slice(0, 64)}" is no ${pattern === null ? 'key' : pattern.source}` }
    if (Number.isNaN(timeMs)) return { reason: 'bad_value', detail: 'its time is no time' }
    return this.#isEvent
      ? this.#writeEvent(plan, row, column, key, timeMs, batch)
      : this.#writeFields(plan, row, column, key, timeMs, batch)
  }

  #writeFields(
    plan: RowPlan,
    row: readonly string[],
    column: number,
    key: string,
    timeMs: number,
    batch: FrameBatch,
  ): Fault | null {
    const schema = this.#schema
    const frame = batch.reserve(schema.fixedBytes)
    schema.start(frame)
    frame.time = timeMs
    const { written, read } = textEncoder.encodeInto(key, this.#text)
    if (read < key.length || !schema.setKey(frame, this.#text, 0, written))
      return { reason: 'bad_key', detail: `"${key.slice(0, 64)}…" is too long` }
    for (const field of plan.fields) {
      const text = field.get(row, column).trim()
      const fault = field.isNumber ? this.#setNumber(frame, field, text) : this.#setText(frame, field, text)
      if (fault !== null) return { reason: 'bad_value', detail: fault }
    }
    return null
  }

  #setNumber(frame: Frame, field: FieldPlan, text: string): string | null {
    const { name, times, plus, nulls, rule } = field
    if (nulls.has(text)) return rule.required ? `${name} has no value` : null
    if (!NUMBER.test(text)) return `${name} is "${text.slice(0, 64)}", which is no number`
    const value = times === 1 && plus === 0 ? Number(text) : Number(text) * times + plus
    if (value < rule.min) return `${name} is ${value}; at least ${rule.min} is wanted`
    if (value > rule.max) return `${name} is ${value}; at most ${rule.max} is wanted`
    return this.#field(name).set(frame, value) ? null : `${name} is ${value}, which it cannot hold`
  }

  #setText(frame: Frame, field: FieldPlan, text: string): string | null {
    const { name, nulls } = field
    const fault = faultOfText(field, text)
    if (fault !== null || nulls.has(text)) return fault
    const bytes = Buffer.from(text)
    return this.#field(name).setBytes(frame, bytes, 0, bytes.length) ? null : `${name} is too long`
  }

  /** The whole row is its payload, each column a member. */
  #writeEvent(
    plan: RowPlan,
    row: readonly string[],
    column: number,
    key: string,
    timeMs: number,
    batch: FrameBatch,
  ): Fault | null {
    const texts = new Map<string, string>()
    for (const field of plan.fields) {
      const text = field.get(row, column).trim()
      const fault = faultOfText(field, text)
      if (fault !== null) return { reason: 'bad_value', detail: fault }
      texts.set(field.name, field.nulls.has(text) ? '' : text)
    }
    const payload = Buffer.from(JSON.stringify(Object.fromEntries(plan.columns.map((name, at) => [name, row[at]]))))
    const id = Buffer.from(key)
    const source = Buffer.from(texts.get('source') ?? '')
    const version = Buffer.from(texts.get('api_version') ?? '')
    const bytes = event.fixedBytes + id.length + source.length + payload.length
    if (id.length > MAX_KEY_BYTES) return { reason: 'bad_key', detail: `"${key.slice(0, 64)}…" is too long` }
    if (bytes > this.#maxFrameBytes) return { reason: 'too_large', detail: `an event of ${bytes} bytes` }
    const frame = batch.reserve(bytes)
    event.start(frame)
    frame.time = timeMs
    event.setKey(frame, id, 0, id.length)
    event.fields.source.setBytes(frame, source, 0, source.length)
    event.fields.payload.setBytes(frame, payload, 0, payload.length)
    if (!event.fields.api_version.setBytes(frame, version, 0, version.length))
      return { reason: 'bad_value', detail: 'api_version is too long' }
    return null
  }

  #field(name: string): ValueField {
    return (this.#schema.fields as unknown as Readonly<Record<string, ValueField>>)[name]!
  }
}

function faultOfText({ name, nulls, rule }: FieldPlan, text: string): string | null {
  if (nulls.has(text)) return rule.required ? `${name} has no value` : null
  if (rule.pattern !== null && !rule.pattern.test(text))
    return `${name} is "${text.slice(0, 64)}", not ${rule.pattern.source}`
  return null
}

const textEncoder = new TextEncoder()
