/**
 * The flight envelope, `schema_version` 1: what `flights.state`, `flights.updates` and `adsb_raw` carry.
 *
 *   {schema_version, type, produced_at, source: {provider, mode, bbox, poll_interval_s},
 *    payload: {icao24, callsign, position: {lat, lon}, altitude_m, …, time_position_unix, last_contact_unix}}
 *
 * What is not known is null. `produced_at` is when this machine read the observation, ISO 8601.
 */
import type { Frame } from '../engine/records/index.ts'
import { flight } from './flight.ts'

export type FlightEnvelopeType = 'flight_state' | 'flight_update'

export interface EnvelopeSource {
  provider: string | null
  mode: string | null
  bbox: { lat_min: number; lat_max: number; lon_min: number; lon_max: number } | null
  poll_interval_s: number | null
}

export interface FlightEnvelope {
  schema_version: 1
  type: FlightEnvelopeType
  produced_at: string
  source: EnvelopeSource
  payload: FlightPayload
}

export interface FlightPayload {
  icao24: string
  callsign: string | null
  position: { lat: number | null; lon: number | null }
  altitude_m: number | null
  geo_altitude_m: number | null
  velocity_mps: number | null
  heading_deg: number | null
  vertical_rate_mps: number | null
  on_ground: boolean | null
  squawk: string | null
  spi: boolean | null
  time_position_unix: number | null
  last_contact_unix: number | null
}

export function flightEnvelope(frame: Frame, type: FlightEnvelopeType, source: EnvelopeSource): FlightEnvelope {
  return {
    schema_version: 1,
    type,
    produced_at: new Date(frame.ingested).toISOString(),
    source,
    payload: flightPayload(frame),
  }
}

export function flightPayload(frame: Frame): FlightPayload {
  const { lat, lon, ...row } = flight.toObject(frame) as unknown as Omit<FlightPayload, 'position'> & {
    lat: number | null
    lon: number | null
  }
  const { icao24, callsign, ...rest } = row
  return { icao24, callsign, position: { lat, lon }, ...rest }
}
