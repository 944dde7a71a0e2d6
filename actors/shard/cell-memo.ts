/**
 * Finds the H3 cell of a place, often without asking H3.
 *
 * A cell contains its inscribed circle, which covers nine tenths of it. The memo divides the earth into squares of some
 * 280 m and remembers for many of them the cell found there last, its centre and the radius of that circle; a place
 * inside the circle is in that cell. By place and not by aircraft, because an airliner polled every 10 s has left its
 * cell each time, while others fly where it flew. The circle is measured when a square is asked for a second time, since
 * that costs more than the answer.
 *
 * Guarantee: always the cell that `latLngToCell` gives. Memory: 5 MB.
 */
import { cellToBoundary, cellToLatLng, h3IndexToSplitLong, latLngToCell } from 'h3-js'

export const RESOLUTION = 7
const SQUARES_PER_DEGREE = 400
const SLOT_BITS = 17
const SLOTS = 2 ** SLOT_BITS
const RADIANS = Math.PI / 180
/** Keeps clear of the circle's rim: the flat-earth distance below is off by far less at these sizes. */
const RADIUS_MARGIN = 0.98
/** Near the poles a degree of longitude shrinks too fast for flat-earth distances. */
const MAX_LATITUDE = 80

export class CellMemo {
  /** The cell found last, as two words. */
  high = 0
  low = 0
  hits = 0
  misses = 0
  readonly #square = new Float64Array(SLOTS).fill(-1)
  readonly #centreLat = new Float64Array(SLOTS)
  readonly #centreLon = new Float64Array(SLOTS)
  /** Square of the inscribed circle's radius, in degrees of latitude; 0 while not measured. */
  readonly #radiusSquared = new Float64Array(SLOTS)
  readonly #high = new Int32Array(SLOTS)
  readonly #low = new Int32Array(SLOTS)

  /** Sets `high` and `low` to the cell at `lat`, `lon` in degrees. */
  find(lat: number, lon: number): void {
    const row = Math.floor((lat + 90) * SQUARES_PER_DEGREE)
    const column = Math.floor((lon + 180) * SQUARES_PER_DEGREE)
    const square = row * 2 ** 18 + column
    const slot = Math.imul(Math.imul(row, 0x85ebca6b) + column, 0x9e3779b1) >>> (32 - SLOT_BITS)
    if (this.#square[slot] === square) {
      const north = lat - this.#centreLat[slot]!
      const east = (lon - this.#centreLon[slot]!) * Math.cos(lat * RADIANS)
      if (north * north + east * east < this.#radiusSquared[slot]!) {
        this.high = this.#high[slot]!
        this.low = this.#low[slot]!
        this.hits++
        return
      }
    }
    this.#ask(lat, lon, slot, square)
  }

  #ask(lat: number, lon: number, slot: number, square: number): void {
    const cell = latLngToCell(lat, lon, RESOLUTION)
    const [low, high] = h3IndexToSplitLong(cell)
    this.high = high | 0
    this.low = low | 0
    this.misses++
    const isKnown = this.#square[slot] === square && this.#low[slot] === this.low && this.#high[slot] === this.high
    if (!isKnown) this.#radiusSquared[slot] = 0
    else if (this.#radiusSquared[slot] === 0 && Math.abs(lat) < MAX_LATITUDE) this.#measure(cell, slot)
    this.#square[slot] = square
    this.#high[slot] = this.high
    this.#low[slot] = this.low
  }

  #measure(cell: string, slot: number): void {
    const [centreLat, centreLon] = cellToLatLng(cell)
    this.#centreLat[slot] = centreLat
    this.#centreLon[slot] = centreLon
    this.#radiusSquared[slot] = inscribedRadiusSquared(cell, centreLat, centreLon)
  }
}

/** Of the largest circle around the centre that no edge cuts; flat-earth, in degrees of latitude. */
function inscribedRadiusSquared(cell: string, centreLat: number, centreLon: number): number {
  const shrink = Math.cos(centreLat * RADIANS)
  const corners = cellToBoundary(cell).map(([lat, lon]) => {
    let east = lon - centreLon
    if (east > 180) east -= 360
    if (east < -180) east += 360
    return [lat - centreLat, east * shrink] as const
  })
  let smallest = Number.POSITIVE_INFINITY
  for (const [i, [aNorth, aEast]] of corners.entries()) {
    const [bNorth, bEast] = corners[(i + 1) % corners.length]!
    const cross = aNorth * bEast - aEast * bNorth
    const edgeSquared = (bNorth - aNorth) ** 2 + (bEast - aEast) ** 2
    smallest = Math.min(smallest, (cross * cross) / edgeSquared)
  }
  return smallest * RADIUS_MARGIN * RADIUS_MARGIN
}
