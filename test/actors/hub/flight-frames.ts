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
const encoder = new TextEncoder()

/** A frame, valid until the next call. */
export function flightFrame(observation: Observation, clockMs: number, kind: FrameKindCode = FrameKind.record): Frame {
  flight.start(frame, kind)
  const { icao24, ...values } = observation
  const key = encoder.encode(icao24)
  flight.setKey(frame, key, 0, key.length)
  for (const [name, value] of Object.entries(values)) {
    const field = flight.fields[name as keyof typeof flight.fields]
    if (
      value !== null &&
      value !== undefined &&
      !(field.set as (f: Frame, v: unknown) => boolean).call(field, frame, value)
    )
      throw new RangeError(`${name} = ${value} does not fit`)
  }
  frame.clock = clockMs
  frame.time = (observation.time_position_unix ?? 0) * 1000
  return frame
}
