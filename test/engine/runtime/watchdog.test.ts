import { describe, expect, test } from 'vitest'
import { ActorState, Phase, StatusBoard } from '../../../engine/runtime/status-board.ts'
import { Watchdog } from '../../../engine/runtime/watchdog.ts'

const LIMITS = { hangTimeoutMs: 1000, startTimeoutMs: 5000, commitTimeoutMs: 3000 }

/** A watchdog over one running actor, and looks every 100 ms until a time. */
function watched() {
  const board = StatusBoard.create(2)
  const status = board.at(0)
  status.state = ActorState.running
  const watchdog = new Watchdog(LIMITS)
  let nowMs = 0
  watchdog.watch('actor', status, nowMs)
  watchdog.look(nowMs)
  return {
    board,
    status,
    watchdog,
    /** What is found until then. */
    lookUntil(endMs: number) {
      const findings: string[] = []
      for (; nowMs < endMs; ) {
        nowMs += 100
        findings.push(...watchdog.look(nowMs).map(({ name, finding, silentMs }) => `${name} ${finding} ${silentMs}`))
      }
      return findings
    },
    suspendUntil(endMs: number) {
      nowMs = endMs
    },
  }
}

describe('the watchdog', () => {
  test('reports an actor whose heartbeat stands still, once', () => {
    const { lookUntil } = watched()
    expect(lookUntil(1000)).toEqual([])
    expect(lookUntil(10_000)).toEqual(['actor hung 1100'])
  })

  test('is content with any beat in time', () => {
    const { status, lookUntil } = watched()
    for (let ms = 900; ms < 20_000; ms += 900) {
      expect(lookUntil(ms)).toEqual([])
      status.beat()
    }
  })

  test('gives an actor that starts its own time', () => {
    const { status, lookUntil } = watched()
    status.state = ActorState.starting
    expect(lookUntil(5000)).toEqual([])
    expect(lookUntil(6000)).toEqual(['actor hung 5100'])
  })

  test('gives a commit its own time, and says that it was one', () => {
    const { status, lookUntil } = watched()
    status.phase = Phase.committing
    expect(lookUntil(3000)).toEqual([])
    expect(lookUntil(4000)).toEqual(['actor commit-stuck 3100'])
  })

  test('never reports an actor that waits for a disk to be writable, and counts anew behind it', () => {
    const { status, lookUntil } = watched()
    status.phase = Phase.stalled
    expect(lookUntil(60_000)).toEqual([])
    status.phase = Phase.working
    expect(lookUntil(61_000)).toEqual([])
    expect(lookUntil(62_000)).toEqual(['actor hung 1100'])
  })

  test('gives everyone a fresh window when the process was suspended, however shortly', () => {
    for (const suspendedMs of [600, 1000, 5000, 86_400_000]) {
      const { lookUntil, suspendUntil } = watched()
      expect(lookUntil(500)).toEqual([])
      suspendUntil(500 + suspendedMs)
      expect(lookUntil(500 + suspendedMs + 1000)).toEqual([])
      expect(lookUntil(500 + suspendedMs + 1300)).toEqual(['actor hung 1100'])
    }
  })

  test('watches no longer who is over, and anew who is replaced', () => {
    const { board, watchdog, lookUntil } = watched()
    watchdog.unwatch('actor')
    expect(lookUntil(5000)).toEqual([])
    const next = board.at(1)
    next.state = ActorState.running
    watchdog.watch('actor', next, 5000)
    expect(lookUntil(6000)).toEqual([])
    expect(lookUntil(6100)).toEqual(['actor hung 1100'])
  })
})
