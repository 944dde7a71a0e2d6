import { cellToChildren, cellToParent, getPentagons, getRes0Cells, h3IndexToSplitLong, latLngToCell } from 'h3-js'
import { describe, expect, test } from 'vitest'
import { TileActivity, tileNumber, tileNumberOf, WINDOW_MS } from '../../../actors/shard/tile-activity.ts'
import * as L from '../../../actors/shard/tile-activity-layout.ts'
import { hashKey } from '../../../engine/records/key.ts'

const NOW = 1_750_000_000_000 - (1_750_000_000_000 % WINDOW_MS)
const ZURICH = latLngToCell(47.4, 8.5, 7)
const TILE = tileNumberOf(cellToParent(ZURICH, 3))

const highOf = (cell: string): number => h3IndexToSplitLong(cell)[1]! | 0

function note(activity: TileActivity, cell: string, aircraft: number, nowMs: number, from = 0): void {
  for (let i = from; i < from + aircraft; i++) {
    const key = Buffer.from((0x4b0000 + i * 37).toString(16))
    activity.note(highOf(cell), hashKey(key, 0, key.length), nowMs)
  }
}

describe('a tile’s number', () => {
  test('is that of the parent of each cell in it', () => {
    for (let lat = -88; lat < 90; lat += 11)
      for (let lon = -179; lon < 180; lon += 13) {
        const cell = latLngToCell(lat, lon, 7)
        for (const resolution of [0, 1, 2, 3, 4])
          expect(tileNumber(highOf(cell), resolution)).toBe(tileNumberOf(cellToParent(cell, resolution)))
      }
  })

  test('belongs to no other tile, and is within the table', () => {
    for (const resolution of [0, 1, 2, 3]) {
      const numbers = getRes0Cells().flatMap((base) => cellToChildren(base, resolution).map(tileNumberOf))
      expect(new Set(numbers).size).toBe(numbers.length)
      expect(Math.max(...numbers)).toBeLessThan(L.tilesAt(resolution))
    }
    for (const pentagon of getPentagons(4)) expect(tileNumberOf(pentagon)).toBeLessThan(L.tilesAt(4))
  })
})

describe('tile activity', () => {
  test('counts each aircraft once, however often it is seen', () => {
    const activity = TileActivity.create(3)
    for (let second = 0; second < 50; second++) note(activity, ZURICH, 1, NOW + second * 1000)
    expect(activity.aircraft(TILE)).toBe(1)
    expect(activity.seenAtMs(TILE)).toBe(NOW + 49_000)
  })

  test.each([2, 8, 30, 60])('counts %i aircraft to within a fifth, two at least', (aircraft) => {
    const activity = TileActivity.create(3)
    note(activity, ZURICH, aircraft, NOW)
    expect(Math.abs(activity.aircraft(TILE) - aircraft)).toBeLessThanOrEqual(Math.max(2, aircraft / 5))
  })

  test('says of a crowd that it is large', () => {
    const activity = TileActivity.create(3)
    note(activity, ZURICH, 2000, NOW)
    expect(activity.aircraft(TILE)).toBeGreaterThan(150)
  })

  test('is of the last two windows in which anything was seen, however long ago', () => {
    const activity = TileActivity.create(3)
    note(activity, ZURICH, 20, NOW)
    note(activity, ZURICH, 1, NOW + 10 * WINDOW_MS)
    expect(activity.aircraft(TILE)).toBeGreaterThan(15)
    note(activity, ZURICH, 1, NOW + 20 * WINDOW_MS)
    expect(activity.aircraft(TILE)).toBe(1)
  })

  test('knows nothing of tiles in which nothing was seen', () => {
    const activity = TileActivity.create(3)
    note(activity, ZURICH, 20, NOW)
    const others = getRes0Cells()
      .flatMap((base) => cellToChildren(base, 3).map(tileNumberOf))
      .filter((n) => n !== TILE)
    expect(others.every((tile) => activity.aircraft(tile) === 0 && activity.seenAtMs(tile) === 0)).toBe(true)
  })

  test('is seen by whoever attaches to its memory', () => {
    const activity = TileActivity.create(4)
    note(activity, ZURICH, 3, NOW)
    const reader = new TileActivity(activity.memory)
    expect(reader.resolution).toBe(4)
    expect(reader.aircraft(tileNumberOf(cellToParent(ZURICH, 4)))).toBe(3)
  })

  test('lies in memory as the layout says', () => {
    const activity = TileActivity.create(0)
    activity.note(highOf(ZURICH), 0, NOW)
    expect([...new Int32Array(activity.memory, 0, 2)]).toEqual([1, 0])
    const tile = L.HEAD_BYTES + tileNumberOf(cellToParent(ZURICH, 0)) * L.TILE_BYTES
    expect(new Float64Array(activity.memory, tile, 1)[0]).toBe(NOW)
    expect([...new Int32Array(activity.memory, tile + 8, 6)]).toEqual([NOW / WINDOW_MS, 0, 1, 0, 0, 0])
  })

  test('refuses resolutions that no table is made for, and memory that holds none', () => {
    expect(() => TileActivity.create(5)).toThrow(RangeError)
    expect(() => new TileActivity(new SharedArrayBuffer(64))).toThrow(/version/)
  })
})
