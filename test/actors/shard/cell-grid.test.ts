import { cellToLatLng, getPentagons, gridDisk, h3IndexToSplitLong, latLngToCell } from 'h3-js'
import { describe, expect, test } from 'vitest'
import { CellGrid, RESOLUTION } from '../../../actors/shard/cell-grid.ts'
import { seeded } from '../../../fixtures/seeded.ts'

type Place = readonly [lat: number, lon: number]

/** The places at which the grid says another cell than H3 does. */
function mistakes(places: readonly Place[], grid = new CellGrid()): string[] {
  const wrong: string[] = []
  for (const [lat, lon] of places) {
    grid.find(lat, lon)
    const [low, high] = h3IndexToSplitLong(latLngToCell(lat, lon, RESOLUTION))
    if (grid.high !== (high | 0) || grid.low !== (low | 0)) wrong.push(`${lat}, ${lon}`)
  }
  return wrong
}

/** Places around a centre, within so many degrees: many in each cell, so that most are answered from gridry. */
function around([lat, lon]: Place, degrees: number, count: number, random: () => number): Place[] {
  return Array.from({ length: count }, () => {
    const north = Math.max(-90, Math.min(90, lat + (random() - 0.5) * 2 * degrees))
    let east = lon + ((random() - 0.5) * 2 * degrees) / Math.max(0.001, Math.cos((lat * Math.PI) / 180))
    if (east > 180) east -= 360
    if (east < -180) east += 360
    return [north, Math.max(-180, Math.min(180, east))] as const
  })
}

describe('the cell grid gives the cell that H3 gives', () => {
  const random = seeded(7)

  test('all over the earth', () => {
    const centres = Array.from(
      { length: 400 },
      () => [Math.asin(random() * 2 - 1) / (Math.PI / 180), random() * 360 - 180] as const,
    )
    const grid = new CellGrid()
    for (const centre of centres) expect(mistakes(around(centre, 0.01, 200, random), grid)).toEqual([])
    expect(grid.hits).toBeGreaterThan(grid.misses)
  })

  test('when busy places take each other’s room', () => {
    const places = Array.from({ length: 60_000 }, () => [40 + random() * 3, -75 + random() * 3] as const)
    expect(mistakes(places)).toEqual([])
  })

  test('at the poles', () => {
    for (const lat of [90, -90, 89.999, -89.999, 75, -75, 74.999, 80.5])
      expect(mistakes(around([lat, 10], 0.05, 500, random))).toEqual([])
  })

  test('on both sides of the antimeridian and of the meridian', () => {
    for (const lon of [180, -180, 179.999, -179.999, 0])
      for (const lat of [0, 52.3, -16.8, 70]) expect(mistakes(around([lat, lon], 0.05, 500, random))).toEqual([])
  })

  test('in and around pentagons', () => {
    for (const pentagon of getPentagons(RESOLUTION)) {
      for (const cell of gridDisk(pentagon, 1)) {
        expect(mistakes(around(cellToLatLng(cell) as unknown as Place, 0.02, 300, random))).toEqual([])
      }
    }
  })

  test('within metres of an edge', () => {
    const grid = new CellGrid()
    const [lat, lon] = [47.37, 8.54]
    mistakes(around([lat, lon], 0.03, 3000, random), grid)
    // Walks across cells in steps of a metre.
    const walk = Array.from(
      { length: 20_000 },
      (_, i) => [lat + (i - 10_000) * 1e-6, lon + (i - 10_000) * 3e-6] as const,
    )
    expect(mistakes(walk, grid)).toEqual([])
    expect(grid.hits).toBeGreaterThan(15_000)
  })

  test('at the exact bounds of latitude and longitude', () => {
    const bounds = [-90, -0, 0, 90].flatMap((lat) => [-180, -0, 0, 180].map((lon) => [lat, lon] as const))
    expect(mistakes([...bounds, ...bounds, ...bounds])).toEqual([])
  })
})
