/**
 * Bodies of any HTTP API, read as a configuration says (`spec.ts`).
 *
 * The bytes are walked once, or twice where a value beside the rows is wanted: nobody says that it comes before them. Of a row
 * only what is named is taken. A row without a key is discarded; one with a value that its field cannot hold is refused, and
 * the body goes on. Each named value becomes a JavaScript value on the way: this is for APIs of some thousand rows a second.
 */
import {
  type DeadLetterReason,
  DISCARD_REASONS,
  type Frame,
  type FrameBatch,
} from '../../../../engine/records/index.ts'
import { event } from '../../../../schemas/event.ts'
import { quote } from '../../../../schemas/quote.ts'
import type { DecodeContext } from '../context.ts'
import { Decoder } from '../decoder.ts'
import { idOf, type Mark } from './mark.ts'
import { parseRows, parseSource, parseTemplate, type RowsStep } from './path.ts'
import type { MapSettings } from './spec.ts'
import { msOfNumber, msOfText, type TimeUnit } from './time.ts'
import { Told } from './told.ts'
import { type Getter, type Value, Values } from './value.ts'

const NO_KEY = DISCARD_REASONS.indexOf('no_key')
const UNCHANGED = DISCARD_REASONS.indexOf('unchanged')
/** What a dedupe has to keep of each key; events are not judged by it. */
const MAX_KEY_BYTES = { quote: quote.fields.symbol.capacity, event: 1024 } as const

type Path = string | readonly string[]

/** What is wanted of bodies besides their records. */
export interface Besides {
  /** Where the body says what to ask for next. */
  readonly next?: Path | undefined
  /** Where each row has what marks are made of. */
  readonly mark?: Path | undefined
  /** Also events that were told before: unless an API repeats itself, each is meant. */
  readonly takesRepeats?: boolean
}

interface FieldPlan {
  readonly name: string
  readonly get: Getter
}

export class MappedDecoder extends Decoder {
  /** What the body said was wrong: nothing, anything, or that there were too many requests. */
  complaint: 'none' | 'error' | 'limited' = 'none'
  /** What the body says to ask for next; null for nothing. */
  next: string | null = null
  /** What the rows that are taken are noted in. */
  mark: Mark | null = null
  /** Of events. */
  readonly told = new Told()
  readonly #map: MapSettings
  readonly #values: Values
  readonly #rows: readonly RowsStep[]
  readonly #key: readonly (string | Getter)[]
  readonly #time: { get: Getter; unit: TimeUnit } | null
  readonly #fields: readonly FieldPlan[]
  readonly #complaints: readonly Getter[]
  readonly #nulls: ReadonlySet<string>
  readonly #next: Getter | null
  readonly #markOf: Getter | null
  readonly #leavesOutRepeats: boolean
  #hasRows = false
  #index = 0

  /** Throws a `RangeError` for a map that cannot be followed. */
  constructor(map: MapSettings, besides: Besides = {}) {
    super()
    this.#map = map
    this.#values = new Values(this.scanner)
    this.#nulls = new Set(map.nulls)
    this.#rows = parseRows(map.records)
    const getterOf = (path: Path) => this.#values.getterOf(parseSource(path))
    this.#key = parseTemplate(map.key).map((part) => (typeof part === 'string' ? part : this.#values.getterOf(part)))
    this.#time = map.time === undefined ? null : { get: getterOf(map.time.from), unit: map.time.unit }
    this.#fields = Object.entries(map.fields).map(([name, field]): FieldPlan => {
      if (typeof field === 'string' || Array.isArray(field)) return { name, get: getterOf(field) }
      if ('value' in field) return { name, get: () => field.value }
      const { from, times = 1, plus = 0 } = field as { from: string | string[]; times?: number; plus?: number }
      const get = getterOf(from)
      return { name, get: () => scaled(get(), times, plus) }
    })
    const complaints = map.complaint?.at ?? []
    this.#complaints = complaints.map((at) => this.#values.getterOf({ kind: 'body', path: at.split('.') }))
    const { next, mark, takesRepeats = false } = besides
    this.#leavesOutRepeats = map.schema === 'event' && map.time !== undefined && !takesRepeats
    const nextPath = typeof next === 'string' ? next.split('.') : next
    this.#next = nextPath === undefined ? null : this.#values.getterOf({ kind: 'body', path: nextPath })
    this.#markOf = mark === undefined ? null : getterOf(mark)
    this.#values.close()
  }

  /** Of the request that the next body answers. */
  set params(params: Readonly<Record<string, string>>) {
    this.#values.params = params
  }

  override decode(bytes: Uint8Array, start: number, end: number, context: DecodeContext, batch: FrameBatch): number {
    this.told.begin()
    const rows = super.decode(bytes, start, end, context, batch)
    if (this.isTaken) this.told.accept()
    return rows
  }

  protected override isBodyAt(): boolean {
    return true
  }

  protected body(): void {
    const { scanner, intake } = this
    this.complaint = 'none'
    this.next = null
    this.#hasRows = false
    this.#index = 0
    intake.bodyClockMs = intake.context.ingestedMs
    intake.observe()
    if (this.#values.wantsBody) {
      this.#values.readBody()
      scanner.expectEnd()
      scanner.rewind()
      this.#noteComplaint()
      this.#noteNext()
    }
    this.#walk(0)
    if (this.complaint === 'none' && !this.#hasRows)
      intake.refuse('bad_shape', `there is nothing at ${this.#map.records}`)
  }

  #noteComplaint(): void {
    const said = this.#complaints.map((get) => get()).find((value) => value !== null && value !== '' && value !== false)
    if (said === undefined) return
    const text = String(said).toLowerCase()
    this.complaint = this.#map.complaint!.limited.some((part) => text.includes(part.toLowerCase()))
      ? 'limited'
      : 'error'
    this.intake.refuse('bad_shape', `it says: ${String(said).slice(0, 200)}`)
  }

  #noteNext(): void {
    const value = this.#next?.() ?? null
    if (typeof value === 'number') this.next = idOf(value)
    else if (typeof value === 'string' && value !== '') this.next = value
    if (this.next === null && typeof value === 'number')
      this.intake.refuse('bad_value', `its cursor ${value} has more digits than a number holds`)
  }

  /** From the value at the scanner on to the rows, which are so many steps away. */
  #walk(depth: number): void {
    const { scanner } = this
    const step = this.#rows[depth]
    if (step === undefined) this.#takeRow()
    else if (step.kind === 'elements' && scanner.atArray) {
      this.#hasRows = true
      for (let more = scanner.enterArray(); more; more = scanner.nextElement()) this.#walk(depth + 1)
    } else if (step.kind !== 'elements' && scanner.atObject) {
      this.#hasRows ||= step.kind === 'members'
      for (let more = scanner.enterObject(); more; more = scanner.nextMember()) {
        scanner.key()
        const name = scanner.text()
        if (step.kind === 'members') this.#values.memberName = name
        if (step.kind !== 'member' || name === step.name) this.#walk(depth + 1)
        else scanner.skipValue()
      }
    } else if (scanner.skipNull()) this.#hasRows = true
    else scanner.skipValue()
  }

  #takeRow(): void {
    const { scanner, intake } = this
    this.#hasRows = true
    const start = scanner.place
    const startPosition = scanner.position
    this.#values.readRow()
    const refusal = this.complaint === 'none' ? this.#judge(startPosition, scanner.position) : null
    if (refusal !== null) intake.refuseRow(refusal[0], refusal[1], scanner.source, start, scanner.place, this.#index)
    this.#index++
  }

  /** Makes a record of the row that was read, or says why not. */
  #judge(start: number, end: number): [DeadLetterReason, string] | null {
    const { intake } = this
    const { context } = intake
    const key = this.#keyOfRow()
    if (key === null) {
      intake.discard(NO_KEY)
      return null
    }
    const timeMs = this.#timeOfRow()
    if (Number.isNaN(timeMs)) return ['bad_value', 'its time is no time']
    if (timeMs - context.ingestedMs > context.maxTimeAheadMs)
      return ['time_ahead', `its time is ${(timeMs - context.ingestedMs) / 1000} s after now`]
    const keyBytes = Buffer.from(key)
    const most = MAX_KEY_BYTES[this.#map.schema]
    if (keyBytes.length > most) return ['bad_key', `"${key.slice(0, most)}…" is longer than ${most} bytes`]
    const isEvent = this.#map.schema === 'event'
    if (this.#leavesOutRepeats && this.told.isUnchanged(key, timeMs, intake.position)) {
      this.#noteMark()
      intake.discard(UNCHANGED)
      return null
    }
    const sourceName = isEvent ? String(this.#valueOf('source') ?? '') : ''
    const bytes = isEvent
      ? event.fixedBytes + keyBytes.length + Buffer.byteLength(sourceName) + (end - start)
      : quote.fixedBytes
    if (bytes > context.maxFrameBytes) return ['too_large', `a row of ${end - start} bytes`]
    const frame = intake.reserve(bytes)
    if (isEvent) this.#writeEvent(frame, keyBytes, sourceName, start, end)
    else {
      quote.start(frame)
      quote.setKey(frame, keyBytes, 0, keyBytes.length)
      for (const { name, get } of this.#fields) {
        const problem = this.#writeField(frame, name, get())
        if (problem !== null) return ['bad_value', problem]
      }
    }
    frame.time = timeMs
    intake.stamp(frame)
    intake.commit()
    this.#noteMark()
    return null
  }

  #noteMark(): void {
    const { context } = this.intake
    if (this.#markOf !== null) this.mark?.note(this.#markOf(), context.ingestedMs + context.maxTimeAheadMs)
  }

  #writeEvent(frame: Frame, key: Buffer, sourceName: string, start: number, end: number): void {
    const { fields } = event
    const text = Buffer.from(sourceName)
    event.start(frame)
    event.setKey(frame, key, 0, key.length)
    fields.source.setBytes(frame, text, 0, text.length)
    fields.payload.setBytes(frame, this.scanner.bytes, start, end)
    const version = Buffer.from(String(this.#valueOf('api_version') ?? ''))
    fields.api_version.setBytes(frame, version, 0, Math.min(version.length, fields.api_version.capacity))
  }

  #valueOf(name: string): Value {
    return this.#fields.find((field) => field.name === name)?.get() ?? null
  }

  /** Why the value cannot be the field's; null when it is now. */
  #writeField(frame: Frame, name: string, value: Value): string | null {
    const field = quote.fields[name as keyof typeof quote.fields]
    if (value === null || value === '' || (typeof value === 'string' && this.#nulls.has(value))) return null
    if (field.type === 'f64') {
      const number = typeof value === 'string' ? numberIn(value) : value
      return typeof number === 'number' && field.set(frame, number)
        ? null
        : `${name} is ${shown(value)}, which is no number`
    }
    const text = Buffer.from(String(value))
    return field.setBytes(frame, text, 0, text.length) ? null : `${name} is ${shown(value)}, which is too long`
  }

  /** Null where a part of it has no value. */
  #keyOfRow(): string | null {
    let key = ''
    for (const part of this.#key) {
      const value = typeof part === 'string' ? part : part()
      if (value === null || value === '' || typeof value === 'boolean') return null
      key += value
    }
    return key
  }

  #timeOfRow(): number {
    if (this.#time === null) return this.intake.context.ingestedMs
    const { get, unit } = this.#time
    const value = get()
    if (typeof value === 'number') return unit === 'iso8601' ? Number.NaN : msOfNumber(value, unit)
    return typeof value === 'string' ? msOfText(value, unit) : Number.NaN
  }
}

function scaled(value: Value, times: number, plus: number): Value {
  const number = typeof value === 'string' ? numberIn(value) : value
  return typeof number === 'number' ? number * times + plus : value
}

const numberIn = (text: string): number =>
  /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(text) ? Number(text) : Number.NaN

const shown = (value: Value): string => JSON.stringify(value)?.slice(0, 60) ?? 'nothing'
