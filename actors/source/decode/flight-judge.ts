/**
 * Which observations of aircraft are records.
 *
 *   refused     a value of the wrong type, one that no field can hold, or one that no aircraft can have
 *   discarded   no key, no position, a position outside the bounds, or one too old for the source's clock
 *   record      every other
 *
 * in that order, and the first reason that holds counts.
 */
import { type DeadLetterReason, DISCARD_REASONS, type DiscardReason } from '../../../engine/records/index.ts'
import { flight } from '../../../schemas/flight.ts'
import type { Bounds } from './context.ts'
import { writeFlight } from './flight-frame.ts'
import type { FlightRow } from './flight-row.ts'
import { Slot } from './flight-slots.ts'
import type { Intake } from './intake.ts'

const discardIndex = (reason: DiscardReason): number => DISCARD_REASONS.indexOf(reason)
const NO_KEY = discardIndex('no_key')
const NO_POSITION = discardIndex('no_position')
const OUTSIDE_BBOX = discardIndex('outside_bbox')
const STALE_POSITION = discardIndex('stale_position')

// Taken into this module: its own constants the compiler folds, imported ones it loads each time.
const { lat: LAT, lon: LON } = Slot
const FRAME_BYTES = flight.fixedBytes

/**
 * Judges a row of the body in the intake. Counts it there as record or discard and returns null, or returns why it is
 * refused.
 */
export function judgeFlight(row: FlightRow, intake: Intake): DeadLetterReason | null {
  const { context } = intake
  const { numbers } = row.slots
  const hasLatitude = !row.isNull(LAT)
  const hasLongitude = !row.isNull(LON)
  if (!row.isWell) return row.shapeProblem === null ? 'bad_value' : 'bad_shape'
  const hasKey = row.takeKey()
  const noKey = !hasKey && row.icao24.isBlank
  if (!hasKey && !noKey) return 'bad_key'
  if (hasLatitude && Math.abs(numbers[LAT]!) > 90) return 'latitude_range'
  if (hasLongitude && Math.abs(numbers[LON]!) > 180) return 'longitude_range'

  if (noKey) return discard(intake, NO_KEY)
  if (!hasLatitude || !hasLongitude) return discard(intake, NO_POSITION)
  if (Number.isNaN(row.timeMs)) return 'bad_shape'
  if (row.timeMs - intake.bodyClockMs > context.maxTimeAheadMs) return 'time_ahead'
  if (context.bounds !== null && !isInside(context.bounds, numbers)) return discard(intake, OUTSIDE_BBOX)
  if (intake.clockMs - row.timeMs > context.maxPositionAgeMs) return discard(intake, STALE_POSITION)

  writeFlight(row, intake.reserve(FRAME_BYTES), intake)
  intake.commit()
  return null
}

/** For people: what was wrong with a row that was refused. */
export function explainFlight(row: FlightRow, reason: DeadLetterReason, intake: Intake): string {
  switch (reason) {
    case 'bad_shape':
      return row.shapeProblem ?? 'it has no time'
    case 'bad_value':
      return row.valueProblem ?? ''
    case 'bad_key':
      return `"${row.icao24}" is not six hexadecimal digits`
    case 'latitude_range':
      return `latitude ${row.slots.numbers[LAT]} is beyond ±90`
    case 'longitude_range':
      return `longitude ${row.slots.numbers[LON]} is beyond ±180`
    default:
      return `its time is ${(row.timeMs - intake.bodyClockMs) / 1000} s after its body's`
  }
}

function discard(intake: Intake, reason: number): null {
  intake.discard(reason)
  return null
}

function isInside({ latMin, latMax, lonMin, lonMax }: Bounds, numbers: Float64Array): boolean {
  const latitude = numbers[LAT]!
  const longitude = numbers[LON]!
  if (latitude < latMin || latitude > latMax) return false
  return lonMin <= lonMax ? longitude >= lonMin && longitude <= lonMax : longitude >= lonMin || longitude <= lonMax
}
