/**
 * Which aircraft is under a pixel: the nearest on the screen, by projecting the aircraft near the ground that the pixel shows.
 *
 * Cost: one distance for each aircraft, a projection only for those near. No reading back from the graphics card.
 */
import type { View } from '../camera/view.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { FIX, FLOATS_PER_AIRCRAFT } from '../fleet/layout.ts'
import { reckon, reckoned } from '../fleet/motion.ts'
import { EARTH_RADIUS_M, vector } from '../geo/sphere.ts'

const REACH_PX = 24
/** How far an aircraft may be from its fix and its shadow: a minute's flight, and its height seen aslant. */
const DRIFT = 0.012

const ground = vector()
const at = reckoned()
const pixel = new Float64Array(2)

export function pick(fleet: Fleet, view: View, nowSeconds: number, x: number, y: number, reachPx = REACH_PX): number {
  const onGround = view.groundAt(x, y, ground)
  const range = Math.hypot(view.eye[0]! - ground[0]!, view.eye[1]! - ground[1]!, view.eye[2]! - ground[2]!)
  const reach = DRIFT + reachPx * view.pixelAtOne * range * 3
  let best = -1
  let bestPx = reachPx
  for (let slot = 0; slot < fleet.highWater; slot++) {
    if (!fleet.isPresent(slot)) continue
    if (onGround && distanceTo(fleet.data, slot * FLOATS_PER_AIRCRAFT) > reach) continue
    reckon(fleet.data, slot, nowSeconds, at)
    if (!view.project(at.direction, 1 + at.altitudeM / EARTH_RADIUS_M, pixel)) continue
    const away = Math.hypot(pixel[0]! - x, pixel[1]! - y)
    if (away >= bestPx) continue
    best = slot
    bestPx = away
  }
  return best
}

function distanceTo(data: Float32Array, offset: number): number {
  const dx = data[offset + FIX]! - ground[0]!
  const dy = data[offset + FIX + 1]! - ground[1]!
  const dz = data[offset + FIX + 2]! - ground[2]!
  return Math.sqrt(dx * dx + dy * dy + dz * dz)
}
