/** Places and distances on a spherical earth: degrees and metres. */

export const EARTH_RADIUS_M = 6_371_008.8
export const NAUTICAL_MILE_M = 1852
const RADIANS = Math.PI / 180
const HALF_WAY_M = Math.PI * EARTH_RADIUS_M

export interface Place {
  readonly lat: number
  readonly lon: number
}

export function distanceBetween(latA: number, lonA: number, latB: number, lonB: number): number {
  const sinHalfLat = Math.sin(((latB - latA) / 2) * RADIANS)
  const sinHalfLon = Math.sin(((lonB - lonA) / 2) * RADIANS)
  const cosines = Math.cos(latA * RADIANS) * Math.cos(latB * RADIANS)
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(sinHalfLat ** 2 + cosines * sinHalfLon ** 2)))
}

/** From a place to the nearest point of the meridian `lon` between two latitudes. */
export function distanceToMeridian(place: Place, lon: number, latMin: number, latMax: number): number {
  const away = wrapLongitude(lon - place.lon) * RADIANS
  // Where a great circle from the place meets the meridian at a right angle; beyond a pole it is another meridian's.
  const foot = Math.atan2(Math.tan(place.lat * RADIANS), Math.cos(away)) / RADIANS
  const nearest = Math.min(latMax, Math.max(latMin, Math.abs(foot) > 90 ? Math.sign(place.lat) * 90 : foot))
  return Math.min(
    distanceBetween(place.lat, place.lon, nearest, lon),
    distanceBetween(place.lat, place.lon, latMin, lon),
    distanceBetween(place.lat, place.lon, latMax, lon),
  )
}

/** By how many degrees of longitude a circle reaches east and west of its centre; 180 when a pole is in it. */
export function longitudeReach(lat: number, radius_m: number): number {
  const angle = radius_m / EARTH_RADIUS_M
  const sine = Math.sin(angle) / Math.cos(lat * RADIANS)
  return radius_m >= HALF_WAY_M / 2 || Math.abs(lat) + angle / RADIANS >= 90 || sine >= 1
    ? 180
    : Math.asin(sine) / RADIANS
}

export const latitudeReach = (radius_m: number): number => radius_m / EARTH_RADIUS_M / RADIANS

/** Into [-180, 180). */
export function wrapLongitude(degrees: number): number {
  return ((((degrees + 180) % 360) + 360) % 360) - 180
}

/** Unit vectors of places, three numbers each. */
export function vectorsOf(lats: Float64Array, lons: Float64Array): Float64Array {
  const vectors = new Float64Array(lats.length * 3)
  for (let i = 0; i < lats.length; i++) {
    const fromAxis = Math.cos(lats[i]! * RADIANS)
    vectors[3 * i] = fromAxis * Math.cos(lons[i]! * RADIANS)
    vectors[3 * i + 1] = fromAxis * Math.sin(lons[i]! * RADIANS)
    vectors[3 * i + 2] = Math.sin(lats[i]! * RADIANS)
  }
  return vectors
}
