/**
 * Writes a row as a flight frame: byte for byte what the schema's accessors would write.
 *
 * They would look up a place, check what is known here and bring the null word up to date for each of sixteen fields;
 * here a frame is written once, from front to back. Places and null bits still are the schema's.
 */

import * as layout from '../../../engine/records/frame-layout.ts'
import { type Frame, FrameKind, HEADER_BYTES, hashKey } from '../../../engine/records/index.ts'
import { flight } from '../../../schemas/flight.ts'
import type { FlightRow } from './flight-row.ts'
import { NUMBER_SLOTS, Slot } from './flight-slots.ts'
import type { Intake } from './intake.ts'
import { Kind } from './slots.ts'
import type { Text } from './text.ts'
import * as words from './words.ts'

const { fields } = flight
/** The fields in slots 0 to 8: doubles, which stand in a frame as they do in the slots. */
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
const FIRST_DOUBLE = fields.lat.offset
const PAST_DOUBLES = FIRST_DOUBLE + DOUBLES.length * 8
const PLACES = [fields.icao24, fields.callsign, fields.on_ground, fields.squawk, fields.spi].map(
  (field) => field.offset,
)
if (PLACES.some((place, i) => place < Math.max(PAST_DOUBLES, ...PLACES.slice(0, i))))
  throw new RangeError('the texts of a flight do not stand in the order in which they are written')
if (DOUBLES.length !== NUMBER_SLOTS || DOUBLES.some((field, slot) => field.offset !== FIRST_DOUBLE + slot * 8))
  throw new RangeError('the doubles of a flight do not stand in the order of their slots')

// Places, null bits and kinds, each a constant of this module for the compiler's sake.
const NULLS_AT = HEADER_BYTES
const CELL_HIGH_AT = fields.h3_cell_high.offset
const ICAO24_AT = fields.icao24.offset
const CALLSIGN_AT = fields.callsign.offset
const SQUAWK_AT = fields.squawk.offset
const ON_GROUND_AT = fields.on_ground.offset
const SPI_AT = fields.spi.offset
const DOUBLE_BITS = DOUBLES.map((field) => field.nullBit)
const CALLSIGN_BIT = fields.callsign.nullBit
const SQUAWK_BIT = fields.squawk.nullBit
const ON_GROUND_BIT = fields.on_ground.nullBit
const SPI_BIT = fields.spi.nullBit
const ALL_NULL = Object.values(fields).reduce((bits, field) => bits | field.nullBit, 0)
const ALL_BUT_DOUBLES_NULL = DOUBLES.reduce((bits, field) => bits & ~field.nullBit, ALL_NULL)
const NUMBERS = NUMBER_SLOTS
const BYTES = flight.fixedBytes
const KIND_AND_SCHEMA = FrameKind.record | (flight.id << 16)
const { LENGTH, KIND, SOURCE, KEY_HASH, SEQUENCE, TIME, CLOCK, INGESTED, POSITION } = layout
const { number: NUMBER, true: TRUE, null: NONE } = Kind
const { on_ground: ON_GROUND, spi: SPI } = Slot
const { firstBytes } = words

/**
 * A byte of length, then the text, four bytes at a time: behind its end come up to three zeros, perhaps in the next
 * field.
 */
const writeText = (view: DataView, at: number, text: Text): void => {
  const length = text.end - text.start
  view.setUint8(at, length)
  for (let i = 0; i < length; i += 4)
    view.setInt32(at + 1 + i, text.view.getInt32(text.start + i, true) & firstBytes(length - i), true)
}

/** Writes the whole frame, the header's source, clock, position and ingest time too. */
export function writeFlight(row: FlightRow, frame: Frame, intake: Intake): void {
  const { kinds, numbers } = row.slots
  const { callsign, squawk } = row
  const { context } = intake
  const { memory, offset } = frame
  const { u8, i32, f64, view } = memory

  i32[(offset + LENGTH) >> 2] = BYTES
  i32[(offset + KIND) >> 2] = KIND_AND_SCHEMA
  i32[(offset + SOURCE) >> 2] = context.sourceId
  f64[(offset + SEQUENCE) >> 3] = 0
  f64[(offset + TIME) >> 3] = row.timeMs
  f64[(offset + CLOCK) >> 3] = intake.clockMs
  f64[(offset + INGESTED) >> 3] = context.ingestedMs
  f64[(offset + POSITION) >> 3] = intake.position

  const doubles = (offset + FIRST_DOUBLE) >> 3
  let nulls = ALL_NULL
  if (row.hasAllNumbers) {
    nulls = ALL_BUT_DOUBLES_NULL
    for (let slot = 0; slot < NUMBERS; slot++) f64[doubles + slot] = numbers[slot]!
  } else
    for (let slot = 0; slot < NUMBERS; slot++) {
      const isSet = kinds[slot] === NUMBER
      f64[doubles + slot] = isSet ? numbers[slot]! : 0
      if (isSet) nulls &= ~DOUBLE_BITS[slot]!
    }
  i32[(offset + CELL_HIGH_AT) >> 2] = 0
  for (let at = offset + PAST_DOUBLES; at < offset + BYTES; at += 8) f64[at >> 3] = 0

  // In the order of their places, since each may write zeros into the next.
  const key = offset + ICAO24_AT
  view.setUint8(key, row.keyLength)
  view.setInt32(key + 1, row.keyStart, true)
  view.setInt32(key + 5, row.keyEnd, true)
  i32[(offset + KEY_HASH) >> 2] = hashKey(u8, key + 1, key + 1 + row.keyLength)
  if (!callsign.isNull) {
    writeText(view, offset + CALLSIGN_AT, callsign)
    nulls &= ~CALLSIGN_BIT
  }
  if (squawk.length > 0) {
    writeText(view, offset + SQUAWK_AT, squawk)
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
  i32[(offset + NULLS_AT) >> 2] = nulls
}
