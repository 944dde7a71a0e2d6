/** What the feed's table says of an aircraft, as the fleet texture holds it. Allocates nothing. */
import type { FlightTable } from '../client/index.ts'
import { directionOf, EARTH_RADIUS_M, tangentOf, vector } from '../geo/sphere.ts'
import {
  ALTITUDE,
  CLIMB,
  COURSE,
  EMERGENCY,
  FIX,
  FIX_TIME,
  FLOATS_PER_AIRCRAFT,
  HAS_COURSE,
  ON_GROUND,
  PRESENT,
  SPEED,
  STATE,
} from './layout.ts'

const direction = vector()
const course = vector()

/** Position, course, speed, altitude, climb and state of `slot`; offsets and times of appearance are not touched. */
export function writeFix(table: FlightTable, slot: number, baseMs: number, fleet: Float32Array): void {
  const at = slot * FLOATS_PER_AIRCRAFT
  const speed = table.velocityMps[slot]!
  const heading = table.headingDeg[slot]!
  const hasCourse = !Number.isNaN(heading)
  directionOf(table.lat[slot]!, table.lon[slot]!, direction)
  tangentOf(table.lat[slot]!, table.lon[slot]!, hasCourse ? heading : 0, course)
  fleet.set(direction, at + FIX)
  fleet.set(course, at + COURSE)
  const fixMs = table.timePositionMs[slot]!
  fleet[at + FIX_TIME] = ((Number.isNaN(fixMs) ? table.lastContactMs[slot]! : fixMs) - baseMs) / 1000
  fleet[at + SPEED] = hasCourse && speed > 0 ? speed / EARTH_RADIUS_M : 0
  fleet[at + ALTITUDE] = altitudeOf(table, slot)
  fleet[at + CLIMB] = table.verticalRateMps[slot]! || 0
  fleet[at + STATE] = stateOf(table, slot, hasCourse)
}

function stateOf(table: FlightTable, slot: number, hasCourse: boolean): number {
  let state = PRESENT
  if (table.onGround[slot] === 1) state |= ON_GROUND
  if (hasCourse) state |= HAS_COURSE
  if (isEmergency(table.squawk[slot]!)) state |= EMERGENCY
  return state
}

/** Barometric altitude, or what comes nearest to it; the ground's is 0. */
export function altitudeOf(table: FlightTable, slot: number): number {
  const altitude = table.altitudeM[slot]!
  if (!Number.isNaN(altitude)) return Math.max(0, altitude)
  const geometric = table.geoAltitudeM[slot]!
  return Number.isNaN(geometric) ? 0 : Math.max(0, geometric)
}

export const isEmergency = (squawk: string | null): boolean =>
  squawk === '7500' || squawk === '7600' || squawk === '7700'
