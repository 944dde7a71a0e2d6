/**
 * The state that a client holds: one row an aircraft, as a struct of arrays indexed by slot.
 *
 * Slots are small whole numbers, reused after a removal, though never within one message. The arrays are replaced when the
 * table grows: read them from the table each time, and keep none.
 */
export interface FlightTable {
  /** Length of every array. */
  capacity: number
  /** Every slot in use is below this. */
  highWater: number
  /** How many slots are in use. */
  count: number
  present: Uint8Array
  icao24: string[]
  callsign: (string | null)[]
  squawk: (string | null)[]
  /** Degrees; NaN = not known, as in all that follow. */
  lat: Float64Array
  lon: Float64Array
  altitudeM: Float32Array
  geoAltitudeM: Float32Array
  velocityMps: Float32Array
  headingDeg: Float32Array
  verticalRateMps: Float32Array
  /** 0, 1, or 255 for not known. */
  onGround: Uint8Array
  spi: Uint8Array
  /** Stream time, epoch milliseconds. */
  timePositionMs: Float64Array
  lastContactMs: Float64Array
}

export const NOT_KNOWN = 255

/** Where each field of the protocol goes. */
export const STRING_COLUMNS = { icao24: 'icao24', callsign: 'callsign', squawk: 'squawk' } as const
export const BOOLEAN_COLUMNS = { on_ground: 'onGround', spi: 'spi' } as const
export const NUMBER_COLUMNS = {
  lat: 'lat',
  lon: 'lon',
  altitude_m: 'altitudeM',
  geo_altitude_m: 'geoAltitudeM',
  velocity_mps: 'velocityMps',
  heading_deg: 'headingDeg',
  vertical_rate_mps: 'verticalRateMps',
  time_position_unix: 'timePositionMs',
  last_contact_unix: 'lastContactMs',
} as const

export function createFlightTable(capacity: number = 1024): FlightTable {
  return {
    capacity,
    highWater: 0,
    count: 0,
    present: new Uint8Array(capacity),
    icao24: new Array<string>(capacity).fill(''),
    callsign: new Array<null>(capacity).fill(null),
    squawk: new Array<null>(capacity).fill(null),
    lat: new Float64Array(capacity).fill(Number.NaN),
    lon: new Float64Array(capacity).fill(Number.NaN),
    altitudeM: new Float32Array(capacity).fill(Number.NaN),
    geoAltitudeM: new Float32Array(capacity).fill(Number.NaN),
    velocityMps: new Float32Array(capacity).fill(Number.NaN),
    headingDeg: new Float32Array(capacity).fill(Number.NaN),
    verticalRateMps: new Float32Array(capacity).fill(Number.NaN),
    onGround: new Uint8Array(capacity).fill(NOT_KNOWN),
    spi: new Uint8Array(capacity).fill(NOT_KNOWN),
    timePositionMs: new Float64Array(capacity).fill(Number.NaN),
    lastContactMs: new Float64Array(capacity).fill(Number.NaN),
  }
}

/** Makes room for `slots` slots. */
export function growFlightTable(table: FlightTable, slots: number): void {
  if (slots <= table.capacity) return
  const grown = createFlightTable(2 ** Math.ceil(Math.log2(slots)))
  grown.present.set(table.present)
  for (const name of Object.values(BOOLEAN_COLUMNS)) grown[name].set(table[name])
  for (const name of Object.values(NUMBER_COLUMNS)) grown[name].set(table[name])
  for (let slot = 0; slot < table.capacity; slot++) {
    grown.icao24[slot] = table.icao24[slot]!
    grown.callsign[slot] = table.callsign[slot]!
    grown.squawk[slot] = table.squawk[slot]!
  }
  const { highWater, count } = table
  Object.assign(table, grown, { highWater, count })
}

/** Forgets every aircraft. */
export function clearFlightTable(table: FlightTable): void {
  table.present.fill(0)
  table.highWater = 0
  table.count = 0
}
