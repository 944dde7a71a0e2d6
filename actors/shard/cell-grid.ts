/**
 * Finds the H3 cell of a place on H3's own grid, asking H3 only what it calls a region.
 *
 * H3 lays a flat grid of hexagons on each face of an icosahedron, whose corners are its twelve pentagons: a place is seen
 * from the earth's centre on the face nearest to it (a gnomonic projection), and its cell is the nearest point of the grid.
 *
 *        corner                n the face's centre, p the place: on the unit sphere
 *          v                   e, w: vectors across the face, along and across the grid, a step long
 *         ╱ ╲
 *        ╱ ·p╲──► e            east  = p·e / p·n
 *       ╱  n  ╲                north = p·w / p·n
 *      ╱───────╲               at resolution 0 the corner is two steps from the centre
 *
 * Steps of the next resolution are √7 times shorter and turned, to and fro, by atan(√3 / 5): a cell's seven children are its
 * centre and the six points around it, a digit each. So from a grid point the digits of four resolutions follow, up to a
 * region's centre. What the region is called, and by how many sixths its digits are turned against the face's grid, H3 is
 * asked once. (https://h3geo.org/docs/core-library/overview and /h3Indexing; a pentagon's digits are not like that.)
 *
 * Guarantee: always the cell that `latLngToCell` gives: places within millimetres of an edge, and those in the twelve regions
 * that are pentagons, are asked for each time. Memory: 512 KB, touched as regions are met.
 */
import { h3 } from '../h3.ts'

export const RESOLUTION = 7
/** Of a region: some 12,000 km². */
const REGION_RESOLUTION = 3

const RADIANS = Math.PI / 180
const ROOT_3 = Math.sqrt(3)
const FACES = 20
/** Corners of one face are 63.4° apart, others 116.6° or more. */
const MIN_COSINE_OF_NEIGHBOURS = 0.4
const STEPS_TO_CORNER = 2 * Math.sqrt(7) ** RESOLUTION
/** By how much odd resolutions are turned against even ones. */
const TURN = RESOLUTION % 2 === 0 ? 0 : Math.atan(ROOT_3 / 5)
/** How near an edge of a hexagon, in steps of 2 km, or of a face, in cosines, a place is not decided here. */
const MAX_OFF_CENTRE = 1 - 1e-6
const MIN_LEAD = 1e-12

// One face, in doubles: three vectors.
const CENTRE = 0
const EAST = 3
const NORTH = 6
const FACE = 9

// One region, in 32-bit words: where it is, its index without the digits that follow, and how these are turned.
const KEY = 0
const HIGH = 1
const LOW = 2
const SIXTHS = 3
const REGION = 4
/** Two regions may be remembered in each of so many sets. */
const SET = 2 * REGION
const SET_BITS = 14
/** Regions of a face are within half of this of its centre, so that a face and a region make one word. */
const KEY_SPAN = 256

const DIGIT_BITS = 3
/** How many resolutions lie between a cell and its region. */
const LEVELS = RESOLUTION - REGION_RESOLUTION
/** A digit for each, where they stand in an index: over its two words. */
const ALL_DIGITS = (1 << (DIGIT_BITS * LEVELS)) - 1
const LOW_SHIFT = DIGIT_BITS * (15 - RESOLUTION)
const HIGH_SHIFT = 32 - LOW_SHIFT

/** H3's digits of the points around a centre, counter-clockwise from the east; the centre's own is 0. */
const DIGITS = [4, 6, 2, 3, 1, 5]
/** In place of one of those points: the centre. */
const CENTRE_POINT = 6
/** By offset from the centre, (a + 1) · 3 + b + 1: which of the points it is. */
const POINTS = Int8Array.of(-1, 3, 2, 4, CENTRE_POINT, 1, 5, 0, -1)
/** The digits of points, all levels at once: by how many sixths they are turned, and the points. */
const digitsOf = turnedDigits()

/** Divides by 7, rounded down: what is divided is biased to be above 0, and never near a whole result. */
const SEVENTH = 1 / 7
const BIAS = 8192
const BIAS_TIMES_7 = 7 * BIAS + 0.5

export class CellGrid {
  /** The cell found last, as two words. */
  high = 0
  low = 0
  /** How often a place was found here, and how often H3 was asked. */
  hits = 0
  misses = 0
  readonly #faces = gridOfFaces()
  readonly #regions = new Int32Array(SET << SET_BITS)

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
    const a = east - north / ROOT_3
    const b = (2 * north) / ROOT_3
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
    else this.#climb(face / FACE, i, j, lat, lon)
  }

  /** Goes from a grid point up to its region's centre, and puts the digits passed behind the region's name. */
  #climb(face: number, i: number, j: number, lat: number, lon: number): void {
    let points = 0
    for (let level = 0; level < LEVELS; level++) {
      // The parent's steps, in those of its children, are (3, −1) and (1, 2), or (2, 1) and (−1, 3) where it is the one turned.
      const isTurned = (level & 1) === 1
      const up = (((isTurned ? 3 * i + j + 3 : 2 * i - j + 3) + BIAS_TIMES_7) * SEVENTH) | 0
      const across = (((isTurned ? 2 * j - i + 3 : i + 3 * j + 3) + BIAS_TIMES_7) * SEVENTH) | 0
      const parentI = up - BIAS
      const parentJ = across - BIAS
      const offI = i - (isTurned ? 2 * parentI - parentJ : 3 * parentI + parentJ)
      const offJ = j - (isTurned ? parentI + 3 * parentJ : 2 * parentJ - parentI)
      points |= POINTS[offI * 3 + offJ + 4]! << (DIGIT_BITS * level)
      i = parentI
      j = parentJ
    }
    const key = ((face * KEY_SPAN + i + KEY_SPAN / 2) * KEY_SPAN + j + KEY_SPAN / 2) | 0
    const set = (Math.imul(key, 0x9e3779b1) >>> (32 - SET_BITS)) * SET
    const regions = this.#regions
    const region = regions[set + KEY] === key ? set : set + REGION
    if (regions[region + KEY] !== key) {
      this.#learn(key, set, points, lat, lon)
      return
    }
    const digits = digitsOf[regions[region + SIXTHS]! * (ALL_DIGITS + 1) + points]!
    this.high = regions[region + HIGH]! | (digits >>> HIGH_SHIFT)
    this.low = regions[region + LOW]! | (digits << LOW_SHIFT)
    this.hits++
  }

  /** Asks for the cell of a place in a region that is not known, and learns from it what the region is called. */
  #learn(key: number, set: number, points: number, lat: number, lon: number): void {
    const cell = this.#ask(lat, lon)
    const digits = ((this.high << HIGH_SHIFT) | (this.low >>> LOW_SHIFT)) & ALL_DIGITS
    const sixths = DIGITS.findIndex((_, sixths) => digitsOf[sixths * (ALL_DIGITS + 1) + points] === digits)
    // The centre of centres has the same digits however they are turned.
    if (digits === 0 || sixths < 0 || h3.isPentagon(h3.cellToParent(cell, REGION_RESOLUTION))) return
    const regions = this.#regions
    regions.copyWithin(set + REGION, set, set + REGION)
    regions[set + KEY] = key
    regions[set + HIGH] = this.high & ~(ALL_DIGITS >>> HIGH_SHIFT)
    regions[set + LOW] = this.low & ~(ALL_DIGITS << LOW_SHIFT)
    regions[set + SIXTHS] = sixths
  }

  #ask(lat: number, lon: number): string {
    const cell = h3.latLngToCell(lat, lon, RESOLUTION)
    const [low, high] = h3.h3IndexToSplitLong(cell)
    this.high = high | 0
    this.low = low | 0
    this.misses++
    return cell
  }
}

function turnedDigits(): Int16Array {
  const turned = new Int16Array(DIGITS.length * (ALL_DIGITS + 1))
  for (let sixths = 0, i = 0; sixths < DIGITS.length; sixths++)
    for (let digits = 0; digits <= ALL_DIGITS; digits++, i++)
      for (let shift = 0; shift < DIGIT_BITS * LEVELS; shift += DIGIT_BITS) {
        const point = (digits >> shift) & 7
        if (point < CENTRE_POINT) turned[i]! |= DIGITS[(point + sixths) % 6]! << shift
      }
  return turned
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
  const corners = h3.getPentagons(0).map((pentagon) => vectorTo(...h3.cellToLatLng(pentagon)))
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
