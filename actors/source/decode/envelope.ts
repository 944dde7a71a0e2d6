/**
 * Flight envelopes, one to a body: `{type, produced_at, source, payload: {icao24, position: {lat, lon}, …}, …}`.
 *
 * A member of the payload that is missing is null. The record's time is `time_position_unix`, else `last_contact_unix`;
 * the body's clock is `last_contact_unix`, else `time_position_unix`. An envelope is its only row: when that is
 * refused, all of it is, and the clock stays.
 */
import { Decoder } from './decoder.ts'
import { explainFlight, judgeFlight } from './flight-judge.ts'
import { FlightRow } from './flight-row.ts'
import { Slot } from './flight-slots.ts'
import { END, Members } from './members.ts'
import { Pattern } from './pattern.ts'
import { Kind, Slots } from './slots.ts'
import { Text } from './text.ts'

const TYPE = 0
const PAYLOAD = END + 1
const POSITION = END + 2
const { lat, lon, ...inPayload } = Slot
const STATE = Pattern.of('flight_state"')
const UPDATE = Pattern.of('flight_update"')

export class EnvelopeDecoder extends Decoder {
  readonly #row = new FlightRow()
  readonly #envelope = new Slots()
  readonly #type = new Text()

  readonly #envelopeMembers = new Members({ type: TYPE, payload: PAYLOAD })
  readonly #payloadMembers = new Members({ ...inPayload, position: POSITION })
  readonly #positionMembers = new Members({ lat, lon })

  protected body(): void {
    const { scanner, intake } = this
    this.#envelope.kinds[TYPE] = Kind.null
    let hasPayload = false
    let next = this.#envelope.readObject(scanner, this.#envelopeMembers)
    while (next !== END) {
      hasPayload = this.#readPayload()
      next = this.#envelope.readMore(scanner, this.#envelopeMembers)
    }
    if (!hasPayload) intake.refuse('bad_shape', 'payload is not an object')
    else if (!this.#isTyped()) intake.refuse('bad_shape', 'type is neither flight_state nor flight_update')
    else this.#takeRow()
  }

  #isTyped(): boolean {
    const { kinds, starts } = this.#envelope
    const { view } = this.scanner
    if (kinds[TYPE] === Kind.string) return STATE.isAt(view, starts[TYPE]!) || UPDATE.isAt(view, starts[TYPE]!)
    if ((kinds[TYPE]! & Kind.escaped) === 0) return kinds[TYPE] === Kind.null
    this.#type.take(this.scanner, this.#envelope, TYPE)
    return this.#type.is('flight_state') || this.#type.is('flight_update')
  }

  #readPayload(): boolean {
    const { scanner } = this
    const row = this.#row
    row.clear()
    if (!scanner.atObject) {
      scanner.skipValue()
      return false
    }
    let next = row.slots.readObject(scanner, this.#payloadMembers)
    while (next !== END) {
      this.#readPosition()
      next = row.slots.readMore(scanner, this.#payloadMembers)
    }
    return true
  }

  #readPosition(): void {
    const { scanner } = this
    const { kinds } = this.#row.slots
    kinds[Slot.lat] = kinds[Slot.lon] = kinds[Slot.position] = Kind.null
    if (scanner.atObject) this.#row.slots.readObject(scanner, this.#positionMembers)
    else if (!scanner.skipNull()) {
      scanner.skipValue()
      kinds[Slot.position] = Kind.container
    }
  }

  #takeRow(): void {
    const { scanner, intake } = this
    const row = this.#row
    row.settleTime(intake.context.shiftMs)
    row.settleTexts(scanner)
    const observed = row.isNull(Slot.last_contact_unix) ? Slot.time_position_unix : Slot.last_contact_unix
    if (!row.isNull(observed)) intake.bodyClockMs = Math.round(row.slots.numbers[observed]! * 1000)
    intake.observe()
    const refusal = judgeFlight(row, intake)
    if (refusal !== null) intake.refuse(refusal, explainFlight(row, refusal, intake))
  }
}
