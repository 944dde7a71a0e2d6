/** Finds a place in a log: by position, barrier, sequence or time; through the segments' headers, then their index. */
import { SkeinError } from '../errors.ts'
import { LOG_START, type LogMark } from './mark.ts'
import { indexPath, listSegments } from './segment-files.ts'
import { readIndex } from './segment-index.ts'
import { SegmentReader } from './segment-reader.ts'
import { scanSegment } from './segment-scan.ts'

/**
 * Where to begin: a log position between two batches; behind a barrier; at the batch that holds the first frame with this
 * sequence number or a higher one; at the batch in which the stream clock reaches a time.
 */
export type LogStart =
  | 'oldest'
  | 'end'
  | { position: number }
  | { barrier: number }
  | { sequence: number }
  | { time: number }

/**
 * The mark to begin at; the end when what is sought is yet to come.
 * Throws `SKEIN_LOG_GONE` when it is before the oldest segment, `SKEIN_LOG_OFFSET` when no batch begins at the position.
 */
export function locate(directory: string, start: LogStart): LogMark {
  const mark = search(directory, start)
  const isThere = typeof start === 'string' || !('position' in start) || mark.position === start.position
  if (!isThere) throw new SkeinError('SKEIN_LOG_OFFSET', { ...start, before: mark.position })
  return mark
}

function search(directory: string, start: LogStart): LogMark {
  const files = listSegments(directory)
  const isAtOrBefore = placeSought(start)
  let oldest: LogMark | null = null
  for (let index = files.length - 1; index >= 0; index--) {
    const segment = SegmentReader.open(files[index]!.path)
    if (segment === 'unfinished') continue
    if (segment === 'gone') return search(directory, start) // retention was quicker: look again
    try {
      oldest = segment.start
      if (isAtOrBefore(oldest)) return locateIn(directory, segment, index === files.length - 1, isAtOrBefore)
    } finally {
      segment.close()
    }
  }
  if (oldest === null) return LOG_START
  if (oldest.position === 0 || start === 'oldest') return oldest
  throw new SkeinError('SKEIN_LOG_GONE', { ...(start as object), oldest: oldest.position })
}

function locateIn(
  directory: string,
  segment: SegmentReader,
  isLast: boolean,
  isAtOrBefore: (mark: LogMark) => boolean,
): LogMark {
  const { position } = segment.start
  const entries = isLast ? null : readIndex(indexPath(directory, position), position)
  const entry = entries?.findLast(isAtOrBefore) ?? segment.start
  return scanSegment(segment, entry, isLast, isAtOrBefore)
}

/** Whether what is sought lies at or behind a mark. */
function placeSought(start: LogStart): (mark: LogMark) => boolean {
  if (start === 'oldest') return () => false
  if (start === 'end') return () => true
  if ('position' in start) return (mark) => mark.position <= start.position
  if ('barrier' in start) return (mark) => mark.barrier <= start.barrier
  if ('sequence' in start) return (mark) => mark.sequence < start.sequence
  return (mark) => mark.clock < start.time
}
