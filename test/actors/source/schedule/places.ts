/** Seeded places all over the earth, and regions that are awkward. */
import type { Region } from '../../../../actors/source/schedule/index.ts'
import { seeded } from '../../../../fixtures/seeded.ts'

const RADIANS = Math.PI / 180

export function placesOnEarth(count: number, seed: number): { lat: number; lon: number }[] {
  const random = seeded(seed)
  return Array.from({ length: count }, () => ({
    lat: Math.asin(random() * 2 - 1) / RADIANS,
    lon: random() * 360 - 180,
  }))
}

export const REGIONS: Record<string, Region> = {
  'New York': { kind: 'box', latMin: 40.4, latMax: 41.2, lonMin: -74.5, lonMax: -73.5 },
  Europe: { kind: 'box', latMin: 36, latMax: 60, lonMin: -10, lonMax: 30 },
  'Fiji, across the antimeridian': { kind: 'box', latMin: -21, latMax: -12, lonMin: 175, lonMax: -175 },
  'the North Pole': { kind: 'box', latMin: 84, latMax: 90, lonMin: -180, lonMax: 180 },
  'half of the far south': { kind: 'box', latMin: -90, latMax: -75, lonMin: 0, lonMax: 180 },
  'nearly a whole turn': { kind: 'box', latMin: -5, latMax: 5, lonMin: -170, lonMax: 170 },
  'a circle around Zurich': { kind: 'circle', lat: 47.4, lon: 8.5, radius_m: 400_000 },
  'a circle over the antimeridian': { kind: 'circle', lat: 52, lon: 179, radius_m: 300_000 },
  'a circle with a pole in it': { kind: 'circle', lat: 88, lon: 20, radius_m: 500_000 },
}
