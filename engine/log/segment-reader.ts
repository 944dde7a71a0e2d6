/**
 * Reads the batches of one segment file, checking each.
 *
 * Holds the file open, so a segment that retention unlinks stays readable. Reads ahead into memory that is reused: a batch
 * is valid until the next `read`. Takes no locks.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { SkeinError } from '../errors.ts'
import { FrameMemory } from '../memory/frame-memory.ts'
import { Batch } from './batch.ts'
import { BATCH_HEADER_BYTES } from './batch-layout.ts'
import { isErrno } from './disk.ts'
import type { LogMark } from './mark.ts'
import { segmentName } from './segment-files.ts'
import { decodeSegmentHeader, SEGMENT_HEADER_BYTES, type SegmentHeader } from './segment-layout.ts'

const READ_AHEAD_BYTES = 1 << 20
const NOWHERE = FrameMemory.allocate(0)

/** What `read` found: a batch; no byte at all; or bytes that are no whole batch. */
export type Found = 'batch' | 'nothing' | 'broken'

export class SegmentReader {
  readonly path: string
  readonly header: SegmentHeader
  /** What every CRC in this log starts from. */
  readonly logSeed: number
  readonly batch: Batch
  readonly #fd: number
  /** Log bytes [#from, #to) lie at the start of `#memory`, which is made with the first read. */
  #memory: FrameMemory | null
  #from = 0
  #to = 0

  private constructor(path: string, fd: number, header: SegmentHeader, memory: FrameMemory | null) {
    this.path = path
    this.header = header
    this.logSeed = crc32(header.logId)
    this.batch = new Batch(memory ?? NOWHERE)
    this.#fd = fd
    this.#memory = memory
  }

  /**
   * Opens a segment; 'gone' when there is no such file, 'unfinished' while it is being made.
   * Throws `SKEIN_LOG_DAMAGED`, also for a segment that is not where it says itself that it belongs, `SKEIN_LOG_NEWER_FORMAT`.
   */
  static open(path: string, memory: FrameMemory | null = null): SegmentReader | 'gone' | 'unfinished' {
    const fd = openIfThere(path)
    if (fd === null) return 'gone'
    try {
      const header = readHeader(fd, path)
      if (header !== 'unfinished') return new SegmentReader(path, fd, header, memory)
    } catch (error) {
      closeSync(fd)
      throw error
    }
    closeSync(fd)
    return 'unfinished'
  }

  get start(): LogMark {
    return this.header.start
  }

  /** The log position at which the file ends at this moment. */
  get endPosition(): number {
    return this.start.position + fstatSync(this.#fd).size - SEGMENT_HEADER_BYTES
  }

  offsetOf(position: number): number {
    return position - this.start.position + SEGMENT_HEADER_BYTES
  }

  /** Points `batch` at the batch at `position`, looking at nothing from `limit` on. */
  read(position: number, limit = Number.POSITIVE_INFINITY): Found {
    const header = this.#load(position, BATCH_HEADER_BYTES, limit)
    if (header === 0) return 'nothing'
    if (header < BATCH_HEADER_BYTES) return 'broken'
    this.#aim(position)
    if (!this.batch.isPlausible(Number.MAX_SAFE_INTEGER)) return 'broken'
    const { length } = this.batch
    if (length > this.#to - position && length > this.endPosition - position) return 'broken' // before memory is made for it
    if (this.#load(position, length, limit) < length) return 'broken'
    this.#aim(position)
    if (!this.batch.isIntact(this.logSeed)) return 'broken'
    if (this.batch.isNewer) throw new SkeinError('SKEIN_LOG_NEWER_FORMAT', { file: this.path })
    return 'batch'
  }

  /** Forgets what was read ahead: a file that is being written has changed since. */
  refresh(): void {
    this.#to = this.#from
  }

  /** Fills `bytes` from `position` on. */
  readInto(bytes: Uint8Array, position: number): void {
    const offset = this.offsetOf(position)
    for (let read = 0, n = 1; n > 0 && read < bytes.length; read += n)
      n = readSync(this.#fd, bytes, read, bytes.length - read, offset + read)
  }

  damagedAt(position: number): SkeinError {
    return new SkeinError('SKEIN_LOG_DAMAGED', { file: this.path, offset: this.offsetOf(position) })
  }

  /** Gives back the memory, if there is any, for the next segment. */
  close(): FrameMemory | null {
    closeSync(this.#fd)
    return this.#memory
  }

  #aim(position: number): void {
    this.batch.memory = this.#memory!
    this.batch.offset = position - this.#from
    this.batch.position = position
  }

  /** Has the bytes from `position` in memory. Returns how many there are, at least `needed` if the file has them. */
  #load(position: number, needed: number, limit: number): number {
    if (position >= this.#from && position + needed <= this.#to) return this.#to - position
    let memory = this.#memory
    if (memory === null || needed > memory.u8.length) {
      this.#memory = memory = FrameMemory.allocate(Math.max(needed, READ_AHEAD_BYTES))
    }
    const wanted = Math.min(memory.u8.length, limit - position)
    const offset = this.offsetOf(position)
    let loaded = 0
    while (loaded < wanted) {
      const bytes = readSync(this.#fd, memory.u8, loaded, wanted - loaded, offset + loaded)
      if (bytes === 0) break
      loaded += bytes
    }
    this.#from = position
    this.#to = position + loaded
    return loaded
  }
}

function openIfThere(path: string): number | null {
  try {
    return openSync(path, 'r')
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null
    throw error
  }
}

/** A header is on disk before the first batch is written: one that is broken with nothing behind it is unfinished. */
function readHeader(fd: number, path: string): SegmentHeader | 'unfinished' {
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES)
  const header = decodeSegmentHeader(bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, 0)))
  if (header === 'newer') throw new SkeinError('SKEIN_LOG_NEWER_FORMAT', { file: path })
  if (header === 'damaged' && fstatSync(fd).size <= SEGMENT_HEADER_BYTES) return 'unfinished'
  if (header !== 'damaged' && path.endsWith(segmentName(header.start.position))) return header
  throw new SkeinError('SKEIN_LOG_DAMAGED', { file: path, offset: 0 })
}
