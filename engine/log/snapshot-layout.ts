/**
 * A snapshot file, `snapshot-<log position>.snap`: what the log up to a place comes down to.
 *
 *  0        4        8         10        12       16                               32
 *  +--------+--------+---------+---------+--------+--------------------------------+
 *  | "SKSN" | CRC    | format  | frame   | spare  | log id, 16 bytes               |
 *  |        | of 8…  | version | version |        |                                |
 *  +--------+--------+---------+---------+--------+--------------------------------+
 *  32               40               48               56               64
 *  +----------------+----------------+----------------+----------------+
 *  | position (f64) | rows (f64)     | keys (f64)     | bytes (f64)    | chunks …
 *  +----------------+----------------+----------------+----------------+
 *
 *  chunk:  0        4        8
 *          +--------+--------+--------------------------------------------+
 *          | kind   | bytes  | barrier: the barrier's frame, once, first  |
 *          | (i32)  | (i32)  | rows: whole frames │ keys: entries         |
 *          +--------+--------+--------------------------------------------+
 *
 *  key:    0        4        8                16               24
 *          +--------+--------+----------------+----------------+------------------------------+
 *          | schema | length | accepted (f64) | mentioned (f64)| the key's bytes, padded to 8 |
 *          +--------+--------+----------------+----------------+------------------------------+
 *
 * Little-endian. `bytes` is the whole file's length. Chunks are at most `CHUNK_BYTES` long unless one frame is longer, and
 * multiples of 8; a reader passes over kinds that it does not know.
 */
export const SNAPSHOT_HEADER_BYTES = 64
export const SNAPSHOT_MAGIC = 0x4e534b53 // "SKSN"
export const SNAPSHOT_FORMAT = 1

export const MAGIC = 0
export const CRC = 4
export const FORMAT = 8
export const FRAMES = 10
export const LOG_ID = 16
export const POSITION = 32
export const ROWS = 40
export const KEYS = 48
export const BYTES = 56

export const CHUNK_HEADER_BYTES = 8
export const CHUNK_BYTES = 1 << 18

/** Numbers are stored on disk and never change. */
export const ChunkKind = { barrier: 1, rows: 2, keys: 3 } as const

export const KEY_ENTRY_BYTES = 24
export const keyEntryStride = (keyLength: number): number => KEY_ENTRY_BYTES + ((keyLength + 7) & ~7)
