import { describe, expect, test } from 'vitest'
import {
  areaDeg2Of,
  type Box,
  boxesOver,
  type Circle,
  type Cover,
  circlesOver,
  distanceTo,
  NAUTICAL_MILE_M,
  type Tiling,
  tilesOf,
  WORLD,
} from '../../../../actors/source/schedule/index.ts'
import { distanceBetween } from '../../../../actors/source/schedule/sphere.ts'
import { placesOnEarth, REGIONS } from './places.ts'

const RADIUS_M = 250 * NAUTICAL_MILE_M

function tilesIn(cover: Cover, area: number): Int32Array {
  return cover.tilesOf.items.subarray(cover.tilesOf.starts[area]!, cover.tilesOf.starts[area + 1]!)
}

function uncovered(tiling: Tiling, cover: Cover): number[] {
  const covered = new Set(cover.tilesOf.items)
  return Array.from({ length: tiling.size }, (_, tile) => tile).filter((tile) => !covered.has(tile))
}

describe('circles over a region', () => {
  test.each(Object.entries({ ...REGIONS, 'the world': WORLD }))('cover every tile of %s, each wholly', (_, region) => {
    const tiling = tilesOf(region, 3)
    const cover = circlesOver(tiling, RADIUS_M)
    expect(uncovered(tiling, cover)).toEqual([])
    for (const [area, circle] of cover.areas.entries()) {
      const { lat, lon, radius_m } = circle as Circle
      let isWhole = radius_m <= RADIUS_M
      for (const tile of tilesIn(cover, area)) {
        const reach = distanceBetween(lat, lon, tiling.lats[tile]!, tiling.lons[tile]!) + tiling.radii_m[tile]!
        isWhole &&= reach <= radius_m + 0.01
      }
      expect(isWhole).toBe(true)
    }
  })

  test('are no larger than a small region needs', () => {
    const tiling = tilesOf(REGIONS['New York']!, 4)
    const cover = circlesOver(tiling, RADIUS_M)
    const whole = cover.areas.filter((_, area) => tilesIn(cover, area).length === tiling.size) as Circle[]
    expect(whole.length).toBeGreaterThan(0)
    expect(Math.min(...whole.map(({ radius_m }) => radius_m))).toBeLessThan(130_000)
  })

  test('hold some forty tiles where a circle of the coarsest resolution holds few', () => {
    const fine = circlesOver(tilesOf(WORLD, 3), RADIUS_M)
    const coarse = circlesOver(tilesOf(WORLD, 2), RADIUS_M)
    expect(fine.tilesOf.items.length / fine.areas.length).toBeGreaterThan(35)
    expect(coarse.tilesOf.items.length / coarse.areas.length).toBeLessThan(6)
  })

  test('know of each tile the areas that cover it', () => {
    const cover = circlesOver(tilesOf(REGIONS.Europe!, 3), RADIUS_M)
    for (const [area] of cover.areas.entries())
      for (const tile of tilesIn(cover, area)) {
        const areas = cover.areasOf.items.subarray(cover.areasOf.starts[tile]!, cover.areasOf.starts[tile + 1]!)
        expect(areas.includes(area)).toBe(true)
      }
  })

  test('must be large enough for a tile', () => {
    expect(() => circlesOver(tilesOf(REGIONS.Europe!, 2), 100_000)).toThrow(RangeError)
  })
})

describe('boxes over a region', () => {
  test.each(Object.entries(REGIONS))('%s hold every place of it, and never cross the antimeridian', (_, region) => {
    const tiling = tilesOf(region, 3)
    const cover = boxesOver(tiling)
    const boxes = cover.areas as Box[]
    expect(uncovered(tiling, cover)).toEqual([])
    for (const { latMin, latMax, lonMin, lonMax } of boxes) {
      expect(latMin).toBeLessThan(latMax)
      expect(lonMin).toBeLessThan(lonMax)
      expect([latMin >= -90, latMax <= 90, lonMin >= -180, lonMax <= 180]).toEqual([true, true, true, true])
    }
    const inside = placesOnEarth(60_000, 5).filter((place) => distanceTo(region, place) === 0)
    const outside = inside.filter((place) => boxes.every((box) => distanceTo(box, place) > 1))
    expect(outside).toEqual([])
  })

  test('are one for the world, and two for a region that spans the antimeridian', () => {
    expect(boxesOver(tilesOf(WORLD, 2)).areas).toEqual([WORLD])
    const fiji = boxesOver(tilesOf(REGIONS['Fiji, across the antimeridian']!, 3)).areas as Box[]
    expect(fiji).toEqual([
      { kind: 'box', latMin: -21, latMax: -12, lonMin: 175, lonMax: 180 },
      { kind: 'box', latMin: -21, latMax: -12, lonMin: -180, lonMax: -175 },
    ])
  })

  test('are as many as their largest area asks for', () => {
    const boxes = boxesOver(tilesOf(REGIONS.Europe!, 3), 100).areas as Box[]
    expect(boxes.length).toBeGreaterThan(9)
    expect(boxes.every((box) => areaDeg2Of(box) <= 100)).toBe(true)
  })
})
