/**
 * Opens a log that may have been cut off in the middle of a write, before anybody appends to it.
 *
 *   sealed segments        each ends where the next begins, else damage; their batches are checked when they are read
 *   last segment           every batch is checked, front to back
 *   a batch that fails     with a whole batch behind it: damage, refused. With none: a torn tail, cut off
 *
 * Only the last batch can be torn, for a batch is written only when the one before it is on disk. What was whole but
 * perhaps not yet on disk is synced before it counts.
 */
import { closeSync, fdatasyncSync, ftruncateSync, openSync, rmSync, statSync } from 'node:fs'
import { SkeinError } from '../errors.ts'
import type { Batch } from './batch.ts'
import { syncDirectory } from './disk.ts'
import { LOG_START, type LogMark } from './mark.ts'
import { listSegments, type SegmentFile } from './segment-files.ts'
import { IndexBuilder } from './segment-index.ts'
import { SEGMENT_HEADER_BYTES } from './segment-layout.ts'
import { SegmentReader } from './segment-reader.ts'
import { hasBatchBehind, scanSegment } from './segment-scan.ts'
import { listSnapshots } from './snapshot-files.ts'

export interface RecoveredLog {
  /** Null for a log without segments. */
  logId: Uint8Array | null
  /** The index so far of the segment to go on with; null when a new segment is needed. */
  segment: IndexBuilder | null
  end: LogMark
  /** The last barrier's frame; null when the log has none. */
  barrier: Uint8Array | null
  cut: CutTail | null
}

/** A torn tail that was cut off: how many bytes, from where in which file. */
export interface CutTail {
  file: string
  offset: number
  bytes: number
}

export function recoverLog(directory: string): RecoveredLog {
  const files = listSegments(directory)
  const recovered: RecoveredLog = { logId: null, segment: null, end: LOG_START, barrier: null, cut: null }
  checkBeginning(directory, files)
  checkSealed(files)
  if (files.length > 0 && isUnfinished(files.at(-1)!)) {
    rmSync(files.pop()!.path)
    syncDirectory(directory)
  }
  const last = files.at(-1)
  if (last === undefined) return recovered
  recoverLast(last, recovered)
  if (recovered.barrier === null && recovered.end.barrier > 0) {
    recovered.barrier = lastBarrier(last, files.at(-2))
  }
  return recovered
}

/** Retention leaves what the newest snapshot can be gone on from: a log that begins elsewhere has lost its beginning. */
function checkBeginning(directory: string, files: readonly SegmentFile[]): void {
  const [first] = files
  if (first === undefined || first.start === 0) return
  const hasSnapshot = listSnapshots(directory).some(({ position }) => position >= first.start)
  if (!hasSnapshot)
    throw new SkeinError('SKEIN_LOG_DAMAGED', { file: first.path, offset: 0, missing: `before ${first.start}` })
}

/** Each segment but the last must be there to its end, and belong to the same log. */
function checkSealed(files: readonly SegmentFile[]): void {
  let logSeed: number | null = null
  for (const [index, file] of files.entries()) {
    const next = files[index + 1]
    if (next === undefined) return
    const segment = openWhole(file)
    segment.close()
    logSeed ??= segment.logSeed
    if (segment.logSeed !== logSeed) throw segment.damagedAt(file.start)
    const end = file.start + statSync(file.path).size - SEGMENT_HEADER_BYTES
    if (end !== next.start) throw segment.damagedAt(Math.min(end, next.start))
  }
}

function isUnfinished(file: SegmentFile): boolean {
  const segment = SegmentReader.open(file.path)
  if (typeof segment === 'string') return true
  segment.close()
  return false
}

function openWhole(file: SegmentFile): SegmentReader {
  const segment = SegmentReader.open(file.path)
  if (typeof segment === 'string') throw new SkeinError('SKEIN_LOG_DAMAGED', { file: file.path, offset: 0 })
  return segment
}

function recoverLast(file: SegmentFile, recovered: RecoveredLog): void {
  const segment = openWhole(file)
  const fd = openSync(file.path, 'r+')
  try {
    const index = new IndexBuilder(segment.start)
    recovered.end = scanSegment(segment, segment.start, true, (mark) => {
      index.add(mark)
      recovered.barrier = barrierOf(segment.batch)
      return true
    })
    recovered.cut = cutTail(segment, fd, recovered.end.position)
    recovered.logId = segment.header.logId
    recovered.segment = index
    fdatasyncSync(fd)
  } finally {
    closeSync(fd)
    segment.close()
  }
}

/** Cuts off what stands behind the last whole batch. */
function cutTail(segment: SegmentReader, fd: number, end: number): CutTail | null {
  const bytes = segment.endPosition - end
  if (bytes === 0) return null
  if (hasBatchBehind(segment, end)) throw segment.damagedAt(end)
  const offset = segment.offsetOf(end)
  ftruncateSync(fd, offset)
  return { file: segment.path, offset, bytes }
}

/** Of a log whose last segment holds no batch yet. */
function lastBarrier(last: SegmentFile, previous: SegmentFile | undefined): Uint8Array {
  if (previous === undefined)
    throw new SkeinError('SKEIN_LOG_DAMAGED', { file: last.path, offset: SEGMENT_HEADER_BYTES })
  const segment = openWhole(previous)
  try {
    let barrier = new Uint8Array(0)
    scanSegment(segment, segment.start, false, () => {
      barrier = barrierOf(segment.batch)
      return true
    })
    return barrier
  } finally {
    segment.close()
  }
}

function barrierOf(batch: Batch): Uint8Array<ArrayBuffer> {
  return batch.memory.u8.slice(batch.barrierStart, batch.end) as Uint8Array<ArrayBuffer>
}
