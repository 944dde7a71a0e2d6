/**
 * A region as boxes, for providers that are asked for boxes: as few as the largest that they allow, and none across the
 * antimeridian.
 *
 * A region that spans the antimeridian is asked for on either side of it. A tile that lies on it is on both sides, and counts
 * as covered by either.
 */
import type { Cover } from './cover.ts'
import { transposed } from './near.ts'
import { areaDeg2Of, type Box, type Region, widthOf } from './region.ts'
import { latitudeReach, longitudeReach } from './sphere.ts'
import type { Tiling } from './tiling.ts'

interface Part {
  readonly tile: number
  /** Of its centre, as seen from this side of the antimeridian: it may lie beyond 180. */
  readonly lon: number
  readonly reach: number
}

interface Group {
  readonly box: Box
  readonly parts: readonly Part[]
}

/** Circles that come so near the antimeridian may have tiles beyond it. */
const TILE_DEGREES = 5

/** Boxes of at most `maxAreaDeg2` square degrees, or of one tile. */
export function boxesOver(tiling: Tiling, maxAreaDeg2 = Number.POSITIVE_INFINITY): Cover {
  const groups = sidesOf(tiling)
    .filter((parts) => parts.length > 0)
    .flatMap((parts) => halved(tiling, parts, maxAreaDeg2))
  const starts = new Int32Array(groups.length + 1)
  for (const [i, { parts }] of groups.entries()) starts[i + 1] = starts[i]! + parts.length
  const tilesOf = { starts, items: Int32Array.from(groups.flatMap(({ parts }) => parts.map(({ tile }) => tile))) }
  const areas = groups.map(({ box }) => box)
  return { areas, tilesOf, areasOf: transposed(tilesOf, tiling.size), keepsTiles: false }
}

/** The tiles before the antimeridian and those after it; all in one where the region does not span it. */
function sidesOf(tiling: Tiling): Part[][] {
  const parts = Array.from(tiling.lons, (lon, tile): Part => {
    return { tile, lon, reach: longitudeReach(tiling.lats[tile]!, tiling.radii_m[tile]!) }
  })
  const gap = gapOf(tiling.region)
  if (gap === undefined) return [parts]
  const before = parts.map((part) => ({ ...part, lon: part.lon < gap ? part.lon + 360 : part.lon }))
  const after = before.map((part) => ({ ...part, lon: part.lon - 360 }))
  return [before.filter(({ lon, reach }) => lon - reach < 180), after.filter(({ lon, reach }) => lon + reach > -180)]
}

/** The middle of the longitudes that a region over the antimeridian leaves out. */
function gapOf(region: Region): number | undefined {
  if (region.kind === 'box') return region.lonMin > region.lonMax ? (region.lonMin + region.lonMax) / 2 : undefined
  const reach = longitudeReach(region.lat, region.radius_m)
  if (reach === 180 || Math.abs(region.lon) + reach + TILE_DEGREES <= 180) return undefined
  return region.lon > 0 ? region.lon - 180 : region.lon + 180
}

function halved(tiling: Tiling, parts: readonly Part[], maxAreaDeg2: number): Group[] {
  const box = boxAround(tiling, parts)
  if (areaDeg2Of(box) <= maxAreaDeg2 || parts.length === 1) return [{ box, parts }]
  const isWide = widthOf(box) > box.latMax - box.latMin
  const sorted = parts.toSorted((a, b) => (isWide ? a.lon - b.lon : tiling.lats[a.tile]! - tiling.lats[b.tile]!))
  const half = sorted.length >> 1
  return [...halved(tiling, sorted.slice(0, half), maxAreaDeg2), ...halved(tiling, sorted.slice(half), maxAreaDeg2)]
}

/** The smallest box that holds these tiles, as far as they are on this side and in the region's own box. */
function boxAround({ lats, radii_m, region }: Tiling, parts: readonly Part[]): Box {
  const west = Math.max(
    -180,
    least(parts, ({ lon, reach }) => lon - reach),
  )
  const east = Math.min(180, -least(parts, ({ lon, reach }) => -lon - reach))
  const south = Math.max(
    -90,
    least(parts, ({ tile }) => lats[tile]! - latitudeReach(radii_m[tile]!)),
  )
  const north = -Math.max(
    -90,
    least(parts, ({ tile }) => -lats[tile]! - latitudeReach(radii_m[tile]!)),
  )
  const box: Box = { kind: 'box', latMin: south, latMax: north, lonMin: west, lonMax: east }
  if (region.kind === 'circle') return box
  const isSplit = region.lonMin > region.lonMax
  const isBefore = isSplit && east > gapOf(region)!
  return {
    kind: 'box',
    latMin: Math.max(south, region.latMin),
    latMax: Math.min(north, region.latMax),
    lonMin: isSplit && !isBefore ? west : Math.max(west, region.lonMin),
    lonMax: isBefore ? east : Math.min(east, region.lonMax),
  }
}

function least(parts: readonly Part[], measure: (part: Part) => number): number {
  let value = Number.POSITIVE_INFINITY
  for (const part of parts) value = Math.min(value, measure(part))
  return value
}
