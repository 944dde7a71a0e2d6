/**
 * Where things lie in a block of counters, a SharedArrayBuffer that says itself what it holds.
 *
 *   byte 0       4         8             12            128                   multiple of 128
 *   +----------+---------+-------------+-------------+--------------------+--------------------------+
 *   | magic    | version | description | first value | description, UTF-8 | values, f64 each:        |
 *   |          |         | length      | (byte)      |                    | counters, gauges, then   |
 *   |          |         |             |             |                    | histograms (their layout)|
 *   +----------+---------+-------------+-------------+--------------------+--------------------------+
 *
 * The description is a line for each instrument, `counter frames` or `gauge keys` or `histogram commit_us`, in the order
 * of the values. The magic number is written last: a block without it describes nothing yet.
 *
 * A whole block belongs to one writing thread, and starts on a page of its own, so no cache line has two writers.
 */
export const COUNTERS_MAGIC = 0x534b4354 // "SKCT"
export const COUNTERS_VERSION = 1

/** What one actor gets unless its definition is known beforehand. Pages that nobody touches take no memory. */
export const DEFAULT_BLOCK_BYTES = 65_536

/** Values and description start at multiples of this: processors fetch cache lines of 64 bytes in pairs. */
export const LINE_BYTES = 128

// Indexes into the head as Int32Array.
export const HEAD_MAGIC = 0
export const HEAD_VERSION = 1
export const HEAD_DESCRIPTION_LENGTH = 2
export const HEAD_FIRST_VALUE = 3

export const DESCRIPTION = LINE_BYTES
