/**
 * Appends batches to the log. One writer: the process that holds the directory's lock, in one thread, which blocks on the disk.
 *
 * Guarantee: when `append` has returned, the batch is on disk and stays there. When it has thrown, the log ends where it
 * ended before; `SKEIN_LOG_DISK` means that the same batch may be tried again once there is space.
 * Costs one write and one fdatasync a batch; when a segment is full, a new file as well.
 */
import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { SkeinError } from '../errors.ts'
import { type Barrier, decodeBarrier, NO_BARRIER, readBarrier } from '../records/barrier.ts'
import { Frame } from '../records/frame.ts'
import { Batch } from './batch.ts'
import type { BatchBuffer } from './batch-buffer.ts'
import * as L from './batch-layout.ts'
import { makeDirectory, onDisk } from './disk.ts'
import { rebuildIndexes } from './index-rebuild.ts'
import type { LogMark } from './mark.ts'
import { type CutTail, recoverLog } from './recovery.ts'
import { LOG_ID_BYTES } from './segment-layout.ts'
import { SegmentWriter } from './segment-writer.ts'

export interface LogWriterOptions {
  /** A segment is sealed when the next batch would make it longer than this. */
  segmentBytes?: number
  /** Names this run of the process in every batch. */
  runId?: number
  /** The processing group's present epoch: a commit of another one is refused. Without it, none is. */
  currentEpoch?: () => number
  now?: () => number
}

/** What the journal says of a batch, for the log to check. */
export interface Commit {
  /** The number of the first barrier that the batch covers: one more than the log's last. */
  firstBarrier: number
  epoch: number
}

export const DEFAULT_SEGMENT_BYTES = 1 << 26

export class LogWriter {
  readonly directory: string
  /** Random, in hexadecimal; the same for as long as the log lives. */
  readonly logId: string
  /** The torn tail that was cut off when the log was opened; null when there was none. */
  readonly cut: CutTail | null
  readonly #options: LogWriterOptions
  readonly #id: Uint8Array
  readonly #logSeed: number
  #segment: SegmentWriter
  #end: LogMark
  #lastBarrier: Barrier

  private constructor(directory: string, options: LogWriterOptions) {
    const { logId, segment, end, barrier, cut } = recoverLog(directory)
    this.directory = directory
    this.#id = logId ?? randomBytes(LOG_ID_BYTES)
    this.logId = Buffer.from(this.#id).toString('hex')
    this.cut = cut
    this.#options = options
    this.#logSeed = crc32(this.#id)
    this.#end = end
    this.#lastBarrier = barrier === null ? NO_BARRIER : decodeBarrier(barrier)
    this.#segment = segment === null ? this.#nextSegment() : SegmentWriter.reopen(directory, segment, end.position)
  }

  /**
   * Opens the log in `directory`, or begins one. The caller holds the directory's lock.
   * Throws `SKEIN_LOG_DAMAGED` and `SKEIN_LOG_NEWER_FORMAT` having changed nothing, `SKEIN_LOG_DISK`.
   */
  static open(directory: string, options: LogWriterOptions = {}): LogWriter {
    return onDisk(directory, () => {
      makeDirectory(directory)
      const writer = new LogWriter(directory, options)
      rebuildIndexes(directory)
      return writer
    })
  }

  /** Where the log ends. */
  get end(): Readonly<LogMark> {
    return this.#end
  }

  get position(): number {
    return this.#end.position
  }

  get lastBarrier(): Barrier {
    return this.#lastBarrier
  }

  /**
   * Puts a batch on disk. Returns the log's new end.
   * Throws `SKEIN_LOG_BARRIER`, `SKEIN_LOG_STALE_WRITER`, `SKEIN_LOG_DISK`; the log is then as it was.
   */
  append(buffer: BatchBuffer, commit: Commit): number {
    this.#checkEpoch(commit.epoch)
    const barrier = this.#checkedBarrier(buffer, commit.firstBarrier)
    if (this.#isFull(buffer.length)) this.#rotate()
    this.#writeHeader(buffer, barrier, commit)
    this.#segment.append(buffer.memory.u8, buffer.length)
    this.#lastBarrier = barrier
    this.#end = {
      position: this.#end.position + buffer.length,
      barrier: barrier.number,
      sequence: barrier.sequence,
      clock: barrier.clock,
    }
    this.#segment.index.add(this.#end)
    return this.#end.position
  }

  close(): void {
    this.#segment.close()
  }

  #checkEpoch(epoch: number): void {
    const current = this.#options.currentEpoch?.() ?? epoch
    if (epoch !== current) throw new SkeinError('SKEIN_LOG_STALE_WRITER', { epoch, current })
  }

  /** The barrier that ends the batch, which must follow the log's last. */
  #checkedBarrier(buffer: BatchBuffer, first: number): Barrier {
    const expected = this.#end.barrier + 1
    if (buffer.barrierStart < 0) throw new SkeinError('SKEIN_LOG_BARRIER', { expected, first, last: 'none' })
    const barrier = readBarrier(new Frame(buffer.memory).at(buffer.barrierStart))
    const { number: last, sequence } = barrier
    if (first !== expected || last < first || sequence < this.#end.sequence) {
      throw new SkeinError('SKEIN_LOG_BARRIER', { expected, first, last, sequence, after: this.#end.sequence })
    }
    return barrier
  }

  #writeHeader(buffer: BatchBuffer, barrier: Barrier, { firstBarrier, epoch }: Commit): void {
    const { i32, f64 } = buffer.memory
    i32.fill(0, 0, L.BATCH_HEADER_BYTES >> 2)
    i32[L.MAGIC >> 2] = L.BATCH_MAGIC
    i32[L.LENGTH >> 2] = buffer.length
    i32[L.VERSION >> 2] = L.BATCH_VERSION
    i32[L.EPOCH >> 2] = epoch
    i32[L.FRAMES >> 2] = buffer.frames
    i32[L.BARRIER_BYTES >> 2] = buffer.length - buffer.barrierStart
    f64[L.RUN_ID >> 3] = this.#options.runId ?? 0
    f64[L.FIRST_BARRIER >> 3] = firstBarrier
    f64[L.LAST_BARRIER >> 3] = barrier.number
    f64[L.FIRST_SEQUENCE >> 3] = this.#end.sequence + 1
    f64[L.LAST_SEQUENCE >> 3] = barrier.sequence
    f64[L.CLOCK >> 3] = barrier.clock
    i32[L.CRC >> 2] = new Batch(buffer.memory, 0, this.#end.position).checksum(this.#logSeed)
  }

  #isFull(bytes: number): boolean {
    const { segmentBytes = DEFAULT_SEGMENT_BYTES } = this.#options
    return !this.#segment.isEmpty && this.#segment.length + bytes > segmentBytes
  }

  #rotate(): void {
    const sealed = this.#segment
    sealed.seal(this.#end.position)
    this.#segment = this.#nextSegment()
    sealed.close()
  }

  #nextSegment(): SegmentWriter {
    const created = (this.#options.now ?? Date.now)()
    return SegmentWriter.create(this.directory, this.#id, this.#end, created)
  }
}
