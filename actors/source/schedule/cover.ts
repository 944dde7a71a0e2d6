/**
 * What one provider can be asked: areas, and which tiles each of them covers wholly.
 *
 * A provider of circles may be asked for one around any tile, no larger than the tiles in it need; one of boxes for those of
 * `boxes.ts`.
 *
 * Guarantee: every tile is in at least one area. Memory: 8 bytes for each tile in each area, 13 MB for the world in circles of
 * 250 nautical miles; providers with one radius share one cover.
 */
import { type Lists, near, transposed } from './near.ts'
import type { Box, Circle } from './region.ts'
import { CIRCUMRADIUS_M, type Tiling } from './tiling.ts'

export type Area = Circle | Box

export interface Cover {
  readonly areas: readonly Area[]
  /** Of each area, the tiles that it covers. */
  readonly tilesOf: Lists
  /** Of each tile, the areas that cover it. */
  readonly areasOf: Lists
  /** Whether its tiles are kept for one query while it is asked: not those of boxes, which hold the others' tiles too. */
  readonly keepsTiles: boolean
}

/** Circles of at most `maxRadius_m`. */
export function circlesOver(tiling: Tiling, maxRadius_m: number): Cover {
  const { lats, lons, radii_m, size } = tiling
  if (maxRadius_m < CIRCUMRADIUS_M[tiling.resolution]!)
    throw new RangeError(`circles of ${maxRadius_m} m cover no tiles of resolution ${tiling.resolution}`)
  const needed_m = new Float64Array(size)
  const tilesOf = near(tiling.vectors, maxRadius_m, (from, to, distance_m) => {
    const reach_m = distance_m + radii_m[to]!
    if (reach_m > maxRadius_m) return false
    needed_m[from] = Math.max(needed_m[from]!, reach_m)
    return true
  })
  const areas = Array.from(needed_m, (radius_m, i): Circle => {
    return { kind: 'circle', lat: lats[i]!, lon: lons[i]!, radius_m }
  })
  return { areas, tilesOf, areasOf: transposed(tilesOf, size), keepsTiles: true }
}
