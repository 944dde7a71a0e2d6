/**
 * Finds the H3 cell of a place, asking H3 only once a cell.
 *
 * H3 lays a flat grid of hexagons on each face of an icosahedron, whose corners are its twelve pentagons: a place is seen
 * from the earth's centre on the face nearest to it (a gnomonic projection), and its cell is the nearest point of the grid.
 * Which point that is takes little; what H3 calls it is asked once and remembered.
 *
 *        corner                n the face's centre, v one of its corners, p the place: all on the unit sphere
 *          v                   at resolution 0 the corner is two grid steps from the centre;
 *         ╱ ╲                  each resolution has steps √7 times finer, turned by atan(√3 / 5) to and fro
 *        ╱ ·x╲── east, north
 *       ╱  n  ╲                east  = p·e / p·n
 *      ╱───────╲               north = p·w / p·n       e, w: across the face, along the grid, a step long
 *
 * (K. Sahr, "Geodesic Discrete Global Grid Systems", and H3's own description: https://h3geo.org/docs/core-library/overview.)
 *
 * Guarantee: always the cell that `latLngToCell` gives: what lies within millimetres of an edge is asked for each time.
 * Memory: 4 MB, touched as cells are met.
 */
import { cellToLatLng, getPentagons, h3IndexToSplitLong, latLngToCell } from 'h3-js'

export const RESOLUTION = 7

const RADIANS = Math.PI / 180
const FACES = 20
/** Corners of one face are 63.4° apart, others 116.6° or more. */
const MIN_COSINE_OF_NEIGHBOURS = 0.4
const STEPS_TO_CORNER = 2 * Math.sqrt(7) ** RESOLUTION
/** Odd resolutions are turned against even ones. */
const TURN = RESOLUTION % 2 === 0 ? 0 : Math.atan(Math.sqrt(3) / 5)
const ROOT_3 = Math.sqrt(3)
/** How near an edge of a hexagon, or of a face, is not decided here: in grid steps of 2 km, and in cosines. */
const MAX_OFF_CENTRE = 1 - 1e-6
const MIN_LEAD = 1e-12

// One face, in doubles: three vectors.
const CENTRE = 0
const EAST = 3
const NORTH = 6
const FACE = 9

// One remembered cell, in 32-bit words: where it is, and its index.
const KEY = 0
const HIGH = 1
const LOW = 2
const ENTRY = 4
const ENTRY_BITS = 18
/** Grid points of a face are within half of this of its centre, so that a face and a point make one word. */
const KEY_SPAN = 8192

export class CellMemo {
  /** The cell found last, as two words. */
  high = 0
  low = 0
  hits = 0
  misses = 0
  readonly #faces = gridOfFaces()
  readonly #entries = new Int32Array(ENTRY << ENTRY_BITS)

  /** Sets `high` and `low` to the cell at `lat`, `lon` in degrees. */
  find(lat: number, lon: number): void {
    const faces = this.#faces
    const fromAxis = Math.cos(lat * RADIANS)
    const x = fromAxis * Math.cos(lon * RADIANS)
    const y = fromAxis * Math.sin(lon * RADIANS)
    const z = Math.sin(lat * RADIANS)

    let face = 0
    let nearest = -1
    let second = -1
    for (let at = 0; at < FACES * FACE; at += FACE) {
      const cosine = x * faces[at]! + y * faces[at + 1]! + z * faces[at + 2]!
      if (cosine > nearest) {
        second = nearest
        nearest = cosine
        face = at
      } else if (cosine > second) second = cosine
    }
    const east = (x * faces[face + EAST]! + y * faces[face + EAST + 1]! + z * faces[face + EAST + 2]!) / nearest
    const north = (x * faces[face + NORTH]! + y * faces[face + NORTH + 1]! + z * faces[face + NORTH + 2]!) / nearest

    // The nearest point of a triangular grid: three coordinates that sum to 0, all rounded, the worst one made to fit.
    const b = (2 * north) / ROOT_3
    const a = east - north / ROOT_3
    const c = -a - b
    let i = Math.round(a)
    let j = Math.round(b)
    const k = Math.round(c)
    const offA = Math.abs(a - i)
    const offB = Math.abs(b - j)
    const offC = Math.abs(c - k)
    if (offA > offB && offA > offC) i = -j - k
    else if (offB > offC) j = -i - k
    const dA = a - i
    const dB = b - j
    const dC = -dA - dB
    const offCentre = Math.max(Math.abs(dA - dB), Math.abs(dB - dC), Math.abs(dC - dA))
    if (offCentre > MAX_OFF_CENTRE || nearest - second < MIN_LEAD) this.#ask(lat, lon)
    else this.#look(((face / FACE) * KEY_SPAN + i + KEY_SPAN / 2) * KEY_SPAN + j + KEY_SPAN / 2, lat, lon)
  }

  /** The cell of the grid point `key`, which `lat`, `lon` is in. */
  #look(key: number, lat: number, lon: number): void {
    const entries = this.#entries
    const entry = (Math.imul(key, 0x9e3779b1) >>> (32 - ENTRY_BITS)) * ENTRY
    if (entries[entry + KEY] === key) {
      this.high = entries[entry + HIGH]!
      this.low = entries[entry + LOW]!
      this.hits++
      return
    }
    this.#ask(lat, lon)
    entries[entry + KEY] = key
    entries[entry + HIGH] = this.high
    entries[entry + LOW] = this.low
  }

  #ask(lat: number, lon: number): void {
    const [low, high] = h3IndexToSplitLong(latLngToCell(lat, lon, RESOLUTION))
    this.high = high | 0
    this.low = low | 0
    this.misses++
  }
}

type Vector = readonly [x: number, y: number, z: number]

const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
const times = (a: Vector, factor: number): Vector => [a[0] * factor, a[1] * factor, a[2] * factor]
const plus = (a: Vector, b: Vector): Vector => [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
]

/** Centre and grid steps of each face, one after the other. */
function gridOfFaces(): Float64Array {
  const corners = getPentagons(0).map((pentagon) => vectorTo(...cellToLatLng(pentagon)))
  const faces = new Float64Array(FACES * FACE)
  let at = 0
  for (const [i, a] of corners.entries())
    for (const [j, b] of corners.entries())
      for (const [k, c] of corners.entries()) {
        if (i >= j || j >= k || !areNeighbours(a, b) || !areNeighbours(b, c) || !areNeighbours(c, a)) continue
        const sum = plus(plus(a, b), c)
        const centre = times(sum, 1 / Math.sqrt(dot(sum, sum)))
        const toCorner = plus(times(a, 1 / dot(a, centre)), times(centre, -1)) // across the face
        const turned = plus(times(toCorner, Math.cos(TURN)), times(cross(centre, toCorner), Math.sin(TURN)))
        // A place's coordinate is its part along a step, in steps: hence divided by the step's length once more.
        const east = times(turned, STEPS_TO_CORNER / dot(toCorner, toCorner))
        faces.set(centre, at + CENTRE)
        faces.set(east, at + EAST)
        faces.set(cross(centre, east), at + NORTH)
        at += FACE
      }
  return faces
}

function vectorTo(lat: number, lon: number): Vector {
  const fromAxis = Math.cos(lat * RADIANS)
  return [fromAxis * Math.cos(lon * RADIANS), fromAxis * Math.sin(lon * RADIANS), Math.sin(lat * RADIANS)]
}

const areNeighbours = (a: Vector, b: Vector): boolean => dot(a, b) > MIN_COSINE_OF_NEIGHBOURS
