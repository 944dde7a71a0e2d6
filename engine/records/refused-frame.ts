/**
 * A frame that a later stage cannot take, as a dead letter with the frame's own bytes: its source's input is no longer at
 * hand there. Number, clock, source, position and ingest time stay the frame's.
 */
import { addDeadLetter } from './dead-letter.ts'
import { Frame } from './frame.ts'
import { FrameBatch } from './frame-batch.ts'
import { FrameKind } from './frame-layout.ts'
import type { DeadLetterReason, Stage } from './reasons.ts'

/** In memory of its own; a frame that is a dead letter already becomes one with this reason. */
export function refuseFrame(
  frame: Frame,
  reason: DeadLetterReason,
  stage: Stage,
  detail: string,
  origin: string,
): Frame {
  const batch = new FrameBatch()
  const input = frame.memory.u8.slice(frame.offset, frame.offset + frame.length)
  addDeadLetter(batch, { reason, stage, detail, origin, offset: -1, line: 0, row: -1 }, input, 0, input.length)
  const letter = new Frame(batch.memory).at(0)
  letter.kind = FrameKind.deadLetter
  letter.sourceId = frame.sourceId
  letter.sequence = frame.sequence
  letter.time = frame.time
  letter.clock = frame.clock
  letter.ingested = frame.ingested
  letter.position = frame.position
  return letter
}
