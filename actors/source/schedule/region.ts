/** What part of the world a pipeline wants: a box, a circle, or all. A box whose west edge is east of its east edge spans the antimeridian. */
import { distanceBetween, distanceToMeridian, EARTH_RADIUS_M, type Place } from './sphere.ts'

export interface Box {
  readonly kind: 'box'
  readonly latMin: number
  readonly latMax: number
  readonly lonMin: number
  readonly lonMax: number
}

export interface Circle {
  readonly kind: 'circle'
  readonly lat: number
  readonly lon: number
  readonly radius_m: number
}

export type Region = Box | Circle

export const WORLD: Box = { kind: 'box', latMin: -90, latMax: 90, lonMin: -180, lonMax: 180 }

/** How many degrees of longitude a box is wide. */
export function widthOf({ lonMin, lonMax }: Box): number {
  return lonMin <= lonMax ? lonMax - lonMin : lonMax - lonMin + 360
}

export const areaDeg2Of = (box: Box): number => widthOf(box) * (box.latMax - box.latMin)

/** From a place to the nearest point of a region; 0 inside. */
export function distanceTo(region: Region, place: Place): number {
  if (region.kind === 'circle')
    return Math.max(0, distanceBetween(place.lat, place.lon, region.lat, region.lon) - region.radius_m)
  const { latMin, latMax, lonMin, lonMax } = region
  const isBetweenMeridians =
    lonMin <= lonMax ? place.lon >= lonMin && place.lon <= lonMax : place.lon >= lonMin || place.lon <= lonMax
  if (widthOf(region) >= 360 || isBetweenMeridians) {
    const away = Math.max(latMin - place.lat, place.lat - latMax, 0)
    if (away === 0) return 0
  }
  // Its parallels may be nearer than its meridians only where the place is between them; over a pole neither is.
  const toParallels =
    isBetweenMeridians || widthOf(region) >= 360 ? distanceToLatitudes(place, latMin, latMax) : Infinity
  return Math.min(
    toParallels,
    distanceToMeridian(place, lonMin, latMin, latMax),
    distanceToMeridian(place, lonMax, latMin, latMax),
  )
}

function distanceToLatitudes(place: Place, latMin: number, latMax: number): number {
  return (Math.max(latMin - place.lat, place.lat - latMax, 0) * Math.PI * EARTH_RADIUS_M) / 180
}

/** A radius that a circle around the region's middle needs at most to hold all of it. */
export function radiusOf(region: Region): number {
  if (region.kind === 'circle') return region.radius_m
  const { latMin, latMax, lonMin } = region
  if (widthOf(region) >= 180) return Math.PI * EARTH_RADIUS_M
  const lat = (latMin + latMax) / 2
  const lon = lonMin + widthOf(region) / 2
  // A box is widest at the parallel nearest to the equator, which may lie between its corners.
  const lats = latMin < 0 && latMax > 0 ? [latMin, latMax, 0] : [latMin, latMax]
  return Math.max(...lats.map((corner) => distanceBetween(lat, lon, corner, lonMin)))
}
