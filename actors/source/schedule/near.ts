/**
 * Which places are near each other, as lists one after the other: those of place i are `items[starts[i] … starts[i + 1])`.
 *
 * Places lie in cubes as wide as the largest distance, so that only those of 27 cubes are compared: a world of 41,000 tiles
 * takes half a second.
 */
import { EARTH_RADIUS_M } from './sphere.ts'

export interface Lists {
  readonly starts: Int32Array
  readonly items: Int32Array
}

/** All pairs at most `most_m` apart for which `isWanted` holds; each place is also asked of itself. */
export function near(
  vectors: Float64Array,
  most_m: number,
  isWanted: (from: number, to: number, distance_m: number) => boolean,
): Lists {
  const count = vectors.length / 3
  const mostChord = 2 * Math.sin(Math.min(Math.PI, most_m / EARTH_RADIUS_M) / 2)
  const { side, cubeOf, starts: cubeStarts, items: members } = inCubes(vectors, Math.max(LEAST_CUBE, mostChord))
  const starts = new Int32Array(count + 1)
  let items = new Int32Array(16 * count)
  let size = 0
  for (let from = 0; from < count; from++) {
    const x = vectors[3 * from]!
    const y = vectors[3 * from + 1]!
    const z = vectors[3 * from + 2]!
    for (let column = 0; column < 9; column++) {
      // Three cubes that lie one above the other are one stretch of members.
      const cube = cubeOf[from]! + (Math.floor(column / 3) - 1) * side * side + ((column % 3) - 1) * side
      for (let at = cubeStarts[cube - 1]!; at < cubeStarts[cube + 2]!; at++) {
        const to = members[at]!
        const dx = x - vectors[3 * to]!
        const dy = y - vectors[3 * to + 1]!
        const dz = z - vectors[3 * to + 2]!
        const square = dx * dx + dy * dy + dz * dz
        if (square > mostChord * mostChord) continue
        if (!isWanted(from, to, 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(square) / 2)))) continue
        if (size === items.length) items = grown(items)
        items[size++] = to
      }
    }
    starts[from + 1] = size
  }
  return { starts, items: items.slice(0, size) }
}

/** Of a side at least: more cubes would take more memory than they save time. */
const LEAST_CUBE = 0.02

/** Sorts places into cubes of a width, with one empty cube all around. */
function inCubes(vectors: Float64Array, width: number): Lists & { side: number; cubeOf: Int32Array } {
  const count = vectors.length / 3
  const side = Math.ceil(2 / width) + 3
  const indexOf = (coordinate: number): number => Math.floor((coordinate + 1) / width) + 1
  const cubeOf = new Int32Array(count)
  const sizes: Lists = { starts: Int32Array.from({ length: count + 1 }, (_, i) => i), items: cubeOf }
  for (let i = 0; i < count; i++)
    cubeOf[i] = (indexOf(vectors[3 * i]!) * side + indexOf(vectors[3 * i + 1]!)) * side + indexOf(vectors[3 * i + 2]!)
  return { ...transposed(sizes, side ** 3), side, cubeOf }
}

function grown(items: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * items.length + 16)
  larger.set(items)
  return larger
}

/** The same lists seen from the other side: of each item, in whose list it is. */
export function transposed({ starts, items }: Lists, count: number): Lists {
  const starts2 = new Int32Array(count + 1)
  for (const item of items) starts2[item + 1]!++
  for (let i = 0; i < count; i++) starts2[i + 1]! += starts2[i]!
  const next = starts2.slice()
  const items2 = new Int32Array(items.length)
  for (let list = 0; list + 1 < starts.length; list++)
    for (let at = starts[list]!; at < starts[list + 1]!; at++) items2[next[items[at]!]!++] = list
  return { starts: starts2, items: items2 }
}
