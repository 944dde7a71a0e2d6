/**
 * The sparse index of a segment: at some batch boundaries, what the log's last barrier said there.
 *
 *  0        4        8         10       12       16               24
 *  +--------+--------+---------+--------+--------+----------------+
 *  | "SKIX" | CRC    | format  | spare  | entries| log end (f64)  |
 *  |        | of 8…  | version |        | (i32)  |                |
 *  +--------+--------+---------+--------+--------+----------------+
 *  24 + 32 i        32               40               48
 *  +----------------+----------------+----------------+----------------+
 *  | position (f64) | barrier (f64)  | sequence (f64) | clock (f64)    |
 *  +----------------+----------------+----------------+----------------+
 *
 * Little-endian. The first entry is the segment's start; each other lies at least `INDEX_EVERY_BYTES` behind the one before.
 * An index is a copy of what the segment says, written when the segment is sealed and not synced: one that is missing or
 * damaged is made again from the segment.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { isErrno } from './disk.ts'
import type { LogMark } from './mark.ts'

export const INDEX_EVERY_BYTES = 1 << 18
export const INDEX_HEADER_BYTES = 24
export const INDEX_ENTRY_BYTES = 32
const INDEX_MAGIC = 0x58494b53 // "SKIX"
const INDEX_FORMAT = 1

const MAGIC = 0
const CRC = 4
const FORMAT = 8
const ENTRIES = 12
const END = 16

export class IndexBuilder {
  readonly entries: LogMark[]

  constructor(start: LogMark) {
    this.entries = [start]
  }

  /** Takes the mark behind each batch, in order. */
  add(mark: LogMark): void {
    if (mark.position - this.entries.at(-1)!.position >= INDEX_EVERY_BYTES) this.entries.push(mark)
  }
}

export function encodeIndex(entries: readonly LogMark[], end: number): Uint8Array {
  const bytes = new Uint8Array(INDEX_HEADER_BYTES + entries.length * INDEX_ENTRY_BYTES)
  const view = new DataView(bytes.buffer)
  view.setUint32(MAGIC, INDEX_MAGIC, true)
  view.setUint16(FORMAT, INDEX_FORMAT, true)
  view.setInt32(ENTRIES, entries.length, true)
  view.setFloat64(END, end, true)
  for (const [index, entry] of entries.entries()) {
    const at = INDEX_HEADER_BYTES + index * INDEX_ENTRY_BYTES
    view.setFloat64(at, entry.position, true)
    view.setFloat64(at + 8, entry.barrier, true)
    view.setFloat64(at + 16, entry.sequence, true)
    view.setFloat64(at + 24, entry.clock, true)
  }
  view.setUint32(CRC, crc32(bytes.subarray(FORMAT)), true)
  return bytes
}

/** The entries of an index, or null when it is damaged. */
export function decodeIndex(bytes: Uint8Array): { entries: LogMark[]; end: number } | null {
  if (bytes.length < INDEX_HEADER_BYTES + INDEX_ENTRY_BYTES) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (view.getUint32(MAGIC, true) !== INDEX_MAGIC || view.getUint16(FORMAT, true) !== INDEX_FORMAT) return null
  if (view.getUint32(CRC, true) !== crc32(bytes.subarray(FORMAT))) return null
  const count = view.getInt32(ENTRIES, true)
  const entries = Array.from({ length: count }, (_, index) => {
    const at = INDEX_HEADER_BYTES + index * INDEX_ENTRY_BYTES
    return {
      position: view.getFloat64(at, true),
      barrier: view.getFloat64(at + 8, true),
      sequence: view.getFloat64(at + 16, true),
      clock: view.getFloat64(at + 24, true),
    }
  })
  return { entries, end: view.getFloat64(END, true) }
}

export function writeIndex(path: string, entries: readonly LogMark[], end: number): void {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    writeFileSync(temporary, encodeIndex(entries, end))
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

/** The entries of the index at `path` of the segment that begins at `start`, or null when it is missing or damaged. */
export function readIndex(path: string, start: number): LogMark[] | null {
  try {
    const entries = decodeIndex(readFileSync(path))?.entries ?? null
    return entries?.[0]?.position === start ? entries : null
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null
    throw error
  }
}
