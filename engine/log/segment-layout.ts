/**
 * The header of a segment file; batches follow it, end to end.
 *
 *  0        4        8         10        12       16                               32
 *  +--------+--------+---------+---------+--------+--------------------------------+
 *  | "SKLG" | CRC    | format  | frame   | spare  | log id, 16 bytes               |
 *  |        | of 8…  | version | version |        |                                |
 *  +--------+--------+---------+---------+--------+--------------------------------+
 *  32               40               48               56               64          72      80
 *  +----------------+----------------+----------------+----------------+-----------+-------+
 *  | position (f64) | created (f64)  | barrier (f64)  | sequence (f64) | clock(f64)| spare |
 *  +----------------+----------------+----------------+----------------+-----------+-------+
 *
 * Little-endian. The last four describe the log where the segment begins. Magic and versions stay where they are in every
 * format to come, so that an old program can tell a newer log from a damaged one.
 */
import { crc32 } from 'node:zlib'
import { FRAME_VERSION } from '../records/frame-layout.ts'
import type { LogMark } from './mark.ts'

export const SEGMENT_HEADER_BYTES = 80
export const SEGMENT_MAGIC = 0x474c4b53 // "SKLG"
export const LOG_FORMAT = 1
export const LOG_ID_BYTES = 16

const MAGIC = 0
const CRC = 4
const FORMAT = 8
const FRAMES = 10
const LOG_ID = 16
const POSITION = 32
const CREATED = 40
const BARRIER = 48
const SEQUENCE = 56
const CLOCK = 64

export interface SegmentHeader {
  /** Random, the same in every segment of a log. */
  logId: Uint8Array
  /** Where the log stood when the segment was begun. */
  start: LogMark
  /** Wall clock, epoch milliseconds. */
  created: number
}

export function encodeSegmentHeader(header: SegmentHeader): Uint8Array {
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES)
  const view = new DataView(bytes.buffer)
  view.setUint32(MAGIC, SEGMENT_MAGIC, true)
  view.setUint16(FORMAT, LOG_FORMAT, true)
  view.setUint16(FRAMES, FRAME_VERSION, true)
  bytes.set(header.logId, LOG_ID)
  view.setFloat64(POSITION, header.start.position, true)
  view.setFloat64(CREATED, header.created, true)
  view.setFloat64(BARRIER, header.start.barrier, true)
  view.setFloat64(SEQUENCE, header.start.sequence, true)
  view.setFloat64(CLOCK, header.start.clock, true)
  view.setUint32(CRC, crc32(bytes.subarray(FORMAT)), true)
  return bytes
}

/** What stands in the first bytes of a segment file, or why it cannot be used. */
export function decodeSegmentHeader(bytes: Uint8Array): SegmentHeader | 'damaged' | 'newer' {
  if (bytes.length < SEGMENT_HEADER_BYTES) return 'damaged'
  const view = new DataView(bytes.buffer, bytes.byteOffset, SEGMENT_HEADER_BYTES)
  if (view.getUint32(MAGIC, true) !== SEGMENT_MAGIC) return 'damaged'
  if (view.getUint16(FORMAT, true) > LOG_FORMAT || view.getUint16(FRAMES, true) > FRAME_VERSION) return 'newer'
  if (view.getUint32(CRC, true) !== crc32(bytes.subarray(FORMAT, SEGMENT_HEADER_BYTES))) return 'damaged'
  return {
    logId: bytes.slice(LOG_ID, LOG_ID + LOG_ID_BYTES),
    created: view.getFloat64(CREATED, true),
    start: {
      position: view.getFloat64(POSITION, true),
      barrier: view.getFloat64(BARRIER, true),
      sequence: view.getFloat64(SEQUENCE, true),
      clock: view.getFloat64(CLOCK, true),
    },
  }
}
