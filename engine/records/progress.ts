/**
 * The body of a progress frame: how far a source has read, and what it left out on the way.
 *
 *  56             64                              128
 *  +--------------+-------------------------------+--------------------+
 *  | dropped (f64)| discarded by reason (f64 × 8) | cursor (its bytes) |
 *  +--------------+-------------------------------+--------------------+
 *
 * Counts are totals since the source's first record ever, not differences: reading a stretch again repeats them exactly.
 * The header's position and clock are those at the cursor.
 */
import type { Frame } from './frame.ts'
import type { FrameBatch } from './frame-batch.ts'
import { FrameKind, HEADER_BYTES } from './frame-layout.ts'
import { DISCARD_REASONS } from './reasons.ts'

/** Room for reasons to come, so that the layout stays. */
export const DISCARD_SLOTS = 8
/** A flag of the frame: somebody waits until what came before it is committed. */
export const AWAITED = 1
const DROPPED = HEADER_BYTES
const DISCARDED = DROPPED + 8
const CURSOR = DISCARDED + DISCARD_SLOTS * 8
export const MAX_CURSOR_BYTES = 32_768
export const MAX_PROGRESS_BYTES = CURSOR + MAX_CURSOR_BYTES

/** What a source counts about input that becomes no frame. */
export interface SourceTotals {
  dropped: number
  /** By index in `DISCARD_REASONS`. */
  readonly discarded: Float64Array
}

export function makeSourceTotals(): SourceTotals {
  return { dropped: 0, discarded: new Float64Array(DISCARD_SLOTS) }
}

/** Makes `frame` a progress frame; the caller sets source, position and clock. Needs room for `MAX_PROGRESS_BYTES`. */
export function writeProgress(frame: Frame, totals: SourceTotals, cursor: Uint8Array): void {
  if (cursor.length > MAX_CURSOR_BYTES)
    throw new RangeError(`a cursor of ${cursor.length} bytes; at most ${MAX_CURSOR_BYTES}`)
  frame.start(CURSOR + cursor.length, FrameKind.progress, 0)
  const { f64, u8 } = frame.memory
  f64[(frame.offset + DROPPED) >> 3] = totals.dropped
  for (let i = 0; i < DISCARD_SLOTS; i++) f64[((frame.offset + DISCARDED) >> 3) + i] = totals.discarded[i]!
  u8.set(cursor, frame.offset + CURSOR)
}

/** When and where a source read what a frame is about. */
export interface ReadAt {
  sourceId: number
  clockMs: number
  ingestedMs: number
  position: number
}

export function stampRead(frame: Frame, { sourceId, clockMs, ingestedMs, position }: ReadAt): void {
  frame.sourceId = sourceId
  frame.clock = clockMs
  frame.ingested = ingestedMs
  frame.position = position
}

/** Adds a progress frame to a batch. */
export function addProgress(
  batch: FrameBatch,
  totals: SourceTotals,
  cursor: Uint8Array,
  at: ReadAt,
  flags: number = 0,
): void {
  const frame = batch.reserve(MAX_PROGRESS_BYTES)
  writeProgress(frame, totals, cursor)
  frame.flags = flags
  stampRead(frame, at)
  batch.commit()
}

export const progressDropped = (frame: Frame): number => frame.memory.f64[(frame.offset + DROPPED) >> 3]!

export const progressDiscarded = (frame: Frame, reason: number): number =>
  frame.memory.f64[((frame.offset + DISCARDED) >> 3) + reason]!

/** A copy of the cursor's bytes. */
export const progressCursor = (frame: Frame): Uint8Array =>
  frame.memory.u8.slice(frame.offset + CURSOR, frame.offset + frame.length)

if (DISCARD_REASONS.length > DISCARD_SLOTS)
  throw new RangeError('more discard reasons than a progress frame has room for')
