/**
 * Events that somebody sends: `{source, payload, id?, timestamp?}`, the payload kept byte for byte.
 *
 * What is left out is filled in: the id is made, the time is now. What is wrong is told to the sender, and nothing of it is kept.
 */
import { hash, randomUUID } from 'node:crypto'
import type { FrameBatch } from '../../../engine/records/index.ts'
import { event } from '../../../schemas/event.ts'
import type { DecodeContext } from '../decode/context.ts'
import { Decoder } from '../decode/decoder.ts'
import { END, Members } from '../decode/members.ts'
import { Kind, Slots } from '../decode/slots.ts'
import { Text } from '../decode/text.ts'

const ID = 0
const TIMESTAMP = 1
const SOURCE = 2
const PAYLOAD = END + 1

const TEXT = Kind.string | Kind.escaped
const MAX_ID_BYTES = 256
const MAX_SOURCE_BYTES = 120
/** A timestamp above this is in milliseconds. */
const MAX_SECONDS = 1e11
/** Beyond it Date knows no time. */
const MAX_TIME_MS = 8.64e15
/** 96 bits. */
const DIGEST_CHARACTERS = 16

export interface Pushed {
  readonly id: string
  readonly source: string
  /** Of source and payload: the same for an event that is sent again. */
  readonly digest: string
}

export interface PushRules {
  readonly requireId: boolean
  readonly apiVersion: string
  /** Empty for all. */
  readonly accepted: readonly string[]
}

export interface PushFault {
  readonly isForbidden: boolean
  readonly message: string
  readonly field?: string
}

export class PushDecoder extends Decoder {
  /** What was taken last. */
  pushed: Pushed = { id: '', source: '', digest: '' }
  readonly #rules: PushRules
  readonly #slots = new Slots()
  readonly #members = new Members({ id: ID, timestamp: TIMESTAMP, source: SOURCE, payload: PAYLOAD })
  readonly #text = new Text()
  readonly #version: Buffer
  #payloadStart = 0
  #payloadEnd = 0
  /** Of the path; null where the body has to say. */
  #source: string | null = null
  #fault: PushFault | null = null

  constructor(rules: PushRules) {
    super()
    this.#rules = rules
    this.#version = Buffer.from(rules.apiVersion)
  }

  /** Adds the event's frame to the batch, or says what is wrong. `source`: what it is from, where the body need not say. */
  push(bytes: Uint8Array, source: string | null, context: DecodeContext, batch: FrameBatch): PushFault | null {
    const { length } = batch
    const { ordinal } = context
    this.#source = source
    this.#fault = null
    this.decode(bytes, 0, bytes.length, context, batch)
    if (this.isTaken) return null
    batch.length = length
    context.ordinal = ordinal
    if (this.#fault !== null) return this.#fault
    const { isUtf8, problem, offset } = this.scanner
    return { isForbidden: false, message: isUtf8 ? `it is not JSON: ${problem} at byte ${offset}` : 'it is not UTF-8' }
  }

  protected body(): void {
    const { scanner } = this
    this.#slots.clear()
    this.#payloadStart = this.#payloadEnd = 0
    let next = this.#slots.readObject(scanner, this.#members)
    while (next !== END) {
      this.#payloadStart = scanner.position
      scanner.skipValue()
      this.#payloadEnd = scanner.position
      next = this.#slots.readMore(scanner, this.#members)
    }
    this.#fault = this.#take()
    if (this.#fault !== null) this.intake.refuse('bad_shape', this.#fault.message)
  }

  protected override refuseShape(detail: string): void {
    this.#fault = { isForbidden: false, message: detail }
    super.refuseShape(detail)
  }

  #take(): PushFault | null {
    const { kinds } = this.#slots
    const { requireId, accepted } = this.#rules
    if ((kinds[ID]! & ~TEXT) !== 0) return wrong('id', 'must be a string')
    if ((kinds[SOURCE]! & ~TEXT) !== 0) return wrong('source', 'must be a string')
    const id = this.#textOf(ID)
    const source = this.#source ?? this.#textOf(SOURCE)
    if (id === '' && requireId) return wrong('id', 'must be given')
    if (Buffer.byteLength(id) > MAX_ID_BYTES) return wrong('id', `is longer than ${MAX_ID_BYTES} bytes`)
    if (source === '') return wrong('source', 'must be given')
    if (Buffer.byteLength(source) > MAX_SOURCE_BYTES) return wrong('source', `is longer than ${MAX_SOURCE_BYTES} bytes`)
    if (accepted.length > 0 && !accepted.includes(source))
      return { isForbidden: true, message: `events of "${source}" are not accepted`, field: 'source' }
    if (this.#payloadEnd === 0) return wrong('payload', 'must be given')
    const timeMs = this.#timeMs()
    const { latestClockMs } = this.intake.context
    if (Number.isNaN(timeMs)) return wrong('timestamp', 'is neither a number nor an ISO 8601 time')
    if (timeMs > latestClockMs!) return wrong('timestamp', `is too far ahead: ${new Date(timeMs).toISOString()}`)
    return this.#write(id === '' ? randomUUID() : id, source, timeMs)
  }

  #write(id: string, source: string, timeMs: number): PushFault | null {
    const { scanner, intake } = this
    const { fields } = event
    const [key, from] = [Buffer.from(id), Buffer.from(source)]
    const bytes = event.fixedBytes + key.length + from.length + (this.#payloadEnd - this.#payloadStart)
    if (bytes > intake.context.maxFrameBytes) return wrong('payload', 'is larger than an event can be')
    intake.bodyClockMs = timeMs
    intake.observe()
    const frame = intake.reserve(bytes)
    event.start(frame)
    frame.time = timeMs
    event.setKey(frame, key, 0, key.length)
    fields.source.setBytes(frame, from, 0, from.length)
    fields.payload.setBytes(frame, scanner.bytes, this.#payloadStart, this.#payloadEnd)
    fields.api_version.setBytes(frame, this.#version, 0, this.#version.length)
    intake.stamp(frame)
    intake.commit()
    const payload = scanner.bytes.subarray(this.#payloadStart, this.#payloadEnd)
    this.pushed = { id, source, digest: digestOf(source, payload) }
    return null
  }

  /** Empty where there is none. */
  #textOf(slot: number): string {
    this.#text.take(this.scanner, this.#slots, slot)
    return this.#text.isNull ? '' : this.#text.toString().trim()
  }

  /** Epoch milliseconds; NaN for what is no time. */
  #timeMs(): number {
    const { kinds, numbers } = this.#slots
    const kind = kinds[TIMESTAMP]!
    if (kind === Kind.null) return this.intake.context.ingestedMs
    if (kind === Kind.number) {
      const written = numbers[TIMESTAMP]!
      const ms = Math.round(written > MAX_SECONDS ? written : written * 1000)
      return Math.abs(ms) <= MAX_TIME_MS ? ms : Number.NaN
    }
    return (kind & TEXT) === 0 ? Number.NaN : Date.parse(this.#textOf(TIMESTAMP))
  }
}

/** What an event is known again by, beside its id. */
export function digestOf(source: string, payload: Uint8Array): string {
  return hash('sha256', Buffer.concat([Buffer.from(`${source}\0`), payload]), 'base64url').slice(0, DIGEST_CHARACTERS)
}

const wrong = (field: string, message: string): PushFault => ({ isForbidden: false, message, field })
