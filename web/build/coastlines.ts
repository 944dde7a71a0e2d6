/**
 * Natural Earth's land (1:10 million, public domain), cut into tiles that the page loads as it comes close.
 *
 * ```
 *   tile     [ rings u16 ][ points of each ring u16 … ][ x u16, y u16 … ]       little-endian
 *   x, y     0 … 65535 over the tile and MARGIN_DEG around it
 * ```
 *
 * Tiles overlap by the margin, so that fills meet without a seam. A ring that leaves its tile runs along the tile's edge.
 */
import { readFileSync } from 'node:fs'

export const TILE_DEG = 20
export const MARGIN_DEG = 0.25
const SPAN_DEG = TILE_DEG + 2 * MARGIN_DEG

type Point = readonly [number, number]
type Ring = Point[]

/** As much of TopoJSON as land-10m.json uses. */
interface Topology {
  transform: { scale: Point; translate: Point }
  arcs: Point[][]
  objects: { land: { geometries: { arcs: number[][][] }[] } }
}

/** Tile name, "west_south" in degrees → its bytes. Tiles without land are left out. */
export function coastTiles(topologyFile: string): Map<string, Uint8Array> {
  const rings = readRings(JSON.parse(readFileSync(topologyFile, 'utf8')) as Topology)
  const tiles = new Map<string, Uint8Array>()
  for (let west = -180; west < 180; west += TILE_DEG) {
    const column = cut(rings, 0, west)
    for (let south = -90; south < 90; south += TILE_DEG) {
      const tile = cut(column, 1, south)
      if (tile.length > 0) tiles.set(`${west}_${south}`, encode(tile, west, south))
    }
  }
  return tiles
}

/** Outer rings and holes alike: the page fills by the even-odd rule. */
function readRings({ transform, arcs, objects }: Topology): Ring[] {
  const lines = arcs.map((arc) => {
    let x = 0
    let y = 0
    return arc.map(([dx, dy]): Point => {
      x += dx
      y += dy
      return [x * transform.scale[0] + transform.translate[0], y * transform.scale[1] + transform.translate[1]]
    })
  })
  // A negative number is the arc ~n, run backwards.
  const line = (n: number): Ring => (n < 0 ? lines[~n]!.toReversed() : lines[n]!)
  return objects.land.geometries
    .flatMap(({ arcs: polygons }) => polygons.flat())
    .map((ring) => [ring].flat().flatMap(line))
}

/** What of the rings lies in a tile's span of longitudes (axis 0) or latitudes (axis 1). */
function cut(rings: Ring[], axis: 0 | 1, start: number): Ring[] {
  return rings
    .map((ring) => clip(clip(ring, axis, start - MARGIN_DEG, 1), axis, start + TILE_DEG + MARGIN_DEG, -1))
    .filter((ring) => ring.length > 2)
}

/** Keeps what is above a limit, or below it: one edge of Sutherland and Hodgman, "Reentrant polygon clipping", 1974. */
function clip(ring: Ring, axis: 0 | 1, limit: number, sign: 1 | -1): Ring {
  const kept: Ring = []
  let before = ring.at(-1)
  for (const point of ring) {
    const inside = (point[axis] - limit) * sign >= 0
    if (before && inside !== (before[axis] - limit) * sign >= 0) kept.push(crossing(before, point, axis, limit))
    if (inside) kept.push(point)
    before = point
  }
  return kept
}

function crossing(a: Point, b: Point, axis: 0 | 1, limit: number): Point {
  const share = (limit - a[axis]) / (b[axis] - a[axis])
  return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share]
}

function encode(rings: Ring[], west: number, south: number): Uint8Array {
  const points = rings.reduce((sum, ring) => sum + ring.length, 0)
  const words = new Uint16Array(1 + rings.length + points * 2)
  let at = 0
  words[at++] = rings.length
  for (const ring of rings) words[at++] = ring.length
  for (const ring of rings) {
    for (const [x, y] of ring) {
      words[at++] = Math.round(((x - west + MARGIN_DEG) / SPAN_DEG) * 65_535)
      words[at++] = Math.round(((y - south + MARGIN_DEG) / SPAN_DEG) * 65_535)
    }
  }
  return new Uint8Array(words.buffer)
}
