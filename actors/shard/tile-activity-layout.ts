/**
 * Where things lie in the table of tile activity: a head, then 32 bytes for each H3 cell of one resolution.
 *
 *   byte 0        4            8       32                   64
 *   +----------+------------+-------+--------------------+--------------------+---
 *   | version  | resolution | spare | tile 0             | tile 1             | …
 *   +----------+------------+-------+--------------------+--------------------+---
 *
 *   tile: 0               8         12      16              24              32
 *         +---------------+---------+-------+---------------+---------------+
 *         | seen at ms    | window  | spare | aircraft in   | … in the      |
 *         | (f64)         | (i32)   |       | this window   | one before    |
 *         +---------------+---------+-------+---------------+---------------+
 *
 * Aircraft are bits, one of 64 by the hash of the key. A tile's place is its number: base cell and digits as they stand in
 * its index, three bits each, so that no search is needed and the table can never be full.
 */
export const TILE_ACTIVITY_VERSION = 1

export const HEAD_BYTES = 32
export const TILE_BYTES = 32

// Indexes into the head as Int32Array.
export const HEAD_VERSION = 0
export const HEAD_RESOLUTION = 1

// Indexes from a tile's start, as Int32Array; SEEN is a double.
export const SEEN = 0
export const WINDOW = 2
export const NOW_LOW = 4
export const NOW_HIGH = 5
export const BEFORE_LOW = 6
export const BEFORE_HIGH = 7

export const BASE_CELLS = 122
export const DIGIT_BITS = 3
/** Finer tables would take 128 MB and more. */
export const MAX_RESOLUTION = 4

export const tilesAt = (resolution: number): number => BASE_CELLS << (DIGIT_BITS * resolution)
