/**
 * Bodies of readsb and its kin: a receiver's `aircraft.json`, `{now, aircraft}`, with the field names of today or of dump1090, and answers of API
 * v2, `{now, ac}`. `now` is in seconds, or in milliseconds where it is above 1e11.
 *
 * Fields are those of https://github.com/wiedehopf/readsb/blob/dev/README-json.md. Feet, knots and feet a minute become metres and
 * metres a second. An altitude of `"ground"` means on the ground, any number not on the ground, none unknown. A record's time is
 * `now - seen_pos`, else `now - seen`, else `now`.
 */
import { FlightRow, FORMAT_SLOTS, Slot } from './flight-row.ts'
import { KeyTable, UNKNOWN } from './key-table.ts'
import { Member, SnapshotDecoder } from './snapshot.ts'

const FEET = 0.3048
const KNOTS = 1852 / 3600
const FEET_A_MINUTE = 0.3048 / 60
/** A clock above this is in milliseconds: as seconds it would be the year 5138. */
const MAX_SECONDS = 1e11
/** In place of an altitude. No number is infinite here: such are refused. */
const ON_GROUND = Number.NEGATIVE_INFINITY

const BODY = new KeyTable({ now: Member.clock, aircraft: Member.rows, ac: Member.rows })
const GROUND = new KeyTable({ ground: 0 })

const Raw = {
  alt_baro: FORMAT_SLOTS,
  altitude: FORMAT_SLOTS + 1,
  alt_geom: FORMAT_SLOTS + 2,
  gs: FORMAT_SLOTS + 3,
  speed: FORMAT_SLOTS + 4,
  baro_rate: FORMAT_SLOTS + 5,
  vert_rate: FORMAT_SLOTS + 6,
  geom_rate: FORMAT_SLOTS + 7,
  seen_pos: FORMAT_SLOTS + 8,
  seen: FORMAT_SLOTS + 9,
  spi: FORMAT_SLOTS + 10,
} as const

const AIRCRAFT = new KeyTable({
  ...Raw,
  hex: Slot.icao24,
  flight: Slot.callsign,
  squawk: Slot.squawk,
  lat: Slot.lat,
  lon: Slot.lon,
  track: Slot.heading_deg,
})

export class ReadsbDecoder extends SnapshotDecoder {
  protected readonly row = new FlightRow(Object.keys(Raw))

  constructor() {
    super(BODY, 'now')
  }

  protected secondsOf(clock: number): number {
    return clock > MAX_SECONDS ? clock / 1000 : clock
  }

  protected readRow(): void {
    const { scanner, row } = this
    if (!scanner.atObject) {
      scanner.skipValue()
      return row.refuseShape('an aircraft is not an object')
    }
    for (let more = scanner.enterObject(); more; more = scanner.nextMember()) {
      const slot = scanner.key(AIRCRAFT)
      if (slot === UNKNOWN) scanner.skipValue()
      else if (slot <= Raw.altitude && slot >= Raw.alt_baro && scanner.atString) this.#readGround(slot)
      else row.read(scanner, slot)
    }
    this.#convert()
    row.settleTime(this.intake.context.shiftMs)
    if (Number.isNaN(row.timeMs)) row.timeMs = this.intake.bodyClockMs
  }

  #readGround(slot: number): void {
    const { scanner, row } = this
    const start = scanner.position
    if (scanner.symbol(GROUND) !== UNKNOWN) return row.put(slot, ON_GROUND)
    scanner.position = start
    row.skipWrong(scanner, slot)
  }

  #convert(): void {
    const { row } = this
    const { numbers } = row
    const altitude = numbers[row.isNull(Raw.alt_baro) ? Raw.altitude : Raw.alt_baro]!
    if (altitude === ON_GROUND) numbers[Slot.on_ground] = 1
    else if (!Number.isNaN(altitude)) {
      numbers[Slot.on_ground] = 0
      numbers[Slot.altitude_m] = altitude * FEET
    }
    numbers[Slot.geo_altitude_m] = numbers[Raw.alt_geom]! * FEET
    numbers[Slot.velocity_mps] = numbers[row.isNull(Raw.gs) ? Raw.speed : Raw.gs]! * KNOTS
    const barometric = row.isNull(Raw.baro_rate) ? Raw.vert_rate : Raw.baro_rate
    numbers[Slot.vertical_rate_mps] = numbers[row.isNull(barometric) ? Raw.geom_rate : barometric]! * FEET_A_MINUTE
    numbers[Slot.spi] = numbers[Raw.spi]!
    numbers[Slot.time_position_unix] = this.clockSeconds - numbers[Raw.seen_pos]!
    numbers[Slot.last_contact_unix] = this.clockSeconds - numbers[Raw.seen]!
  }
}
