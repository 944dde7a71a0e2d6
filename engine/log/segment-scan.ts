/** What opening, seeking, indexing and verifying share: going through a segment batch by batch. */
import { FrameMemory } from '../memory/frame-memory.ts'
import { Batch } from './batch.ts'
import { BATCH_HEADER_BYTES } from './batch-layout.ts'
import type { LogMark } from './mark.ts'
import type { SegmentReader } from './segment-reader.ts'

/** The mark behind the batch that was read last, which must go on from the mark `before`. */
export function markBehind(segment: SegmentReader, before: LogMark): LogMark {
  const { batch } = segment
  const goesOn = batch.firstBarrier === before.barrier + 1 && batch.firstSequence === before.sequence + 1
  if (!goesOn) throw segment.damagedAt(batch.position)
  return { position: batch.endPosition, barrier: batch.lastBarrier, sequence: batch.lastSequence, clock: batch.clock }
}

/**
 * Goes from batch to batch, calling `visit` with the mark behind each while it returns true. Returns the last mark it
 * accepted. A batch that fails its checks ends the scan of a log's last segment, whose tail may be torn or being written;
 * in any other it throws `SKEIN_LOG_DAMAGED`.
 */
export function scanSegment(
  segment: SegmentReader,
  from: LogMark,
  isLast: boolean,
  visit: (mark: LogMark) => boolean,
): LogMark {
  let mark = from
  for (;;) {
    const found = segment.read(mark.position)
    if (found === 'broken' && !isLast) throw segment.damagedAt(mark.position)
    if (found !== 'batch') return mark
    const behind = markBehind(segment, mark)
    if (!visit(behind)) return mark
    mark = behind
  }
}

/** Whether any whole batch begins behind `position`. */
export function hasBatchBehind(segment: SegmentReader, position: number): boolean {
  const bytes = segment.endPosition - position
  const memory = FrameMemory.allocate(bytes)
  segment.readInto(memory.u8.subarray(0, bytes), position)
  const batch = new Batch(memory)
  for (let offset = 8; offset + BATCH_HEADER_BYTES < bytes; offset += 8) {
    batch.offset = offset
    batch.position = position + offset
    if (batch.isPlausible(bytes - offset) && batch.isIntact(segment.logSeed)) return true
  }
  return false
}
