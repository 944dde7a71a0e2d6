/** Staged lanes made by hand, and what a batch holds. */
import { BatchBuffer } from '../../../engine/log/batch-buffer.ts'
import { FrameMemory } from '../../../engine/memory/frame-memory.ts'
import {
  barrierBytes,
  Frame,
  FrameKind,
  type FrameKindCode,
  makeSourceState,
  writeBarrier,
} from '../../../engine/records/index.ts'
import { flight } from '../../../schemas/flight.ts'

export interface MadeFrame {
  sequence: number
  key: string
  kind?: FrameKindCode
}

export function frameOf({ sequence, key, kind = FrameKind.record }: MadeFrame): Frame {
  const frame = new Frame(FrameMemory.allocate(512))
  flight.start(frame, kind)
  flight.setKey(frame, Buffer.from(key), 0, key.length)
  frame.sequence = sequence
  return frame
}

export function barrierOf(number: number, sourceIds: number[]): Frame {
  const sources = sourceIds.map(makeSourceState)
  const frame = new Frame(FrameMemory.allocate(barrierBytes(sources)))
  writeBarrier(frame, { number, sequence: 0, clock: 0, sources })
  return frame
}

/** A lane whose frames are staged up to a barrier. */
export function laneOf(frames: readonly MadeFrame[], barrier: Frame = barrierOf(1, [1])): { staging: BatchBuffer } {
  const staging = new BatchBuffer(1024)
  for (const made of frames) staging.add(frameOf(made))
  staging.add(barrier)
  return { staging }
}

export function framesIn(batch: BatchBuffer): MadeFrame[] {
  const frame = new Frame(batch.memory)
  const made: MadeFrame[] = []
  for (frame.offset = batch.start; frame.offset < batch.barrierStart; frame.offset += frame.stride)
    made.push({ sequence: frame.sequence, key: flight.fields.icao24.get(frame)!, kind: frame.kind })
  return made
}
