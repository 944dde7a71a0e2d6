/** Frames for tests: each is a function of its sequence number, so that a reader can tell each from every other. */
import { FrameMemory } from '../../../engine/memory/index.ts'
import { Frame, FrameKind, HEADER_BYTES, writeBarrier } from '../../../engine/records/index.ts'

const scratch = new Frame(FrameMemory.allocate(1 << 16))

/** The record with this sequence number: 0 to 60 bytes of body that only it has. */
export function makeFrame(sequence: number): Frame {
  const bodyBytes = (sequence * 7919) % 61
  const frame = scratch.at(0)
  frame.start(HEADER_BYTES + bodyBytes, FrameKind.record, 2)
  frame.sequence = sequence
  frame.time = sequence * 10
  frame.keyHash = (Math.imul(sequence, 0x9e3779b1) ^ 0x5bd1e995) | 0
  const { u8 } = frame.memory
  for (let i = 0; i < bodyBytes; i++) u8[frame.body + i] = (sequence * 31 + i * 17) & 0xff
  u8.fill(0, frame.offset + frame.length, frame.offset + frame.stride)
  return frame
}

export function isFrame(frame: Frame, sequence: number): boolean {
  const { memory, offset, stride } = frame
  const bytes = Buffer.from(memory.u8.buffer, memory.u8.byteOffset + offset, stride)
  const expected = makeFrame(sequence)
  return bytes.equals(expected.memory.u8.subarray(0, expected.stride))
}

export function makeBarrier(number: number, sequence: number): Frame {
  const frame = scratch.at(0)
  writeBarrier(frame, { number, sequence, clock: number * 1000, sources: [] })
  return frame
}
