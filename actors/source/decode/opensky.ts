/**
 * Bodies of OpenSky's `/states/all`: `{time, states}`, where `states` is null or an array of rows, and a row an array
 * of 17 columns or more.
 *
 * Columns and units are those of https://openskynetwork.github.io/opensky-api/rest.html; longitude comes before
 * latitude. A record's time is `time_position`, else `last_contact`, else the body's `time`.
 */
import { FlightRow } from './flight-row.ts'
import { Slot } from './flight-slots.ts'
import { UNWANTED } from './members.ts'
import { SnapshotDecoder } from './snapshot.ts'

const COLUMNS = [
  Slot.icao24,
  Slot.callsign,
  UNWANTED, // origin_country
  Slot.time_position_unix,
  Slot.last_contact_unix,
  Slot.lon,
  Slot.lat,
  Slot.altitude_m,
  Slot.on_ground,
  Slot.velocity_mps,
  Slot.heading_deg,
  Slot.vertical_rate_mps,
  UNWANTED, // sensors
  Slot.geo_altitude_m,
  Slot.squawk,
  Slot.spi,
  UNWANTED, // position_source
]

export class OpenSkyDecoder extends SnapshotDecoder {
  protected readonly row = new FlightRow()

  constructor() {
    super('time', ['states'])
  }

  protected secondsOf(clock: number): number {
    return clock
  }

  protected readRow(): void {
    const { scanner, row } = this
    if (scanner.atArray) {
      const columns = row.slots.readArray(scanner, COLUMNS)
      if (columns < COLUMNS.length) row.refuseForm(`a row of ${columns} columns`)
    } else {
      scanner.skipValue()
      row.refuseForm('a row is not an array')
    }
  }
}
