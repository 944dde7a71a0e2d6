/**
 * Dead letters: input that was refused, kept with its original bytes, the reason, and where it stood.
 *
 * At most `MAX_KEPT_BYTES` of it are kept; the full length and the digest of all of it tell whether that is everything.
 */
import { createHash } from 'node:crypto'
import { bytes, enumeration, f64, i32, string, text } from './fields.ts'
import type { FrameBatch } from './frame-batch.ts'
import { FrameKind } from './frame-layout.ts'
import { type ReadAt, stampRead } from './progress.ts'
import { DEAD_LETTER_REASONS, type DeadLetterReason, STAGES, type Stage } from './reasons.ts'
import { defineSchema } from './schema.ts'

export const MAX_KEPT_BYTES = 65_536

export const deadLetter = defineSchema({
  name: 'dead_letter',
  id: 1,
  version: 1,
  doc: 'Input that was refused, with its original bytes.',
  key: 'origin',
  deduplicated: false,
  goesStale: false,
  fields: {
    reason: enumeration(DEAD_LETTER_REASONS, { doc: 'Why it was refused.' }),
    stage: enumeration(STAGES, { doc: 'Which part refused it.' }),
    attempts: i32({ doc: 'How often it was tried.' }),
    offset: f64({ doc: 'Byte offset in its file, decompressed; -1 where there is none.' }),
    line: i32({ doc: 'Line in its file, from 1; 0 where there is none.' }),
    row: i32({ doc: 'Index of the row in its body, from 0; -1 when the whole body was refused.' }),
    full_bytes: f64({ doc: 'Length of the input; more than was kept when it was very long.' }),
    sha256: string(64, { doc: 'Digest of the whole input, hexadecimal.' }),
    origin: text({ doc: 'The file or address that it came from.' }),
    detail: text({ doc: 'What exactly was wrong.' }),
    input: bytes({ doc: 'The original bytes, at most 64 KiB.' }),
  },
})

/** The longest dead letter that `addDeadLetter` can make: kept bytes, an origin and a detail of 1 KiB each. */
export const MAX_DEAD_LETTER_BYTES = deadLetter.fixedBytes + MAX_KEPT_BYTES + 2 * 1024

export interface Refusal {
  reason: DeadLetterReason
  stage: Stage
  detail: string
  origin: string
  offset: number
  line: number
  row: number
  /** When the input is longer than `source[start, end)`. */
  fullBytes?: number
  /** Of the whole input, when the caller has seen more of it than it passes here. */
  sha256?: string
}

/**
 * Adds the dead letter of `source[start, end)` to a batch; without `at`, header fields beyond kind and key are the caller's.
 */
export function addDeadLetter(
  batch: FrameBatch,
  refusal: Refusal,
  source: Uint8Array,
  start: number,
  end: number,
  at?: ReadAt,
): void {
  const f = deadLetter.fields
  const frame = batch.reserve(MAX_DEAD_LETTER_BYTES)
  deadLetter.start(frame, FrameKind.deadLetter)
  f.reason.set(frame, refusal.reason)
  f.stage.set(frame, refusal.stage)
  f.attempts.set(frame, 1)
  f.offset.set(frame, refusal.offset)
  f.line.set(frame, refusal.line)
  f.row.set(frame, refusal.row)
  f.full_bytes.set(frame, refusal.fullBytes ?? end - start)
  f.sha256.set(frame, refusal.sha256 ?? createHash('sha256').update(source.subarray(start, end)).digest('hex'))
  const origin = Buffer.from(refusal.origin).subarray(0, 1024)
  deadLetter.setKey(frame, origin, 0, origin.length)
  const detail = Buffer.from(refusal.detail).subarray(0, 1024)
  f.detail.setBytes(frame, detail, 0, detail.length)
  f.input.setBytes(frame, source, start, Math.min(end, start + MAX_KEPT_BYTES))
  if (at !== undefined) {
    frame.time = at.clockMs
    stampRead(frame, at)
  }
  batch.commit()
}
