/**
 * Bodies of readsb and its kin: a receiver's `aircraft.json`, `{now, aircraft}`, with the field names of today or of
 * dump1090, and answers of API v2, `{now, ac}`. `now` is in seconds, or in milliseconds where it is above 1e11.
 *
 * Fields are those of https://github.com/wiedehopf/readsb/blob/dev/README-json.md. Feet, knots and feet a minute become
 * metres and metres a second. An altitude of `"ground"` means on the ground, any number not on the ground, none
 * unknown. A record's time is `now - seen_pos`, else `now - seen`, else `now`.
 */
import { FlightRow } from './flight-row.ts'
import { FORMAT_SLOTS, Slot } from './flight-slots.ts'
import { Members } from './members.ts'
import { Kind } from './slots.ts'
import { SnapshotDecoder } from './snapshot.ts'
import { Text } from './text.ts'

// Taken into this module: its own constants the compiler folds, imported ones it loads each time.
const { number: NUMBER, string: STRING, true: TRUE, false: FALSE } = Kind
const { altitude_m, geo_altitude_m, velocity_mps, vertical_rate_mps, time_position_unix, last_contact_unix } = Slot
const { on_ground, spi } = Slot

const METRES_PER_FOOT = 0.3048
const MPS_PER_KNOT = 1852 / 3600
const MPS_PER_FOOT_A_MINUTE = 0.3048 / 60
/** A clock above this is in milliseconds: as seconds it would be the year 5138. */
const MAX_SECONDS = 1e11

/** Values that a frame has otherwise, or that are one of several for one field; with what each may be beside null. */
const RAW_KINDS = {
  alt_baro: Kind.number | Kind.string | Kind.escaped,
  altitude: Kind.number | Kind.string | Kind.escaped,
  alt_geom: Kind.number,
  gs: Kind.number,
  speed: Kind.number,
  baro_rate: Kind.number,
  vert_rate: Kind.number,
  geom_rate: Kind.number,
  seen_pos: Kind.number,
  seen: Kind.number,
  spi: Kind.number | Kind.true | Kind.false,
} as const

const Raw = Object.fromEntries(Object.keys(RAW_KINDS).map((name, index) => [name, FORMAT_SLOTS + index])) as {
  [name in keyof typeof RAW_KINDS]: number
}

export class ReadsbDecoder extends SnapshotDecoder {
  protected readonly row = new FlightRow(RAW_KINDS)

  readonly #altitude = new Text()
  readonly #members = new Members({
    ...Raw,
    hex: Slot.icao24,
    flight: Slot.callsign,
    squawk: Slot.squawk,
    lat: Slot.lat,
    lon: Slot.lon,
    track: Slot.heading_deg,
  })

  constructor() {
    super('now', ['ac', 'aircraft'])
  }

  protected secondsOf(clock: number): number {
    return clock > MAX_SECONDS ? clock / 1000 : clock
  }

  protected readRow(): void {
    const { scanner, row } = this
    if (scanner.atObject) row.slots.readObject(scanner, this.#members)
    else {
      scanner.skipValue()
      row.refuseForm('an aircraft is not an object')
    }
    this.#takeAltitude(row.isNull(Raw.alt_baro) ? Raw.altitude : Raw.alt_baro)
    this.#convert(Raw.alt_geom, METRES_PER_FOOT, geo_altitude_m)
    this.#convert(row.isNull(Raw.gs) ? Raw.speed : Raw.gs, MPS_PER_KNOT, velocity_mps)
    const barometric = row.isNull(Raw.baro_rate) ? Raw.vert_rate : Raw.baro_rate
    const rate = row.isNull(barometric) ? Raw.geom_rate : barometric
    this.#convert(rate, MPS_PER_FOOT_A_MINUTE, vertical_rate_mps)
    this.#takeTime(Raw.seen_pos, time_position_unix)
    this.#takeTime(Raw.seen, last_contact_unix)
    this.#takeSpi()
  }

  #convert(from: number, factor: number, to: number): void {
    const { kinds, numbers } = this.row.slots
    if (kinds[from] !== NUMBER) return
    numbers[to] = numbers[from]! * factor
    kinds[to] = NUMBER
  }

  #takeAltitude(from: number): void {
    const { row } = this
    const { kinds } = row.slots
    this.#convert(from, METRES_PER_FOOT, altitude_m)
    if (kinds[from] === NUMBER) kinds[on_ground] = FALSE
    else if ((kinds[from]! & STRING) !== 0) {
      this.#altitude.take(this.scanner, row.slots, from)
      if (this.#altitude.is('ground')) kinds[on_ground] = TRUE
      else row.refuseForm('an altitude is neither a number nor "ground"')
    }
  }

  #takeTime(age: number, to: number): void {
    const { kinds, numbers } = this.row.slots
    if (kinds[age] !== NUMBER) return
    numbers[to] = this.clockSeconds - numbers[age]!
    kinds[to] = NUMBER
  }

  #takeSpi(): void {
    const { kinds, numbers } = this.row.slots
    const kind = kinds[Raw.spi]!
    if (kind === NUMBER) kinds[spi] = numbers[Raw.spi] === 0 ? FALSE : TRUE
    else if (kind === TRUE || kind === FALSE) kinds[spi] = kind
  }
}
