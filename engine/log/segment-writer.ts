/**
 * The segment that is being written: one file, appended to in whole writes.
 *
 * A write that fails leaves the file where it was, at once or before the next write. Blocks on the disk.
 */
import { closeSync, fdatasyncSync, fstatSync, ftruncateSync, openSync, rmSync, statSync } from 'node:fs'
import { SkeinError } from '../errors.ts'
import { isErrno, isSystemError, onDisk, syncDirectory, writeFully } from './disk.ts'
import type { LogMark } from './mark.ts'
import { indexPath, segmentPath } from './segment-files.ts'
import { IndexBuilder, writeIndex } from './segment-index.ts'
import { encodeSegmentHeader, SEGMENT_HEADER_BYTES } from './segment-layout.ts'

export class SegmentWriter {
  readonly path: string
  readonly start: LogMark
  readonly index: IndexBuilder
  readonly #directory: string
  readonly #fd: number
  /** How long the file is, but for what a failed write may have left behind it. */
  #length: number
  #hasLeftover = false

  private constructor(directory: string, fd: number, index: IndexBuilder, length: number) {
    this.#directory = directory
    this.#fd = fd
    this.index = index
    this.start = index.entries[0]!
    this.path = segmentPath(directory, this.start.position)
    this.#length = length
  }

  /** Begins a segment at `start`. Its header is on disk before any batch is written. */
  static create(directory: string, logId: Uint8Array, start: LogMark, created: number): SegmentWriter {
    const path = segmentPath(directory, start.position)
    return onDisk(path, () => {
      const fd = openNew(path)
      try {
        writeFully(fd, encodeSegmentHeader({ logId, start, created }), SEGMENT_HEADER_BYTES, 0)
        fdatasyncSync(fd)
        syncDirectory(directory)
        return new SegmentWriter(directory, fd, new IndexBuilder(start), SEGMENT_HEADER_BYTES)
      } catch (error) {
        closeSync(fd)
        throw error
      }
    })
  }

  /** Goes on with a segment that ends at log position `end`. */
  static reopen(directory: string, index: IndexBuilder, end: number): SegmentWriter {
    const start = index.entries[0]!.position
    const path = segmentPath(directory, start)
    const fd = onDisk(path, () => openSync(path, 'r+'))
    return new SegmentWriter(directory, fd, index, SEGMENT_HEADER_BYTES + end - start)
  }

  get length(): number {
    return this.#length
  }

  get isEmpty(): boolean {
    return this.#length === SEGMENT_HEADER_BYTES
  }

  /** Puts `bytes[0, length)` on disk behind what is there. Throws `SKEIN_LOG_DISK`, `SKEIN_LOG_STALE_WRITER`. */
  append(bytes: Uint8Array, length: number): void {
    onDisk(this.path, () => {
      this.#cutLeftover()
      const { size } = fstatSync(this.#fd)
      if (size !== this.#length) {
        throw new SkeinError('SKEIN_LOG_STALE_WRITER', { path: this.path, bytes: size, expected: this.#length })
      }
      try {
        writeFully(this.#fd, bytes, length, this.#length)
        fdatasyncSync(this.#fd)
      } catch (error) {
        this.#hasLeftover = true
        this.#tryToCutLeftover()
        throw error
      }
      this.#length += length
    })
  }

  /** Ends the segment at log position `end`; nothing is appended to it any more. */
  seal(end: number): void {
    onDisk(this.path, () => this.#cutLeftover())
    try {
      writeIndex(indexPath(this.#directory, this.start.position), this.index.entries, end)
    } catch (error) {
      // An index is a copy, made again when it is missing: it never stands in the way of a commit.
      if (!isSystemError(error)) throw error
    }
  }

  close(): void {
    closeSync(this.#fd)
  }

  #cutLeftover(): void {
    if (!this.#hasLeftover) return
    ftruncateSync(this.#fd, this.#length)
    this.#hasLeftover = false
  }

  /** A disk that has just failed may refuse this as well: then it is done before the next write, or at the next open. */
  #tryToCutLeftover(): void {
    try {
      this.#cutLeftover()
    } catch (error) {
      if (!isSystemError(error)) throw error
    }
  }
}

function openNew(path: string): number {
  try {
    return openSync(path, 'wx+')
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error
    // Left by an attempt that failed half-way. With a batch in it, it is another writer's.
    const { size } = statSync(path)
    if (size > SEGMENT_HEADER_BYTES) throw new SkeinError('SKEIN_LOG_STALE_WRITER', { path, bytes: size })
    rmSync(path)
    return openSync(path, 'wx+')
  }
}
