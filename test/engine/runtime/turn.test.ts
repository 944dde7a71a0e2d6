import { expect, test } from 'vitest'
import { FrameMemory } from '../../../engine/memory/frame-memory.ts'
import { Frame, FrameKind, HEADER_BYTES } from '../../../engine/records/index.ts'
import { Turn } from '../../../engine/runtime/turn.ts'

function frameOf(sourceId: number, position: number): Frame {
  const frame = new Frame(FrameMemory.allocate(HEADER_BYTES))
  frame.start(HEADER_BYTES, FrameKind.record, 0)
  frame.sourceId = sourceId
  frame.position = position
  return frame
}

test('a turn has many frames', () => {
  expect(new Turn(null).frames).toBeGreaterThan(1000)
})

test('a turn has one frame until past the one that failed the group, then many again', () => {
  const turn = new Turn({ sourceId: 1, position: 7 })
  for (const [sourceId, position] of [
    [1, 5],
    [2, 100],
    [0, 0],
    [1, 7],
  ] as const) {
    turn.passed(frameOf(sourceId, position))
    expect(turn.frames, `behind frame ${position} of source ${sourceId}`).toBe(1)
  }
  turn.passed(frameOf(1, 8))
  expect(turn.frames).toBeGreaterThan(1000)
})
