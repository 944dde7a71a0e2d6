/**
 * What one provider can be asked: areas, and which tiles each of them covers wholly.
 *
 * A provider of circles may be asked for one around any tile, no larger than the tiles in it need. A provider of boxes is asked
 * for as few boxes as its largest allows; none crosses the antimeridian.
 *
 * Guarantee: every tile is in at least one area. Memory: 8 bytes for each tile in each area, 13 MB for the world in circles of
 * 250 nautical miles; providers with one radius share one cover.
 */
import { type Lists, near, transposed } from './near.ts'
import { areaDeg2Of, type Box, type Circle, type Region, widthOf } from './region.ts'
import { latitudeReach, longitudeReach } from './sphere.ts'
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

/** Boxes of at most `maxAreaDeg2` square degrees, or of one tile. */
export function boxesOver(tiling: Tiling, maxAreaDeg2 = Number.POSITIVE_INFINITY): Cover {
  const all = Array.from({ length: tiling.size }, (_, tile) => tile)
  const [west, east] = seam(tiling.region)
  const groups = [all.filter((tile) => tiling.lons[tile]! >= west), all.filter((tile) => tiling.lons[tile]! < east)]
    .filter((tiles) => tiles.length > 0)
    .flatMap((tiles) => halved(tiling, tiles, maxAreaDeg2))
  const starts = Int32Array.from([0, ...groups].map(() => 0))
  for (const [i, { tiles }] of groups.entries()) starts[i + 1] = starts[i]! + tiles.length
  const tilesOf = { starts, items: Int32Array.from(groups.flatMap(({ tiles }) => tiles)) }
  return {
    areas: groups.map(({ box }) => box),
    tilesOf,
    areasOf: transposed(tilesOf, tiling.size),
    keepsTiles: false,
  }
}

/** A region that spans the antimeridian is asked for on either side of it: of longitudes from `west` on, and below `east`. */
function seam(region: Region): readonly [west: number, east: number] {
  if (region.kind === 'box') return region.lonMin > region.lonMax ? [0, 0] : [-180, -180]
  const reach = longitudeReach(region.lat, region.radius_m)
  return reach < 180 && Math.abs(region.lon) + reach > 180 ? [0, 0] : [-180, -180]
}

interface Group {
  readonly box: Box
  readonly tiles: readonly number[]
}

function halved(tiling: Tiling, tiles: readonly number[], maxAreaDeg2: number): Group[] {
  const box = boxAround(tiling, tiles)
  if (areaDeg2Of(box) <= maxAreaDeg2 || tiles.length === 1) return [{ box, tiles }]
  const across = widthOf(box) > box.latMax - box.latMin ? tiling.lons : tiling.lats
  const sorted = [...tiles].sort((a, b) => across[a]! - across[b]!)
  const half = sorted.length >> 1
  return [...halved(tiling, sorted.slice(0, half), maxAreaDeg2), ...halved(tiling, sorted.slice(half), maxAreaDeg2)]
}

/** The smallest box that holds these tiles, as far as they are in the region's. */
function boxAround(tiling: Tiling, tiles: readonly number[]): Box {
  let latMin = 90
  let latMax = -90
  let lonMin = 180
  let lonMax = -180
  for (const tile of tiles) {
    const lat = tiling.lats[tile]!
    const lon = tiling.lons[tile]!
    const north = latitudeReach(tiling.radii_m[tile]!)
    const east = longitudeReach(lat, tiling.radii_m[tile]!)
    latMin = Math.min(latMin, lat - north)
    latMax = Math.max(latMax, lat + north)
    // What sticks out over the antimeridian is the other side's.
    lonMin = Math.max(-180, Math.min(lonMin, lon - east))
    lonMax = Math.min(180, Math.max(lonMax, lon + east))
    if (lon - east < -180 && seam(tiling.region)[0] !== 0) lonMax = 180
    if (lon + east > 180 && seam(tiling.region)[0] !== 0) lonMin = -180
  }
  const { region } = tiling
  if (region.kind === 'box') {
    latMin = Math.max(latMin, region.latMin)
    latMax = Math.min(latMax, region.latMax)
    if (region.lonMin <= region.lonMax) {
      lonMin = Math.max(lonMin, region.lonMin)
      lonMax = Math.min(lonMax, region.lonMax)
    } else if (lonMin + lonMax > 0) lonMin = Math.max(lonMin, region.lonMin)
    else lonMax = Math.min(lonMax, region.lonMax)
  }
  return { kind: 'box', latMin: Math.max(-90, latMin), latMax: Math.min(90, latMax), lonMin, lonMax }
}
