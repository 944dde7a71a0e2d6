/**
 * How many aircraft were seen in each tile lately, and when last: written by the shard as records pass, read by the schedule.
 *
 * A tile is the parent of the cell in which an aircraft is, at the table's resolution. Aircraft are told apart by a bit each of
 * 64, and counted by how many bits are still unset (linear counting; Whang et al., 1990), in windows that follow each other
 * whenever something is seen: a tile that is asked about once in ten minutes still shows what that gave.
 *
 * Guarantee: one writer, any number of readers, nobody waits. A count is within a fifth of the aircraft of one window or two,
 * up to 60, and at most `MOST_AIRCRAFT`; a reader that looks in the middle of a write sees it a moment older or newer.
 * Memory: 32 bytes for each tile, 2 MB at resolution 3 and 16 MB at 4; pages of tiles that nobody flies in take none.
 * Cost: a dozen instructions a record, allocates nothing.
 */
import * as L from './tile-activity-layout.ts'

/** Of the tiles that polled regions are cut into (`schedule/tiling.ts` says why). */
export const TILE_RESOLUTION = 3
export const WINDOW_MS = 60_000
/** What a tile says that has more than can be told apart. */
export const MOST_AIRCRAFT = 267

const WORDS = L.TILE_BYTES / 4
const DOUBLES = L.TILE_BYTES / 8
/** 2^32 divided by the golden ratio: the low bits of a key's hash choose its lane and would all be the same. */
const SPREAD = 0x9e3779b1

export class TileActivity {
  readonly memory: SharedArrayBuffer
  readonly resolution: number
  readonly #words: Int32Array
  readonly #doubles: Float64Array

  /** Over memory that `create` made, here or in another thread. */
  constructor(memory: SharedArrayBuffer) {
    const head = new Int32Array(memory, 0, L.HEAD_BYTES / 4)
    if (head[L.HEAD_VERSION] !== L.TILE_ACTIVITY_VERSION)
      throw new RangeError(`no tile activity of version ${L.TILE_ACTIVITY_VERSION} in this memory`)
    this.memory = memory
    this.resolution = head[L.HEAD_RESOLUTION]!
    this.#words = new Int32Array(memory, L.HEAD_BYTES)
    this.#doubles = new Float64Array(memory, L.HEAD_BYTES)
  }

  static create(resolution: number): TileActivity {
    if (!(Number.isInteger(resolution) && resolution >= 0 && resolution <= L.MAX_RESOLUTION))
      throw new RangeError(`tiles have a resolution of 0 to ${L.MAX_RESOLUTION}, not ${resolution}`)
    const memory = new SharedArrayBuffer(L.HEAD_BYTES + L.tilesAt(resolution) * L.TILE_BYTES)
    const head = new Int32Array(memory, 0, L.HEAD_BYTES / 4)
    head[L.HEAD_RESOLUTION] = resolution
    head[L.HEAD_VERSION] = L.TILE_ACTIVITY_VERSION
    return new TileActivity(memory)
  }

  /** The writer's side: an aircraft was seen in a cell, given as the upper word of its index, at `nowMs` of the wall clock. */
  note(cellHigh: number, keyHash: number, nowMs: number): void {
    const words = this.#words
    const tile = tileNumber(cellHigh, this.resolution)
    const at = tile * WORDS
    const window = Math.floor(nowMs / WINDOW_MS) | 0
    if (words[at + L.WINDOW] !== window) {
      words[at + L.BEFORE_LOW] = words[at + L.NOW_LOW]!
      words[at + L.BEFORE_HIGH] = words[at + L.NOW_HIGH]!
      words[at + L.NOW_LOW] = 0
      words[at + L.NOW_HIGH] = 0
      words[at + L.WINDOW] = window
    }
    const bit = Math.imul(keyHash, SPREAD) >>> 26
    words[at + (bit < 32 ? L.NOW_LOW : L.NOW_HIGH)]! |= 1 << (bit & 31)
    this.#doubles[tile * DOUBLES + L.SEEN] = nowMs
  }

  /** How many aircraft were seen in a tile in its last window or the one before, whichever shows more; about. */
  aircraft(tile: number): number {
    const words = this.#words
    const at = tile * WORDS
    const now = bitsIn(words[at + L.NOW_LOW]!) + bitsIn(words[at + L.NOW_HIGH]!)
    const before = bitsIn(words[at + L.BEFORE_LOW]!) + bitsIn(words[at + L.BEFORE_HIGH]!)
    return AIRCRAFT_BY_BITS[Math.max(now, before)]!
  }

  /** When an aircraft was last seen in a tile, wall clock; 0 for never. */
  seenAtMs(tile: number): number {
    return this.#doubles[tile * DOUBLES + L.SEEN]!
  }
}

/**
 * The number of the tile that a cell is in: its base cell and first digits, which stand in the upper word of its index.
 * (https://h3geo.org/docs/core-library/h3Indexing: the base cell in bits 45 to 51, the first digit below it, and so on.)
 */
export function tileNumber(cellHigh: number, resolution: number): number {
  return ((cellHigh >>> 1) & BASE_CELL_AND_4_DIGITS) >>> (L.DIGIT_BITS * (L.MAX_RESOLUTION - resolution))
}

/** The number of a tile given as H3's own name for it. */
export function tileNumberOf(cell: string): number {
  const high = Number.parseInt(cell.slice(0, -8), 16)
  return tileNumber(high, (high >>> 20) & 15)
}

const BASE_CELL_AND_4_DIGITS = 0x7ffff

/** By the number of bits set, how many different hashes probably set them. */
const AIRCRAFT_BY_BITS = Float64Array.from({ length: 65 }, (_, bits) =>
  Math.min(MOST_AIRCRAFT, Math.round(-64 * Math.log1p(-bits / 64))),
)

function bitsIn(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555)
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333)
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}
