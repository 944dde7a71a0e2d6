/** Frames of flights, made from plain objects. */
import { FrameMemory } from '../../../engine/memory/frame-memory.ts'
import { Frame, FrameKind, type FrameKindCode } from '../../../engine/records/index.ts'
import { flight } from '../../../schemas/flight.ts'

export interface Observation {
  icao24: string
  callsign?: string | null
  lat?: number | null
  lon?: number | null
  altitude_m?: number | null
  geo_altitude_m?: number | null
  velocity_mps?: number | null
  heading_deg?: number | null
  vertical_rate_mps?: number | null
  on_ground?: boolean | null
  squawk?: string | null
  spi?: boolean | null
  time_position_unix?: number | null
  last_contact_unix?: number | null
}

const frame = new Frame(FrameMemory.allocate(1024))
const keyBytes = new Uint8Array(16)
const encoder = new TextEncoder()
const { icao24: _key, h3_cell_high: _high, h3_cell_low: _low, ...valueFields } = flight.fields
const VALUES = Object.entries(valueFields) as [
  keyof typeof valueFields,
  { set(frame: Frame, value: unknown): boolean },
][]

/** A frame, valid until the next call. */
export function flightFrame(observation: Observation, clockMs: number, kind: FrameKindCode = FrameKind.record): Frame {
  flight.start(frame, kind)
  const { written } = encoder.encodeInto(observation.icao24, keyBytes)
  flight.setKey(frame, keyBytes, 0, written)
  for (const [name, field] of VALUES) {
    const value = observation[name]
    if (value !== null && value !== undefined && !field.set(frame, value))
      throw new RangeError(`${name} = ${value} does not fit`)
  }
  frame.clock = clockMs
  frame.time = (observation.time_position_unix ?? 0) * 1000
  return frame
}
