/**
 * Events, one to a body: `{id, timestamp, source, payload, api_version?}`.
 *
 * The payload is any JSON and is kept byte for byte. `timestamp` is an ISO 8601 time or a number: epoch seconds, or
 * milliseconds above 1e11. An event is its only row. Without an id it is discarded; without any other member but
 * `api_version` it is refused.
 */
import { DISCARD_REASONS } from '../../../engine/records/index.ts'
import { event } from '../../../schemas/event.ts'
import { Decoder } from './decoder.ts'
import { END, Members } from './members.ts'
import { Kind, Slots } from './slots.ts'
import { Text } from './text.ts'

const ID = 0
const TIMESTAMP = 1
const SOURCE = 2
const API_VERSION = 3
const PAYLOAD = END + 1

const TEXT = Kind.string | Kind.escaped
const NO_KEY = DISCARD_REASONS.indexOf('no_key')
const MAX_API_VERSION_BYTES = event.fields.api_version.capacity
/** A timestamp above this is in milliseconds. */
const MAX_SECONDS = 1e11

export class EventDecoder extends Decoder {
  readonly #slots = new Slots()
  readonly #members = new Members({
    id: ID,
    timestamp: TIMESTAMP,
    source: SOURCE,
    api_version: API_VERSION,
    payload: PAYLOAD,
  })
  readonly #id = new Text()
  readonly #source = new Text()
  readonly #apiVersion = new Text()
  readonly #timestamp = new Text()
  #payloadStart = 0
  #payloadEnd = 0

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
    const { intake } = this
    const problem = this.#shapeProblem()
    if (problem !== null) intake.refuse('bad_shape', problem)
    else this.#take()
  }

  #shapeProblem(): string | null {
    const { kinds } = this.#slots
    if ((kinds[ID]! & ~TEXT) !== 0) return 'id is not a string'
    if ((kinds[TIMESTAMP]! & (TEXT | Kind.number | Kind.huge)) === 0)
      return 'timestamp is neither a number nor a string'
    if ((kinds[SOURCE]! & TEXT) === 0) return 'source is not a string'
    if ((kinds[API_VERSION]! & ~TEXT) !== 0) return 'api_version is not a string'
    if (this.#payloadEnd === 0) return 'it has no payload'
    return null
  }

  /** Makes of the timestamp epoch milliseconds; NaN when it is no time. */
  #settleTime(): void {
    const { kinds, numbers } = this.#slots
    const { shiftMs } = this.intake.context
    if (kinds[TIMESTAMP] === Kind.number) {
      const written = numbers[TIMESTAMP]!
      numbers[TIMESTAMP] = Math.round(written > MAX_SECONDS ? written : written * 1000) + shiftMs
    } else {
      this.#timestamp.take(this.scanner, this.#slots, TIMESTAMP)
      numbers[TIMESTAMP] = Date.parse(this.#timestamp.toString()) + shiftMs
    }
  }

  #take(): void {
    const { scanner, intake } = this
    this.#id.take(scanner, this.#slots, ID)
    this.#source.take(scanner, this.#slots, SOURCE)
    this.#apiVersion.take(scanner, this.#slots, API_VERSION)
    this.#settleTime()
    const bytes = event.fixedBytes + this.#id.length + this.#source.length + (this.#payloadEnd - this.#payloadStart)
    if (!Number.isFinite(this.#slots.numbers[TIMESTAMP])) intake.refuse('bad_value', 'timestamp is no time')
    else if (this.#apiVersion.length > MAX_API_VERSION_BYTES) intake.refuse('bad_value', 'api_version is too long')
    else if (bytes > intake.context.maxFrameBytes) intake.refuse('too_large', `an event of ${bytes} bytes`)
    else this.#record(bytes)
  }

  #record(bytes: number): void {
    const { scanner, intake } = this
    const { fields } = event
    intake.bodyClockMs = this.#slots.numbers[TIMESTAMP]!
    intake.observe()
    if (this.#id.isBlank) {
      intake.discard(NO_KEY)
      return
    }
    const frame = intake.reserve(bytes)
    event.start(frame)
    frame.time = intake.bodyClockMs
    event.setKey(frame, this.#id.bytes, this.#id.start, this.#id.end)
    fields.source.setBytes(frame, this.#source.bytes, this.#source.start, this.#source.end)
    fields.payload.setBytes(frame, scanner.bytes, this.#payloadStart, this.#payloadEnd)
    fields.api_version.setBytes(frame, this.#apiVersion.bytes, this.#apiVersion.start, this.#apiVersion.end)
    intake.stamp(frame)
    intake.commit()
  }
}
