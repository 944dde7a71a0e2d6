/**
 * Reads a whole log and says whether it is as it was written: every segment, batch, frame, index and snapshot.
 *
 * Changes nothing and may run beside a writer: what is being appended meanwhile counts as a torn tail, not as damage.
 */
import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { SkeinError } from '../errors.ts'
import { Frame } from '../records/frame.ts'
import { FrameKind } from '../records/frame-layout.ts'
import type { Batch } from './batch.ts'
import type { LogMark } from './mark.ts'
import { indexPath, listSegments, type SegmentFile } from './segment-files.ts'
import { IndexBuilder, readIndex } from './segment-index.ts'
import { SegmentReader } from './segment-reader.ts'
import { hasBatchBehind, markBehind } from './segment-scan.ts'
import { listSnapshots } from './snapshot-files.ts'
import { SnapshotReader } from './snapshot-reader.ts'

export interface SegmentReport {
  file: string
  start: LogMark
  end: LogMark
  batches: number
  frames: number
  bytes: number
  /** 'none' for the segment that is still written. */
  index: 'whole' | 'missing' | 'damaged' | 'none'
}

export interface SnapshotReport {
  file: string
  position: number
  rows: number
  keys: number
  /** Null when it is whole. */
  problem: string | null
}

export interface LogReport {
  directory: string
  /** In hexadecimal; null for an empty directory. */
  logId: string | null
  segments: SegmentReport[]
  snapshots: SnapshotReport[]
  batches: number
  frames: number
  bytes: number
  /** Bytes behind the last whole batch: of a write that was cut off, or is under way. */
  tornTail: { file: string; offset: number; bytes: number } | null
  /** The first place where the log is not as it was written. Nothing behind it was looked at. */
  damage: { code: string; file: string; offset: number } | null
}

export function verifyLog(directory: string): LogReport {
  const report: LogReport = {
    directory,
    logId: null,
    segments: [],
    snapshots: listSnapshots(directory).map(({ path, position }) => snapshotReport(path, position)),
    batches: 0,
    frames: 0,
    bytes: 0,
    tornTail: null,
    damage: null,
  }
  const files = listSegments(directory)
  try {
    for (const [index, file] of files.entries()) verifySegment(file, files[index + 1], directory, report)
  } catch (error) {
    report.damage = damageOf(error)
  }
  return report
}

function verifySegment(file: SegmentFile, next: SegmentFile | undefined, directory: string, report: LogReport): void {
  const isLast = next === undefined
  const segment = SegmentReader.open(file.path)
  if (segment === 'gone' || (segment === 'unfinished' && isLast)) return
  if (segment === 'unfinished') throw new SkeinError('SKEIN_LOG_DAMAGED', { file: file.path, offset: 0 })
  try {
    checkPlace(segment, report)
    const found = readBatches(segment, isLast, report)
    const { index, end } = found
    if (!isLast && end.position !== next.start) throw segment.damagedAt(end.position)
    report.segments.push({
      file: basename(file.path),
      start: segment.start,
      end,
      batches: found.batches,
      frames: found.frames,
      bytes: end.position - file.start,
      index: isLast ? 'none' : indexState(indexPath(directory, file.start), index),
    })
  } finally {
    segment.close()
  }
}

/** A segment says itself of which log it is; the one before must have ended where it begins. */
function checkPlace(segment: SegmentReader, report: LogReport): void {
  const logId = Buffer.from(segment.header.logId).toString('hex')
  const before = report.segments.at(-1)?.end ?? segment.start
  if ((report.logId ?? logId) !== logId || !isSameMark(before, segment.start))
    throw segment.damagedAt(segment.start.position)
  report.logId = logId
}

function readBatches(
  segment: SegmentReader,
  isLast: boolean,
  report: LogReport,
): { index: IndexBuilder; end: LogMark; batches: number; frames: number } {
  const index = new IndexBuilder(segment.start)
  let end = segment.start
  let batches = 0
  let frames = 0
  for (;;) {
    const state = segment.read(end.position)
    if (state === 'nothing') break
    if (state === 'broken') {
      if (!isLast || hasBatchBehind(segment, end.position)) throw segment.damagedAt(end.position)
      const offset = segment.offsetOf(end.position)
      report.tornTail = { file: segment.path, offset, bytes: segment.endPosition - end.position }
      break
    }
    if (!areFramesInOrder(segment.batch)) throw segment.damagedAt(end.position)
    end = markBehind(segment, end)
    index.add(end)
    batches++
    frames += segment.batch.frames
    report.batches++
    report.frames += segment.batch.frames
    report.bytes += segment.batch.length
  }
  return { index, end, batches, frames }
}

/** Whether a batch's frames fill it exactly, rise in sequence, and end with its barrier. */
function areFramesInOrder(batch: Batch): boolean {
  const frame = new Frame(batch.memory).at(batch.start)
  let sequence = batch.firstSequence
  let frames = 1
  for (; frame.offset < batch.barrierStart; frame.offset += frame.stride) {
    const isInOrder = frame.sequence >= sequence && frame.sequence <= batch.lastSequence
    if (frame.length <= 0 || frame.kind === FrameKind.barrier || !isInOrder) return false
    sequence = frame.sequence
    frames++
  }
  const endsWithBarrier = frame.offset === batch.barrierStart && frame.kind === FrameKind.barrier
  return endsWithBarrier && frame.offset + frame.stride === batch.end && frames === batch.frames
}

function isSameMark(a: LogMark, b: LogMark): boolean {
  return a.position === b.position && a.barrier === b.barrier && a.sequence === b.sequence && a.clock === b.clock
}

function indexState(path: string, index: IndexBuilder): SegmentReport['index'] {
  const entries = readIndex(path, index.entries[0]!.position)
  if (entries === null) return existsSync(path) ? 'damaged' : 'missing'
  const isSame =
    entries.length === index.entries.length && entries.every((entry, i) => isSameMark(entry, index.entries[i]!))
  return isSame ? 'whole' : 'damaged'
}

function snapshotReport(path: string, position: number): SnapshotReport {
  const file = basename(path)
  try {
    const snapshot = new SnapshotReader(path)
    snapshot.close()
    return { file, position, rows: snapshot.rowCount, keys: snapshot.keyCount, problem: null }
  } catch (error) {
    return { file, position, rows: 0, keys: 0, problem: SkeinError.from(error).code }
  }
}

function damageOf(error: unknown): NonNullable<LogReport['damage']> {
  if (!(error instanceof SkeinError)) throw error
  const { file = '', offset = 0 } = error.details as { file?: string; offset?: number }
  return { code: error.code, file, offset }
}
