/**
 * Events, one to a body: `{id, timestamp, source, payload, api_version?}`.
 *
 * The payload is any JSON and is kept byte for byte. `timestamp` is an ISO 8601 time or a number: epoch seconds, or milliseconds above
 * 1e11. An event is its only row. Without an id it is discarded; without any other member but `api_version` it is refused.
 */
import { DISCARD_REASONS } from '../../../engine/records/index.ts'
import { event } from '../../../schemas/event.ts'
import { Decoder } from './decoder.ts'
import { KeyTable } from './key-table.ts'

import { Text } from './text.ts'

const ID = 0
const TIMESTAMP = 1
const SOURCE = 2
const PAYLOAD = 3
const API_VERSION = 4
const EVENT = new KeyTable({ id: ID, timestamp: TIMESTAMP, source: SOURCE, payload: PAYLOAD, api_version: API_VERSION })

const NO_KEY = DISCARD_REASONS.indexOf('no_key')
/** A timestamp above this is in milliseconds. */
const MAX_SECONDS = 1e11

export class EventDecoder extends Decoder {
  readonly #id = new Text()
  readonly #source = new Text()
  readonly #apiVersion = new Text()
  readonly #timestampText = new Text()
  readonly #timestamp = new Float64Array(1)
  #payloadStart = 0
  #payloadEnd = 0
  /** Members of a wrong type: a bit each. */
  #wrong = 0

  protected body(): void {
    const { scanner } = this
    if (!scanner.atObject) return this.refuseShape('an event is an object')
    this.#reset()
    for (let more = scanner.enterObject(); more; more = scanner.nextMember()) {
      switch (scanner.key(EVENT)) {
        case ID:
          this.#readText(this.#id, ID)
          break
        case TIMESTAMP:
          this.#readTimestamp()
          break
        case SOURCE:
          this.#readText(this.#source, SOURCE)
          break
        case PAYLOAD:
          this.#payloadStart = scanner.position
          scanner.skipValue()
          this.#payloadEnd = scanner.position
          break
        case API_VERSION:
          this.#readText(this.#apiVersion, API_VERSION)
          break
        default:
          scanner.skipValue()
      }
    }
    this.#take()
  }

  #reset(): void {
    this.#id.clear()
    this.#source.clear()
    this.#apiVersion.clear()
    this.#timestamp[0] = Number.NaN
    this.#payloadStart = this.#payloadEnd = 0
    this.#wrong = 0
  }

  #readText(text: Text, member: number): void {
    const { scanner } = this
    text.clear()
    this.#wrong &= ~(1 << member)
    if (scanner.atString) text.read(scanner)
    else if (!scanner.skipNull()) this.#skipWrong(member)
  }

  /** As epoch milliseconds. */
  #readTimestamp(): void {
    const { scanner } = this
    this.#timestamp[0] = Number.NaN
    this.#wrong &= ~(1 << TIMESTAMP)
    if (scanner.atNumber) {
      scanner.number(this.#timestamp, 0)
      const value = this.#timestamp[0]!
      this.#timestamp[0] = Math.round(value > MAX_SECONDS ? value : value * 1000)
    } else if (scanner.atString) {
      this.#timestampText.read(scanner)
      this.#timestamp[0] = Date.parse(this.#timestampText.toString())
    } else if (!scanner.skipNull()) this.#skipWrong(TIMESTAMP)
  }

  #skipWrong(member: number): void {
    this.scanner.skipValue()
    this.#wrong |= 1 << member
  }

  #take(): void {
    const { scanner, intake } = this
    const { fields } = event
    const timeMs = this.#timestamp[0]! + intake.context.shiftMs
    if (this.#wrong !== 0) return intake.refuse('bad_shape', 'id, source, api_version or timestamp is not of its type')
    if (this.#payloadEnd === 0) return intake.refuse('bad_shape', 'it has no payload')
    if (this.#source.isNull) return intake.refuse('bad_shape', 'it has no source')
    if (!Number.isFinite(timeMs)) return intake.refuse('bad_value', 'timestamp is no time')
    if (this.#apiVersion.length > fields.api_version.capacity)
      return intake.refuse('bad_value', 'api_version is too long')
    intake.observe(timeMs)
    if (this.#id.isNull || this.#id.isBlank) return intake.discard(NO_KEY)

    const bytes = event.fixedBytes + this.#id.length + this.#source.length + (this.#payloadEnd - this.#payloadStart)
    if (bytes > intake.context.maxFrameBytes) return intake.refuse('too_large', `an event of ${bytes} bytes`)
    const frame = intake.reserve(bytes)
    event.start(frame)
    frame.time = timeMs
    event.setKey(frame, this.#id.bytes, this.#id.start, this.#id.end)
    fields.source.setBytes(frame, this.#source.bytes, this.#source.start, this.#source.end)
    fields.payload.setBytes(frame, scanner.bytes, this.#payloadStart, this.#payloadEnd)
    fields.api_version.setBytes(frame, this.#apiVersion.bytes, this.#apiVersion.start, this.#apiVersion.end)
    intake.record(frame)
  }
}
