/**
 * Where the log and the committed ring stand together, in shared memory: two slots, written in turn.
 *
 *  byte 0      4          8                128              256               384
 *  +-----------+----------+----------------+----------------+----------------+
 *  | version   | epoch    | spare          | slot 0         | slot 1         |
 *  +-----------+----------+----------------+----------------+----------------+
 *
 *  slot: 0                8                16               24              32          36            40
 *        +----------------+----------------+----------------+---------------+-----------+-------------+
 *        | position (f64) | barrier (f64)  | sequence (f64) | clock (f64)   | ring pos. | generation  |
 *        +----------------+----------------+----------------+---------------+-----------+-------------+
 *
 * `version` counts publications; the slot of version v is v & 1. A writer that dies half-way has spoilt only the slot
 * that nobody reads. All words are read and written with Atomics, the doubles in halves, so that no processor and no
 * compiler may reorder them.
 */
export const COMMITTED_BYTES = 384

// Indexes of 32-bit words.
export const VERSION = 0
/** Counts starts of the processing group; written by the supervisor. */
export const EPOCH = 1

export const slot = (version: number): number => (128 + 128 * (version & 1)) / 4

// From the slot's start, in words.
export const SLOT_POSITION = 0
export const SLOT_BARRIER = 2
export const SLOT_SEQUENCE = 4
export const SLOT_CLOCK = 6
export const SLOT_RING = 8
/** Counts journals: positions in the committed ring mean something within one generation only. */
export const SLOT_GENERATION = 9
