/**
 * Finds the H3 cell of a place, mostly without asking H3.
 *
 *   a square of some 1.1 km             a cell, measured: six edges, each a unit step from the centre
 *   and the cells seen in it                    ┌──────┐
 *   +---------+                                ╱   n·p  ╲      inside while n·p < 1 for all six,
 *   | a ╲ b   |                               ╱    •────►╲     n being the edge's normal over its distance,
 *   |    ╲____|                               ╲          ╱     p the place from the centre
 *   |    ╱ c  |                                ╲        ╱
 *   +---------+                                 └──────┘
 *
 * By place and not by aircraft, because an airliner polled every 10 s has left its cell each time, while others fly where
 * it flew. A cell is measured when it is met in a square for the second time, since measuring costs more than asking.
 *
 * Guarantee: always the cell that `latLngToCell` gives: edges are taken as straight on a flat map, which at this size is off by
 * centimetres, and what lies within metres of an edge is asked for. Memory: 10 MB.
 */
import { cellToBoundary, cellToLatLng, h3IndexToSplitLong, latLngToCell } from 'h3-js'

export const RESOLUTION = 7

const SQUARES_PER_DEGREE = 100
const SET_BITS = 14
const CELLS_PER_SQUARE = 4
const RADIANS = Math.PI / 180
/** How near an edge, as a fraction of its distance from the centre, a place is not decided here: some 10 m. */
const EDGE_MARGIN = 0.99
/** Nearer the poles the flat map is not flat enough. */
const MAX_LATITUDE = 75
const EDGES = 6

// One entry, in doubles. The normals are in units of degrees, east and north, of the centre's own flat map.
const SQUARE = 0
const CELL = 1 // two words
const CENTRE_LAT = 2
const CENTRE_LON = 3
const SHRINK = 4 // cosine of the centre's latitude; 0 while the cell is not measured
const NORMALS = 5
const ENTRY = NORMALS + 2 * EDGES + 1
const SET = ENTRY * CELLS_PER_SQUARE

export class CellMemo {
  /** The cell found last, as two words. */
  high = 0
  low = 0
  hits = 0
  misses = 0
  readonly #doubles = new Float64Array(SET << SET_BITS)
  readonly #words = new Int32Array(this.#doubles.buffer)
  /** Which entry of its set is replaced next. */
  #turn = 0

  /** Sets `high` and `low` to the cell at `lat`, `lon` in degrees. */
  find(lat: number, lon: number): void {
    const row = Math.floor((lat + 90) * SQUARES_PER_DEGREE)
    const column = Math.floor((lon + 180) * SQUARES_PER_DEGREE)
    const square = row * 65_536 + column + 1 // 0 is none, so that memory of places never seen is never touched
    const set = (Math.imul(Math.imul(row, 0x85ebca6b) + column, 0x9e3779b1) >>> (32 - SET_BITS)) * SET
    for (let entry = set; entry < set + SET; entry += ENTRY) {
      if (this.#doubles[entry + SQUARE] !== square || !this.#holds(entry, lat, lon)) continue
      this.high = this.#words[2 * (entry + CELL)]!
      this.low = this.#words[2 * (entry + CELL) + 1]!
      this.hits++
      return
    }
    this.#ask(lat, lon, set, square)
  }

  /** Whether the entry's cell is measured and holds the place, safely. */
  #holds(entry: number, lat: number, lon: number): boolean {
    const doubles = this.#doubles
    const shrink = doubles[entry + SHRINK]!
    if (shrink === 0) return false
    const north = lat - doubles[entry + CENTRE_LAT]!
    const east = (lon - doubles[entry + CENTRE_LON]!) * shrink
    for (let i = entry + NORMALS; i < entry + NORMALS + 2 * EDGES; i += 2) {
      if (doubles[i]! * east + doubles[i + 1]! * north > EDGE_MARGIN) return false
    }
    return true
  }

  #ask(lat: number, lon: number, set: number, square: number): void {
    const cell = latLngToCell(lat, lon, RESOLUTION)
    const [low, high] = h3IndexToSplitLong(cell)
    this.high = high | 0
    this.low = low | 0
    this.misses++
    const known = this.#entryOf(set, square)
    if (known < 0) this.#remember(set, square)
    else if (this.#doubles[known + SHRINK] === 0 && Math.abs(lat) < MAX_LATITUDE) this.#measure(cell, known)
  }

  /** The entry of this square and the cell found last; -1 for none. */
  #entryOf(set: number, square: number): number {
    for (let entry = set; entry < set + SET; entry += ENTRY) {
      const word = 2 * (entry + CELL)
      const isSame = this.#words[word] === this.high && this.#words[word + 1] === this.low
      if (isSame && this.#doubles[entry + SQUARE] === square) return entry
    }
    return -1
  }

  #remember(set: number, square: number): void {
    this.#turn = (this.#turn + 1) % CELLS_PER_SQUARE
    const entry = set + this.#turn * ENTRY
    this.#doubles[entry + SQUARE] = square
    this.#doubles[entry + SHRINK] = 0
    this.#words[2 * (entry + CELL)] = this.high
    this.#words[2 * (entry + CELL) + 1] = this.low
  }

  /** Notes where the cell's edges are. Pentagons, and cells bent over an edge of the icosahedron, stay unmeasured. */
  #measure(cell: string, entry: number): void {
    const boundary = cellToBoundary(cell)
    if (boundary.length !== EDGES) return
    const [centreLat, centreLon] = cellToLatLng(cell)
    const shrink = Math.cos(centreLat * RADIANS)
    const corners = boundary.map(([lat, lon]) => [wrapped(lon - centreLon) * shrink, lat - centreLat] as const)
    const doubles = this.#doubles
    for (const [i, [aEast, aNorth]] of corners.entries()) {
      const [bEast, bNorth] = corners[(i + 1) % EDGES]!
      // The edge's normal (bNorth − aNorth, aEast − bEast), divided by what it gives on the edge itself.
      const onEdge = (bNorth - aNorth) * aEast + (aEast - bEast) * aNorth
      doubles[entry + NORMALS + 2 * i] = (bNorth - aNorth) / onEdge
      doubles[entry + NORMALS + 2 * i + 1] = (aEast - bEast) / onEdge
    }
    doubles[entry + CENTRE_LAT] = centreLat
    doubles[entry + CENTRE_LON] = centreLon
    doubles[entry + SHRINK] = shrink
  }
}

/** A difference of longitudes, the short way round. */
function wrapped(degrees: number): number {
  if (degrees > 180) return degrees - 360
  return degrees < -180 ? degrees + 360 : degrees
}
