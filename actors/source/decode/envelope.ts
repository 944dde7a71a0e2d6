/**
 * Flight envelopes, one to a body: `{schema_version, type, produced_at, source, payload: {icao24, position: {lat, lon}, …}}`.
 *
 * A member of the payload that is missing is null. The record's time is `time_position_unix`, else `last_contact_unix`; the body's clock is
 * `last_contact_unix`, else `time_position_unix`. An envelope is its only row: when that is refused, all of it is, and the clock stays.
 */
import { Decoder } from './decoder.ts'
import { explainFlight, judgeFlight } from './flight-judge.ts'
import { FlightRow, Slot } from './flight-row.ts'
import { KeyTable, UNKNOWN } from './key-table.ts'

const TYPE = 0
const PAYLOAD = 1
const ENVELOPE = new KeyTable({ type: TYPE, payload: PAYLOAD })
const TYPES = new KeyTable({ flight_state: 0, flight_update: 1 })
const POSITION = new KeyTable({ lat: Slot.lat, lon: Slot.lon })
const FLIGHT = new KeyTable({
  icao24: Slot.icao24,
  callsign: Slot.callsign,
  position: Slot.position,
  altitude_m: Slot.altitude_m,
  geo_altitude_m: Slot.geo_altitude_m,
  velocity_mps: Slot.velocity_mps,
  heading_deg: Slot.heading_deg,
  vertical_rate_mps: Slot.vertical_rate_mps,
  on_ground: Slot.on_ground,
  squawk: Slot.squawk,
  spi: Slot.spi,
  time_position_unix: Slot.time_position_unix,
  last_contact_unix: Slot.last_contact_unix,
})

export class EnvelopeDecoder extends Decoder {
  readonly #row = new FlightRow()

  protected body(): void {
    const { scanner, intake } = this
    let isTyped = true
    let hasPayload = false
    if (!scanner.atObject) return this.refuseShape('an envelope is an object')
    for (let more = scanner.enterObject(); more; more = scanner.nextMember()) {
      switch (scanner.key(ENVELOPE)) {
        case TYPE:
          isTyped = this.#readType()
          break
        case PAYLOAD:
          hasPayload = this.#readPayload()
          break
        default:
          scanner.skipValue()
      }
    }
    if (!hasPayload) intake.refuse('bad_shape', 'payload is not an object')
    else if (!isTyped) intake.refuse('bad_shape', 'type is neither flight_state nor flight_update')
    else this.#takeRow()
  }

  #readType(): boolean {
    if (this.scanner.atString) return this.scanner.symbol(TYPES) !== UNKNOWN
    if (this.scanner.skipNull()) return true
    this.scanner.skipValue()
    return false
  }

  #readPayload(): boolean {
    const { scanner } = this
    const row = this.#row
    row.reset()
    if (!scanner.atObject) {
      scanner.skipValue()
      return false
    }
    for (let more = scanner.enterObject(); more; more = scanner.nextMember()) {
      const slot = scanner.key(FLIGHT)
      if (slot === UNKNOWN) scanner.skipValue()
      else if (slot === Slot.position) this.#readPosition()
      else row.read(scanner, slot)
    }
    return true
  }

  #readPosition(): void {
    const { scanner } = this
    const row = this.#row
    row.put(Slot.lat, Number.NaN)
    row.put(Slot.lon, Number.NaN)
    row.markRight(Slot.position)
    if (scanner.skipNull()) return
    if (!scanner.atObject) return row.skipWrong(scanner, Slot.position)
    for (let more = scanner.enterObject(); more; more = scanner.nextMember()) {
      const slot = scanner.key(POSITION)
      if (slot === UNKNOWN) scanner.skipValue()
      else row.read(scanner, slot)
    }
  }

  #takeRow(): void {
    const { intake } = this
    const row = this.#row
    row.settleTime(intake.context.shiftMs)
    const observed = row.isNull(Slot.last_contact_unix) ? Slot.time_position_unix : Slot.last_contact_unix
    if (!row.isNull(observed)) intake.observe(Math.round(row.numbers[observed]! * 1000))
    const refusal = judgeFlight(row, intake)
    if (refusal !== null) intake.refuse(refusal, explainFlight(row, refusal, intake))
  }
}
