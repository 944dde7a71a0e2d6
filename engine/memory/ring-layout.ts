/**
 * Where things lie in a ring's SharedArrayBuffer: a control block, then the data.
 *
 *   byte 0        128         256         384         512                      1536      2048
 *   +-----------+-----------+-----------+-----------+-----------+-----+-----------+-------+---------------+
 *   | identity  | tail      | released  | producer  | reader 0  |  …  | reader 7  | spare | data, 2^n     |
 *   |           | claimed   | gate      | bell      | head,kind |     |           |       | bytes         |
 *   +-----------+-----------+-----------+-----------+-----------+-----+-----------+-------+---------------+
 *
 * Each writer has a line of its own, 128 bytes because processors fetch cache lines of 64 in pairs.
 *
 * Positions count bytes since the ring was made. They are stored as the low 32 bits, signed, and wrap.
 */

export const MAGIC = 0x534b524e // "SKRN"
export const VERSION = 1

export const CONTROL_BYTES = 2048
export const MAX_READERS = 8
/** A frame is at most this fraction of the capacity, so that padding at the end never starves a producer. */
export const MAX_FRAME_FRACTION = 8
export const MAX_CAPACITY_BYTES = 2 ** 30
export const MIN_CAPACITY_BYTES = 1024

/** The two things a ring knows of a frame: its length in bytes stands in its first word, its kind in the byte after. */
export const OFFSET_KIND = 4
/** Fills the end of the data where a frame would not have fitted; readers skip it. */
export const KIND_PADDING = 0

const LINE = 128 / 4

// Indexes into the control block as Int32Array.
export const IDENTITY_MAGIC = 0
export const IDENTITY_VERSION = 1
export const IDENTITY_CAPACITY = 2
/** How many reader lines a producer must look at: one more than the highest that was ever attached. */
export const IDENTITY_READERS = 3

/** Written by the producer: frames before this position are complete. */
export const TAIL = LINE
/** Written by the producer: the chunk (an eighth of the capacity) up to which it may have overwritten. */
export const CLAIMED_CHUNK = LINE + 1

/** Written by whoever commits: a source ring's space before this position may be reused. */
export const RELEASED = 2 * LINE
/** 1 when `RELEASED` gates the producer. */
export const RELEASED_GATES = 2 * LINE + 1

/** The doorbell of the producer, rung when space was freed; -1 for none. */
export const PRODUCER_BELL = 3 * LINE

const READERS = 4 * LINE
/** Written by reader i: it has finished with frames before this position. */
export const readerHead = (index: number): number => READERS + index * LINE
/** One of the READER_ kinds. */
export const readerKind = (index: number): number => READERS + index * LINE + 1
/** The doorbell of reader i, rung when frames were published; -1 for none. */
export const readerBell = (index: number): number => READERS + index * LINE + 2

export const READER_DETACHED = 0
/** Gates the producer: nothing is overwritten before this reader has finished with it. */
export const READER_REQUIRED = 1
/** Gates nobody: it copies out, then checks that it was not lapped meanwhile. */
export const READER_OPTIONAL = 2
/** Has no position yet: what the producer may overwrite stays as it is. */
export const READER_ATTACHING = 3

/**
 * How far position `a` lies after position `b`; negative when before.
 * The one way to compare positions: they wrap at 2^32, and two live ones are never 2^31 apart.
 */
export function distance(a: number, b: number): number {
  return (a - b) | 0
}
