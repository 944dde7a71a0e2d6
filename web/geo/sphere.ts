/**
 * The unit sphere: x towards 90° E, y towards the north pole, z towards 0° N 0° E.
 *
 * Positions are vectors, never pairs of angles, so nothing here knows of an antimeridian or of poles. Every function writes
 * into an array of the caller's and allocates nothing.
 */
export const EARTH_RADIUS_M = 6_371_008.8
export const RADIANS = Math.PI / 180
export const DEGREES = 180 / Math.PI

export type Vector = Float64Array | Float32Array | number[]

export const vector = (): Float64Array => new Float64Array(3)

export function directionOf(latDeg: number, lonDeg: number, out: Vector): void {
  const lat = latDeg * RADIANS
  const lon = lonDeg * RADIANS
  const ring = Math.cos(lat)
  out[0] = ring * Math.sin(lon)
  out[1] = Math.sin(lat)
  out[2] = ring * Math.cos(lon)
}

export const latitudeOf = (v: Vector): number => Math.atan2(v[1]!, Math.hypot(v[0]!, v[2]!)) * DEGREES

export const longitudeOf = (v: Vector): number => Math.atan2(v[0]!, v[2]!) * DEGREES

/** The unit tangent at `latDeg`, `lonDeg` that points along `headingDeg`, clockwise from north. */
export function tangentOf(latDeg: number, lonDeg: number, headingDeg: number, out: Vector): void {
  const lat = latDeg * RADIANS
  const lon = lonDeg * RADIANS
  const north = Math.cos(headingDeg * RADIANS)
  const east = Math.sin(headingDeg * RADIANS)
  const inward = -Math.sin(lat) * north
  out[0] = inward * Math.sin(lon) + east * Math.cos(lon)
  out[1] = Math.cos(lat) * north
  out[2] = inward * Math.cos(lon) - east * Math.sin(lon)
}

export const dot = (a: Vector, b: Vector): number => a[0]! * b[0]! + a[1]! * b[1]! + a[2]! * b[2]!

export function cross(a: Vector, b: Vector, out: Vector): void {
  const x = a[1]! * b[2]! - a[2]! * b[1]!
  const y = a[2]! * b[0]! - a[0]! * b[2]!
  out[2] = a[0]! * b[1]! - a[1]! * b[0]!
  out[0] = x
  out[1] = y
}

export function normalize(v: Vector): number {
  const length = Math.hypot(v[0]!, v[1]!, v[2]!)
  if (length > 0) {
    v[0]! /= length
    v[1]! /= length
    v[2]! /= length
  }
  return length
}

/** The angle between two unit vectors, exact for small angles too. */
export function angleBetween(a: Vector, b: Vector): number {
  const chord = Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!, a[2]! - b[2]!)
  return 2 * Math.asin(Math.min(1, chord / 2))
}

/** The shortest way from one longitude to another, −180 … 180. */
export const longitudeDelta = (fromDeg: number, toDeg: number): number =>
  ((((toDeg - fromDeg) % 360) + 540) % 360) - 180

/** The point a share `s` (0 … 1) of the way along the great circle from `a` to `b`. */
export function between(a: Vector, b: Vector, s: number, out: Vector): void {
  const angle = angleBetween(a, b)
  const scale = Math.sin(angle)
  const fromA = scale < 1e-9 ? 1 - s : Math.sin((1 - s) * angle) / scale
  const fromB = scale < 1e-9 ? s : Math.sin(s * angle) / scale
  for (let i = 0; i < 3; i++) out[i] = a[i]! * fromA + b[i]! * fromB
  normalize(out)
}
