import { describe, expect, test } from 'vitest'
import { latitudeOf, longitudeOf, vector } from '../../../web/geo/sphere.ts'
import { sunDirection } from '../../../web/geo/sun.ts'

const sunAt = (when: string) => {
  const v = vector()
  sunDirection(Date.parse(when), v)
  return { lat: latitudeOf(v), lon: longitudeOf(v) }
}

// Declination and equation of time as almanacs print them for these days.
describe('the sun', () => {
  test('stands over the tropics at the solstices', () => {
    expect(sunAt('2024-06-20T20:51:00Z').lat).toBeCloseTo(23.44, 1)
    expect(sunAt('2024-12-21T09:20:00Z').lat).toBeCloseTo(-23.44, 1)
  })

  test('stands over the equator at the equinox', () => {
    expect(Math.abs(sunAt('2024-03-20T03:06:00Z').lat)).toBeLessThan(0.05)
  })

  test('is over Greenwich at noon, less the equation of time', () => {
    expect(sunAt('2024-11-03T12:00:00Z').lon).toBeCloseTo(-4.11, 1)
    expect(sunAt('2024-02-11T12:00:00Z').lon).toBeCloseTo(3.55, 1)
  })
})
