import { expect, test } from 'vitest'
import { ActorState, Phase, StatusBoard } from '../../../engine/runtime/status-board.ts'

test('an actor’s line is seen by whoever has the board, and touches no other line', () => {
  const board = StatusBoard.create(3)
  const own = board.at(1)
  own.state = ActorState.running
  own.phase = Phase.stalled
  own.beat()
  own.announceControl()
  own.note(7, 2 ** 40 + 0.5)
  const seen = new StatusBoard(board.memory).at(1)
  expect([seen.state, seen.phase, seen.heartbeat, seen.control]).toEqual([1, 2, 1, 1])
  expect(seen.noted).toEqual({ sourceId: 7, position: 2 ** 40 + 0.5 })
  for (const index of [0, 2]) {
    const other = board.at(index)
    expect([other.state, other.phase, other.heartbeat, other.control, other.noted]).toEqual([0, 0, 0, 0, null])
  }
})

test('a note stays until it is cleared, and a frame of no source leaves none', () => {
  const status = StatusBoard.create(1).at(0)
  expect(status.noted).toBeNull()
  status.note(1, 5)
  expect(status.noted).toEqual({ sourceId: 1, position: 5 })
  status.note(0, 0)
  expect(status.noted).toBeNull()
  status.note(1, 6)
  status.clearNote()
  expect(status.noted).toBeNull()
})

test('a new actor begins with a clean line, but for what the supervisor and the log hold of it', () => {
  const status = StatusBoard.create(1).at(0)
  status.state = ActorState.stopped
  status.beat()
  status.announceControl()
  status.note(1, 5)
  status.isHeld = true
  status.needsFrom = 4096
  status.reset()
  expect([status.state, status.heartbeat, status.control, status.noted]).toEqual([ActorState.starting, 0, 0, null])
  expect([status.isHeld, status.needsFrom]).toEqual([true, 4096])
})
