/**
 * Writes a row as a flight frame: byte for byte what the schema's accessors would write.
 *
 * They would look up a place, check what is known here and bring the null word up to date for each of sixteen fields; here a frame is
 * written once, from front to back. Places and null bits still are the schema's.
 */
import { type Frame, FrameKind, hashKey } from '../../../engine/records/index.ts'
import { flight } from '../../../schemas/flight.ts'
import { type FlightRow, Slot } from './flight-row.ts'
import { Kind } from './slots.ts'

const { fields } = flight
/** The fields in slots 0 to 8, which are doubles. */
const DOUBLES = [
  fields.lat,
  fields.lon,
  fields.altitude_m,
  fields.geo_altitude_m,
  fields.velocity_mps,
  fields.heading_deg,
  fields.vertical_rate_mps,
  fields.time_position_unix,
  fields.last_contact_unix,
]
const DOUBLE_AT = DOUBLES.map((field) => field.offset)
const DOUBLE_BIT = DOUBLES.map((field) => field.nullBit)
const ICAO24_AT = fields.icao24.offset
const CALLSIGN_AT = fields.callsign.offset
const SQUAWK_AT = fields.squawk.offset
const ON_GROUND_AT = fields.on_ground.offset
const SPI_AT = fields.spi.offset
const CALLSIGN_BIT = fields.callsign.nullBit
const SQUAWK_BIT = fields.squawk.nullBit
const ON_GROUND_BIT = fields.on_ground.nullBit
const SPI_BIT = fields.spi.nullBit
const CELL_HIGH_AT = fields.h3_cell_high.offset
const CELL_LOW_AT = fields.h3_cell_low.offset
const ALL_NULL = Object.values(fields).reduce((bits, field) => bits | field.nullBit, 0)
/** Texts and booleans are the last in a frame. */
const SMALL_AT = Math.min(ICAO24_AT, CALLSIGN_AT, SQUAWK_AT, ON_GROUND_AT, SPI_AT) & ~3
const BYTES = flight.fixedBytes
const SCHEMA = flight.id
const RECORD = FrameKind.record
const NUMBER = Kind.number
const TRUE = Kind.true
const NONE = Kind.null
const ON_GROUND = Slot.on_ground
const SPI = Slot.spi

/** All but source, clock, position and ingest time. */
export function writeFlight(row: FlightRow, frame: Frame): void {
  const { kinds, numbers } = row.slots
  const { callsign, squawk } = row
  const { memory, offset } = frame
  const { u8, i32, f64 } = memory
  let nulls = ALL_NULL
  frame.start(BYTES, RECORD, SCHEMA)
  frame.time = row.timeMs
  frame.keyHash = hashKey(row.key, 0, row.keyLength)

  for (let slot = 0; slot < DOUBLE_AT.length; slot++) {
    const isSet = kinds[slot] === NUMBER
    f64[(offset + DOUBLE_AT[slot]!) >> 3] = isSet ? numbers[slot]! : 0
    if (isSet) nulls &= ~DOUBLE_BIT[slot]!
  }
  i32[(offset + CELL_HIGH_AT) >> 2] = 0
  i32[(offset + CELL_LOW_AT) >> 2] = 0
  for (let at = SMALL_AT; at < BYTES; at += 4) i32[(offset + at) >> 2] = 0

  writeText(u8, offset + ICAO24_AT, row.key, 0, row.keyLength)
  if (!callsign.isNull) {
    writeText(u8, offset + CALLSIGN_AT, callsign.bytes, callsign.start, callsign.end)
    nulls &= ~CALLSIGN_BIT
  }
  if (squawk.length > 0) {
    writeText(u8, offset + SQUAWK_AT, squawk.bytes, squawk.start, squawk.end)
    nulls &= ~SQUAWK_BIT
  }
  if (kinds[ON_GROUND] !== NONE) {
    u8[offset + ON_GROUND_AT] = kinds[ON_GROUND] === TRUE ? 1 : 0
    nulls &= ~ON_GROUND_BIT
  }
  if (kinds[SPI] !== NONE) {
    u8[offset + SPI_AT] = kinds[SPI] === TRUE ? 1 : 0
    nulls &= ~SPI_BIT
  }
  i32[frame.body >> 2] = nulls
}

/** A byte of length, then the bytes; what follows them is zero already. */
function writeText(u8: Uint8Array, at: number, bytes: Uint8Array, start: number, end: number): void {
  u8[at] = end - start
  for (let i = start, to = at + 1; i < end; i++, to++) u8[to] = bytes[i]!
}
