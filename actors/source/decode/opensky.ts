/**
 * Bodies of OpenSky's `/states/all`: `{time, states}`, where `states` is null or an array of rows, and a row an array of 17 columns or more.
 *
 * Columns and units are those of https://openskynetwork.github.io/opensky-api/rest.html; longitude comes before latitude. A record's
 * time is `time_position`, else `last_contact`, else the body's `time`.
 */
import { FlightRow, Slot } from './flight-row.ts'
import { KeyTable, UNKNOWN } from './key-table.ts'
import { Member, SnapshotDecoder } from './snapshot.ts'

const BODY = new KeyTable({ time: Member.clock, states: Member.rows })

const COLUMNS = [
  Slot.icao24,
  Slot.callsign,
  UNKNOWN, // origin_country
  Slot.time_position_unix,
  Slot.last_contact_unix,
  Slot.lon,
  Slot.lat,
  Slot.altitude_m,
  Slot.on_ground,
  Slot.velocity_mps,
  Slot.heading_deg,
  Slot.vertical_rate_mps,
  UNKNOWN, // sensors
  Slot.geo_altitude_m,
  Slot.squawk,
  Slot.spi,
  UNKNOWN, // position_source
]

export class OpenSkyDecoder extends SnapshotDecoder {
  protected readonly row = new FlightRow()

  constructor() {
    super(BODY, 'time')
  }

  protected secondsOf(clock: number): number {
    return clock
  }

  protected readRow(): void {
    const { scanner, row } = this
    if (!scanner.atArray) {
      scanner.skipValue()
      return row.refuseShape('a row is not an array')
    }
    let column = 0
    for (let more = scanner.enterArray(); more; more = scanner.nextElement()) {
      const slot = column < COLUMNS.length ? COLUMNS[column]! : UNKNOWN
      if (slot === UNKNOWN) scanner.skipValue()
      else row.read(scanner, slot)
      column++
    }
    if (column < COLUMNS.length) row.refuseShape(`a row of ${column} columns`)
    row.settleTime(this.intake.context.shiftMs)
    if (Number.isNaN(row.timeMs)) row.timeMs = this.intake.bodyClockMs
  }
}
