import { describe, expect, test } from 'vitest'
import {
  areaDeg2Of,
  type Box,
  distanceTo,
  type Region,
  radiusOf,
  WORLD,
} from '../../../../actors/source/schedule/index.ts'
import { distanceBetween, longitudeReach } from '../../../../actors/source/schedule/sphere.ts'
import { placesOnEarth, REGIONS } from './places.ts'

/** Places of a region on a fine grid. */
function placesIn(region: Region): { lat: number; lon: number }[] {
  if (region.kind === 'circle') return placesOnEarth(30_000, 3).filter((place) => distanceTo(region, place) === 0)
  const width = region.lonMin <= region.lonMax ? region.lonMax - region.lonMin : region.lonMax - region.lonMin + 360
  return Array.from({ length: 101 * 101 }, (_, i) => {
    const lon = region.lonMin + (width * (i % 101)) / 100
    const lat = region.latMin + ((region.latMax - region.latMin) * Math.floor(i / 101)) / 100
    return { lat, lon: lon > 180 ? lon - 360 : lon }
  })
}

describe('a region', () => {
  test.each(Object.entries(REGIONS))('%s is as far away as the nearest of its places', (_, region) => {
    const inside = placesIn(region)
    for (const { lat, lon } of placesOnEarth(25, 1)) {
      const nearest = Math.min(...inside.map((place) => distanceBetween(lat, lon, place.lat, place.lon)))
      const distance = distanceTo(region, { lat, lon })
      if (region.kind === 'box') {
        expect(distance).toBeLessThanOrEqual(nearest + 1)
        expect(distance, `${lat}, ${lon}`).toBeGreaterThan(nearest - 0.05 * nearest - 200_000)
      }
      expect(distance === 0 || distance > 0).toBe(true)
    }
    for (const place of inside) expect(distanceTo(region, place)).toBeLessThan(1)
  })

  test.each(Object.entries(REGIONS))('%s lies within its radius around its middle', (_, region) => {
    if (region.kind === 'circle') return expect(radiusOf(region)).toBe(region.radius_m)
    const width = region.lonMin <= region.lonMax ? region.lonMax - region.lonMin : region.lonMax - region.lonMin + 360
    const lat = (region.latMin + region.latMax) / 2
    const lon = region.lonMin + width / 2
    for (const place of placesIn(region))
      expect(distanceBetween(lat, lon, place.lat, place.lon)).toBeLessThan(radiusOf(region) + 1)
  })

  test('has an area, across the antimeridian too', () => {
    expect(areaDeg2Of(WORLD)).toBe(64_800)
    expect(areaDeg2Of(REGIONS['Fiji, across the antimeridian'] as Box)).toBe(90)
  })
})

test('a circle reaches as far east as its easternmost place, and all around when a pole is in it', () => {
  expect(longitudeReach(0, 111_195)).toBeCloseTo(1, 3)
  expect(longitudeReach(60, 111_195)).toBeGreaterThan(2)
  expect(longitudeReach(89.5, 111_195)).toBe(180)
  expect(longitudeReach(0, 15_000_000)).toBe(180)
})
