/**
 * The header of a batch, the unit of commit; frames follow it as they stood in the ring, the last of them a barrier.
 *
 *  0        4        8        12       16       20       24       28       32
 *  +--------+--------+--------+--------+--------+--------+--------+--------+
 *  | "SKBT" | CRC    | length | version| epoch  | frames | barrier| spare  |
 *  |        | of 8…  | bytes  |        |        | (count)| bytes  |        |
 *  +--------+--------+--------+--------+--------+--------+--------+--------+
 *  32               40               48               56               64               72            80
 *  +----------------+----------------+----------------+----------------+----------------+-------------+
 *  | run id (f64)   | first barrier  | last barrier   | first sequence | last sequence  | clock (f64) | frames …
 *  +----------------+----------------+----------------+----------------+----------------+-------------+
 *
 * Little-endian. `length` is that of header and frames, a multiple of 8. `clock` is the stream clock at the barrier. First
 * barrier and first sequence are one more than the last of the batch before: a batch that is missing shows.
 *
 * The CRC starts from the log's id and the batch's position, so bytes from another log, from elsewhere in this one, or in
 * a payload that looks like a batch are never taken for one.
 */
import { crc32 } from 'node:zlib'

export const BATCH_HEADER_BYTES = 80
export const BATCH_MAGIC = 0x54424b53 // "SKBT"
export const BATCH_VERSION = 1

export const MAGIC = 0
export const CRC = 4
export const LENGTH = 8
export const VERSION = 12
export const EPOCH = 16
export const FRAMES = 20
export const BARRIER_BYTES = 24
export const RUN_ID = 32
export const FIRST_BARRIER = 40
export const LAST_BARRIER = 48
export const FIRST_SEQUENCE = 56
export const LAST_SEQUENCE = 64
export const CLOCK = 72

/** Where the CRC's coverage begins. */
export const COVERED_FROM = LENGTH

const positionValue = new Float64Array(1)
const positionBytes = new Uint8Array(positionValue.buffer)

/** What the CRC of the batch at `position` starts from; `logSeed` is the CRC of the log's id. */
export function batchSeed(logSeed: number, position: number): number {
  positionValue[0] = position
  return crc32(positionBytes, logSeed)
}
