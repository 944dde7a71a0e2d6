import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  angleBetween,
  between,
  directionOf,
  dot,
  latitudeOf,
  longitudeDelta,
  longitudeOf,
  RADIANS,
  tangentOf,
  vector,
} from '../../../web/geo/sphere.ts'

const lat = fc.double({ min: -89.9, max: 89.9, noNaN: true })
const lon = fc.double({ min: -180, max: 180, noNaN: true })

describe('the sphere', () => {
  test('gives back the latitude and longitude that a direction was made of', () => {
    fc.assert(
      fc.property(lat, lon, (a, b) => {
        const v = vector()
        directionOf(a, b, v)
        expect(latitudeOf(v)).toBeCloseTo(a, 9)
        expect(Math.abs(longitudeDelta(longitudeOf(v), b))).toBeLessThan(1e-6)
      }),
    )
  })

  test('has tangents that lie on it and point where the heading says', () => {
    fc.assert(
      fc.property(lat, lon, fc.double({ min: 0, max: 360, noNaN: true }), (a, b, heading) => {
        const here = vector()
        const there = vector()
        const along = vector()
        directionOf(a, b, here)
        tangentOf(a, b, heading, along)
        expect(dot(here, along)).toBeCloseTo(0, 9)
        expect(Math.hypot(...along)).toBeCloseTo(1, 9)
        const step = 1e-4
        for (let i = 0; i < 3; i++) there[i] = here[i]! * Math.cos(step) + along[i]! * Math.sin(step)
        expect((latitudeOf(there) - a) * RADIANS).toBeCloseTo(step * Math.cos(heading * RADIANS), 5)
      }),
    )
  })

  test('goes the short way over the antimeridian', () => {
    const [west, east, middle] = [vector(), vector(), vector()]
    directionOf(0, 179, west)
    directionOf(0, -179, east)
    between(west, east, 0.5, middle)
    expect(Math.abs(longitudeOf(middle))).toBeCloseTo(180, 9)
    expect(angleBetween(west, east)).toBeCloseTo(2 * RADIANS, 12)
    expect(longitudeDelta(179, -179)).toBeCloseTo(2, 12)
    expect(longitudeDelta(-179, 179)).toBeCloseTo(-2, 12)
  })
})
