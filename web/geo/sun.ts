import { directionOf, RADIANS, type Vector } from './sphere.ts'

const J2000_MS = Date.UTC(2000, 0, 1, 12)
const DAY_MS = 86_400_000

/**
 * The direction of the sun at a moment, good to about 0.01° between 1950 and 2050.
 * Source: The Astronomical Almanac, "Low precision formulas for the Sun".
 */
export function sunDirection(timeMs: number, out: Vector): void {
  const days = (timeMs - J2000_MS) / DAY_MS
  const meanLongitude = 280.46 + 0.9856474 * days
  const anomaly = (357.528 + 0.9856003 * days) * RADIANS
  const longitude = (meanLongitude + 1.915 * Math.sin(anomaly) + 0.02 * Math.sin(2 * anomaly)) * RADIANS
  const obliquity = (23.439 - 0.0000004 * days) * RADIANS
  const declination = Math.asin(Math.sin(obliquity) * Math.sin(longitude))
  const rightAscension = Math.atan2(Math.cos(obliquity) * Math.sin(longitude), Math.cos(longitude))
  const siderealDeg = 280.46061837 + 360.98564736629 * days
  directionOf(declination / RADIANS, rightAscension / RADIANS - siderealDeg, out)
}
