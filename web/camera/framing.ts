/**
 * Where to look so that the fleet fills the picture: its centre, and a distance from which nine in ten aircraft are in sight.
 */
import type { FlightTable } from '../client/index.ts'
import { angleBetween, directionOf, latitudeOf, longitudeOf, normalize, vector } from '../geo/sphere.ts'
import { FARTHEST, naturalTilt } from './rig.ts'
import type { Pose, View } from './view.ts'

const IN_SIGHT = 0.9
const SMALLEST_SPREAD = 0.002
const WHOLE_GLOBE_SPREAD = 0.7
/** Room around the outermost aircraft, as a share of the spread. */
const MARGIN = 1.02

/** From where the whole globe is seen. */
export function globeDistance(view: View): number {
  const half = Math.atan(view.halfHeight * Math.min(1, view.width / view.height))
  return Math.min(FARTHEST, 1.14 / Math.sin(half) - 1)
}

export function frameFleet(table: FlightTable, view: View): Pose | null {
  const centre = vector()
  const direction = vector()
  let count = 0
  for (let slot = 0; slot < table.highWater; slot++) {
    if (!table.present[slot]) continue
    directionOf(table.lat[slot]!, table.lon[slot]!, direction)
    for (let i = 0; i < 3; i++) centre[i]! += direction[i]!
    count++
  }
  if (count === 0) return null
  const concentration = normalize(centre) / count
  const angles = new Float64Array(count)
  for (let slot = 0, i = 0; slot < table.highWater; slot++) {
    if (!table.present[slot]) continue
    directionOf(table.lat[slot]!, table.lon[slot]!, direction)
    angles[i++] = angleBetween(centre, direction)
  }
  angles.sort()
  const spread = Math.max(SMALLEST_SPREAD, angles[Math.min(count - 1, Math.floor(count * IN_SIGHT))]!)
  const lat = concentration < 0.05 ? 25 : Math.max(-60, Math.min(60, latitudeOf(centre)))
  const lon = concentration < 0.05 ? 0 : longitudeOf(centre)
  const distance =
    spread > WHOLE_GLOBE_SPREAD
      ? globeDistance(view)
      : Math.min(globeDistance(view), distanceFor(spread * MARGIN, view))
  return { lat, lon, distance, tiltDeg: naturalTilt(distance), bearingDeg: 0 }
}

/** From where a circle of `spread` radians fits the picture's shorter side. */
function distanceFor(spread: number, view: View): number {
  const half = view.halfHeight * Math.min(1, view.width / view.height)
  return Math.sin(spread) / half + (1 - Math.cos(spread))
}
