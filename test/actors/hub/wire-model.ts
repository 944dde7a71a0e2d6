/** What the protocol says that clients hold: each value rounded to its field's quantum, by field name. */
import type { FlightTable } from '../../../web/client/index.ts'
import type { Observation } from './flight-frames.ts'

export type Row = Required<Observation>

const SCALES = {
  lat: 1e5,
  lon: 1e5,
  altitude_m: 1,
  geo_altitude_m: 1,
  velocity_mps: 10,
  heading_deg: 10,
  vertical_rate_mps: 10,
  time_position_unix: 10,
  last_contact_unix: 10,
} as const

export function rounded(observation: Observation): Row {
  const row = {
    callsign: observation.callsign ?? null,
    on_ground: observation.on_ground ?? null,
    squawk: observation.squawk ?? null,
    spi: observation.spi ?? null,
    icao24: observation.icao24,
  } as Row
  for (const [name, scale] of Object.entries(SCALES) as [keyof typeof SCALES, number][]) {
    const value = observation[name] ?? null
    row[name] = value === null ? null : Math.round(value * scale) / scale + 0
  }
  return row
}

/** A client's table in the same shape, by key. */
export function rowsOf(table: FlightTable): Map<string, Row> {
  const rows = new Map<string, Row>()
  for (let slot = 0; slot < table.highWater; slot++)
    if (table.present[slot] === 1) rows.set(table.icao24[slot]!, rowOf(table, slot))
  return rows
}

function rowOf(table: FlightTable, slot: number): Row {
  return {
    icao24: table.icao24[slot]!,
    callsign: table.callsign[slot]!,
    lat: numberAt(table.lat, slot, SCALES.lat),
    lon: numberAt(table.lon, slot, SCALES.lon),
    altitude_m: numberAt(table.altitudeM, slot, SCALES.altitude_m),
    geo_altitude_m: numberAt(table.geoAltitudeM, slot, SCALES.geo_altitude_m),
    velocity_mps: numberAt(table.velocityMps, slot, SCALES.velocity_mps),
    heading_deg: numberAt(table.headingDeg, slot, SCALES.heading_deg),
    vertical_rate_mps: numberAt(table.verticalRateMps, slot, SCALES.vertical_rate_mps),
    on_ground: booleanAt(table.onGround, slot),
    squawk: table.squawk[slot]!,
    spi: booleanAt(table.spi, slot),
    time_position_unix: numberAt(table.timePositionMs, slot, 0.01),
    last_contact_unix: numberAt(table.lastContactMs, slot, 0.01),
  }
}

/** Single-precision columns are rounded once more: what counts is the whole number that travelled. */
function numberAt(values: Float64Array | Float32Array, slot: number, scale: number): number | null {
  const value = values[slot]!
  if (Number.isNaN(value)) return null
  return scale < 1 ? Math.round(value / 100) / 10 : Math.round(value * scale) / scale
}

const booleanAt = (values: Uint8Array, slot: number): boolean | null =>
  values[slot] === 255 ? null : values[slot] === 1
