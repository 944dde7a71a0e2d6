import { cellToBoundary, cellToChildren, cellToLatLng, getPentagons, getRes0Cells, latLngToCell } from 'h3-js'
import { describe, expect, test } from 'vitest'
import { tileNumberOf } from '../../../../actors/shard/tile-activity.ts'
import {
  CIRCUMRADIUS_M,
  coveredResolution,
  distanceTo,
  NAUTICAL_MILE_M,
  tileResolution,
  tilesOf,
  WORLD,
} from '../../../../actors/source/schedule/index.ts'
import { distanceBetween } from '../../../../actors/source/schedule/sphere.ts'
import { placesOnEarth, REGIONS } from './places.ts'

function circumradius(cell: string): number {
  const [lat, lon] = cellToLatLng(cell)
  return Math.max(...cellToBoundary(cell).map((corner) => distanceBetween(lat, lon, corner[0], corner[1])))
}

describe('a circle around a cell’s centre', () => {
  test.each([0, 1, 2])(
    'of the radius for resolution %i covers each cell of it, and is no larger than it must',
    (resolution) => {
      const radii = getRes0Cells().flatMap((base) => cellToChildren(base, resolution).map(circumradius))
      expect(Math.max(...radii)).toBeLessThan(CIRCUMRADIUS_M[resolution]!)
      expect(Math.max(...radii)).toBeGreaterThan(0.99 * CIRCUMRADIUS_M[resolution]!)
    },
  )

  test.each([3, 4])('of that for resolution %i covers the pentagons, and cells anywhere', (resolution) => {
    const cells = placesOnEarth(4000, 2).map(({ lat, lon }) => latLngToCell(lat, lon, resolution))
    for (const cell of [...cells, ...getPentagons(resolution)])
      expect(circumradius(cell)).toBeLessThan(CIRCUMRADIUS_M[resolution]!)
  })

  test('of 250 nautical miles covers cells of resolution 2, and tiles are one finer', () => {
    expect(coveredResolution(250 * NAUTICAL_MILE_M)).toBe(2)
    expect(tileResolution(250 * NAUTICAL_MILE_M)).toBe(3)
    expect(tileResolution(60_000)).toBe(4)
    expect(() => tileResolution(10_000)).toThrow(/too small/)
  })
})

describe('the tiles of a region', () => {
  test.each(Object.entries(REGIONS))('%s hold each of its places, and nothing that is far from it', (_, region) => {
    for (const resolution of [2, 3]) {
      const tiling = tilesOf(region, resolution)
      const numbers = new Set(tiling.numbers)
      const inside = placesOnEarth(150_000, 4).filter((place) => distanceTo(region, place) === 0)
      const missing = inside.filter(({ lat, lon }) => !numbers.has(tileNumberOf(latLngToCell(lat, lon, resolution))))
      expect(missing).toEqual([])
      expect(tiling.size).toBeGreaterThan(0)
      for (let tile = 0; tile < tiling.size; tile++) {
        const centre = { lat: tiling.lats[tile]!, lon: tiling.lons[tile]! }
        expect(distanceTo(region, centre)).toBeLessThan(CIRCUMRADIUS_M[resolution]!)
      }
    }
  })

  test('the world’s are all cells, each with its six neighbours, or five around a pentagon', () => {
    const tiling = tilesOf(WORLD, 2)
    expect(tiling.size).toBe(5882)
    const counts = Array.from(tiling.numbers, (_, i) => tiling.neighbours.starts[i + 1]! - tiling.neighbours.starts[i]!)
    expect(counts.filter((count) => count === 6).length).toBe(5870)
    expect(counts.filter((count) => count === 5).length).toBe(12)
  })

  test('have a fingerprint that tells regions apart', () => {
    const prints = Object.values(REGIONS).map((region) => tilesOf(region, 3).fingerprint)
    expect(new Set(prints).size).toBe(prints.length)
  })
})
