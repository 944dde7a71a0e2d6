/**
 * Reads a log's batches in order from its files. Takes no locks: any number of readers, in any process.
 *
 * Guarantee: batches come whole, checked and without a gap, or an error says why not. A reader inside the engine passes how
 * far the log is committed and gets nothing beyond; one outside gets what is whole, which may be a moment ahead of the disk.
 * Retention does not disturb a reader in the segment that it has open; whoever is further behind gets `SKEIN_LOG_GONE`.
 */
import { SkeinError } from '../errors.ts'
import type { FrameMemory } from '../memory/frame-memory.ts'
import type { Batch } from './batch.ts'
import { type LogStart, locate } from './locate.ts'
import { listSegments, segmentPath } from './segment-files.ts'
import { SegmentReader } from './segment-reader.ts'
import { hasBatchBehind } from './segment-scan.ts'

export class LogReader {
  readonly directory: string
  #position: number
  #segment: SegmentReader | null = null
  #memory: FrameMemory | null = null

  constructor(directory: string, position: number) {
    this.directory = directory
    this.#position = position
  }

  /** Throws `SKEIN_LOG_GONE` when the place is before the oldest segment. */
  static open(directory: string, start: LogStart): LogReader {
    return new LogReader(directory, locate(directory, start).position)
  }

  /** Where the next batch begins. */
  get position(): number {
    return this.#position
  }

  seek(position: number): void {
    this.#leaveSegment()
    this.#position = position
  }

  /**
   * The next batch, valid until the next call; null when there is none before `limit`.
   * Throws `SKEIN_LOG_DAMAGED`, `SKEIN_LOG_GONE`, `SKEIN_LOG_NEWER_FORMAT`.
   */
  next(limit: number = Number.POSITIVE_INFINITY): Batch | null {
    while (this.#position < limit) {
      this.#segment ??= this.#openSegment()
      const segment = this.#segment
      if (segment === null) return null
      const found = segment.read(this.#position, limit)
      if (found === 'batch') {
        this.#position = segment.batch.endPosition
        return segment.batch
      }
      const isOutside = limit === Number.POSITIVE_INFINITY
      if (found === 'broken' && !this.#isWholeNow(segment, isOutside)) return null
      if (found === 'nothing' && !this.#moveOn(segment, isOutside)) return null
    }
    return null
  }

  close(): void {
    this.#leaveSegment()
  }

  /** Whether a second look finds whole what was just being written. Throws when it is damaged. */
  #isWholeNow(segment: SegmentReader, isOutside: boolean): boolean {
    const isPassed = !isOutside || !this.#isLast(segment) || hasBatchBehind(segment, this.#position)
    segment.refresh()
    const found = segment.read(this.#position)
    if (found === 'broken' && isPassed) throw segment.damagedAt(this.#position)
    return found === 'batch'
  }

  #isLast(segment: SegmentReader): boolean {
    return listSegments(this.directory).at(-1)?.start === segment.start.position
  }

  /** At the end of a segment: whether there is more to read now, in the next one or in this one after all. */
  #moveOn(segment: SegmentReader, isOutside: boolean): boolean {
    const files = listSegments(this.directory)
    if (segment.start.position !== this.#position && files.some(({ start }) => start === this.#position)) {
      const next = SegmentReader.open(segmentPath(this.directory, this.#position))
      if (next === 'unfinished' && isOutside) return false
      if (next instanceof SegmentReader) {
        this.#leaveSegment()
        this.#segment = next
        return true
      }
    }
    if (isOutside && (files.at(-1)?.start ?? 0) <= this.#position) return false
    // The log goes on further behind. Our segment may have grown since we looked; else what should be here is missing.
    segment.refresh()
    if (segment.read(this.#position) !== 'nothing') return true
    const oldest = listSegments(this.directory)[0]?.start ?? 0
    if (oldest > this.#position) throw new SkeinError('SKEIN_LOG_GONE', { position: this.#position, oldest })
    throw segment.damagedAt(this.#position)
  }

  /** The segment that holds the present position; null when the log has not begun. */
  #openSegment(): SegmentReader | null {
    for (;;) {
      const files = listSegments(this.directory)
      if (files.length === 0 && this.#position === 0) return null
      const file = files.findLast(({ start }) => start <= this.#position)
      if (file === undefined) {
        throw new SkeinError('SKEIN_LOG_GONE', { position: this.#position, oldest: files[0]?.start ?? 'none' })
      }
      const segment = SegmentReader.open(file.path, this.#memory)
      if (segment === 'unfinished') return null
      if (segment === 'gone') continue // retention was quicker: look again
      return segment
    }
  }

  #leaveSegment(): void {
    this.#memory = this.#segment?.close() ?? this.#memory
    this.#segment = null
  }
}
