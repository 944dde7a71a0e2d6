/**
 * Deletes what is old: whole sealed segments, oldest first, so that what is left is always one stretch up to the end.
 *
 *   │◄── deletable ──►│◄────── kept ──────────────────────────►│
 *   ├────────┬────────┼────────┬────────┬────────┬─────────────┤ end
 *   oldest            keepFrom: newest snapshot, slowest durable reader; the last two segments always stay
 *
 * Readers are asked nothing: one that has a deleted segment open reads on in it. Past the disk budget something that must be
 * kept holds too much: that is for the caller to say loudly, and to stop its sources, rather than lose a record.
 */
import { rmSync, statSync } from 'node:fs'
import { onDisk, syncDirectory } from './disk.ts'
import { indexPath, listSegments, segmentPath } from './segment-files.ts'
import { SegmentReader } from './segment-reader.ts'

export interface RetentionLimits {
  /** Deletes while there is more log than this. */
  maxBytes: number
  /** Deletes segments whose newest batch was written longer ago than this. */
  maxAgeMs: number
  /** What the log may take up at most, whoever is behind. At least `maxBytes`. */
  budgetBytes: number
}

/** A sealed segment as retention sees it. */
export interface RetainedSegment {
  start: number
  end: number
  bytes: number
  /** When the next segment was begun, wall clock: nothing in this one is younger. */
  sealedMs: number
}

export interface RetentionResult {
  deletedSegments: number
  deletedBytes: number
  /** Bytes of log left. */
  bytes: number
  state: 'ok' | 'over-budget'
}

/** The segments that may go, oldest first, of a log with `totalBytes` that was last looked at `nowMs`. */
export function planRetention(
  sealed: readonly RetainedSegment[],
  totalBytes: number,
  limits: RetentionLimits,
  keepFrom: number,
  nowMs: number,
): RetainedSegment[] {
  const deletable: RetainedSegment[] = []
  let bytes = totalBytes
  for (const segment of sealed) {
    const isTooMuch = bytes > limits.maxBytes
    const isTooOld = nowMs - segment.sealedMs > limits.maxAgeMs
    if (segment.end > keepFrom || !(isTooMuch || isTooOld)) break
    deletable.push(segment)
    bytes -= segment.bytes
  }
  return deletable
}

/** Deletes what may go. `keepFrom` is the lowest log position that somebody still needs. Throws `SKEIN_LOG_DISK`. */
export function enforceRetention(
  directory: string,
  limits: RetentionLimits,
  keepFrom: number,
  nowMs: number,
): RetentionResult {
  return onDisk(directory, () => {
    const { sealed, totalBytes } = surveySegments(directory)
    const deletable = planRetention(sealed, totalBytes, limits, keepFrom, nowMs)
    let deletedBytes = 0
    for (const { start, bytes } of deletable) {
      rmSync(indexPath(directory, start), { force: true })
      rmSync(segmentPath(directory, start), { force: true })
      // One by one, so that power loss cannot bring an older one back without the newer: that would be a gap.
      syncDirectory(directory)
      deletedBytes += bytes
    }
    const bytes = totalBytes - deletedBytes
    const state = bytes > limits.budgetBytes ? 'over-budget' : 'ok'
    return { deletedSegments: deletable.length, deletedBytes, bytes, state }
  })
}

/** The segments that retention may consider, oldest first: all but the last two. */
export function surveySegments(directory: string): { sealed: RetainedSegment[]; totalBytes: number } {
  const files = listSegments(directory)
  const sealed: RetainedSegment[] = []
  let totalBytes = 0
  for (const [index, { path, start }] of files.entries()) {
    const bytes = statSync(path).size
    totalBytes += bytes
    // The last but one stays too: while the last holds no batch, the log's last barrier is in it.
    const next = files[index + 1]
    if (next === undefined || index + 2 === files.length) continue
    sealed.push({ start, end: next.start, bytes, sealedMs: createdAt(next.path) })
  }
  return { sealed, totalBytes }
}

function createdAt(path: string): number {
  const segment = SegmentReader.open(path)
  if (typeof segment === 'string') return Number.POSITIVE_INFINITY
  segment.close()
  return segment.header.created
}
