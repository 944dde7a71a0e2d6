/**
 * Where an aircraft is shown at a moment: along the great circle of its last fix, plus what is left of the last correction.
 *
 * The vertex shader (`fleet-shader.ts`) has the same equation; here it serves picking, labels and the camera, on doubles.
 * Allocates nothing.
 */
import { cross, dot, normalize, type Vector, vector } from '../geo/sphere.ts'
import {
  ALTITUDE,
  ALTITUDE_OFFSET,
  CLIMB,
  COURSE,
  COURSE_OFFSET,
  EARLIEST_SECONDS,
  EASE_SECONDS,
  FIX,
  FIX_TIME,
  FLOATS_PER_AIRCRAFT,
  HORIZON_SECONDS,
  OFFSET,
  OFFSET_TIME,
  SPEED,
} from './layout.ts'

export interface Reckoned {
  /** Unit vector. */
  readonly direction: Float64Array
  /** Unit tangent: where the nose points. */
  readonly course: Float64Array
  altitudeM: number
}

export const reckoned = (): Reckoned => ({ direction: vector(), course: vector(), altitudeM: 0 })

const side = vector()

/** Carries the fix of `slot` on to `seconds`, without any offset. */
export function predict(fleet: Float32Array, slot: number, seconds: number, out: Reckoned): void {
  const at = slot * FLOATS_PER_AIRCRAFT
  const elapsed = Math.min(Math.max(seconds - fleet[at + FIX_TIME]!, EARLIEST_SECONDS), HORIZON_SECONDS)
  const angle = fleet[at + SPEED]! * elapsed
  const cos = Math.cos(angle)
  const sin = Math.sin(angle)
  for (let i = 0; i < 3; i++) {
    const fix = fleet[at + FIX + i]!
    const course = fleet[at + COURSE + i]!
    out.direction[i] = fix * cos + course * sin
    out.course[i] = course * cos - fix * sin
  }
  out.altitudeM = Math.max(0, fleet[at + ALTITUDE]! + fleet[at + CLIMB]! * elapsed)
}

/** What the eye sees at `seconds`. */
export function reckon(fleet: Float32Array, slot: number, seconds: number, out: Reckoned): void {
  predict(fleet, slot, seconds, out)
  const at = slot * FLOATS_PER_AIRCRAFT
  const left = Math.exp(-Math.max(0, seconds - fleet[at + OFFSET_TIME]!) / EASE_SECONDS)
  for (let i = 0; i < 3; i++) out.direction[i]! += fleet[at + OFFSET + i]! * left
  normalize(out.direction)
  turn(out, fleet[at + COURSE_OFFSET]! * left)
  out.altitudeM += fleet[at + ALTITUDE_OFFSET]! * left
}

/** Turns the course about the vertical, counter-clockwise seen from above. */
function turn(out: Reckoned, angle: number): void {
  cross(out.direction, out.course, side)
  const cos = Math.cos(angle)
  const sin = Math.sin(angle)
  for (let i = 0; i < 3; i++) out.course[i] = out.course[i]! * cos + side[i]! * sin
}

/** The angle that turns `from` into `to` about the vertical `up`, −π … π. */
export function turnBetween(from: Vector, to: Vector, up: Vector): number {
  cross(from, to, side)
  return Math.atan2(dot(side, up), dot(from, to))
}
