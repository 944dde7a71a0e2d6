import { describe, expect, test } from 'vitest'
import { RestartPolicy } from '../../../engine/runtime/restart-policy.ts'

const LIMITS = { maxRestarts: 5, windowMs: 60_000, minDelayMs: 100, maxDelayMs: 1000 }

describe('restarts', () => {
  test('come after pauses that double up to a limit', () => {
    const policy = new RestartPolicy(LIMITS)
    expect([0, 1, 2, 3, 4].map((ms) => policy.next(ms, 1))).toEqual([100, 200, 400, 800, 1000])
  })

  test('are spread over the last half of the pause', () => {
    expect([0, 0.5, 1].map((random) => new RestartPolicy(LIMITS).next(0, random))).toEqual([50, 75, 100])
  })

  test('are given up when there were too many in the window', () => {
    const policy = new RestartPolicy(LIMITS)
    for (let i = 0; i < 5; i++) expect(policy.next(i * 1000, 0)).not.toBeNull()
    expect(policy.next(5000, 0)).toBeNull()
  })

  test('outside the window are forgotten, and the pause is short again', () => {
    const policy = new RestartPolicy(LIMITS)
    for (let i = 0; i < 1000; i++) expect(policy.next(i * 61_000, 1)).toBe(100)
  })

  test('are none where none are allowed', () => {
    expect(new RestartPolicy({ ...LIMITS, maxRestarts: 0 }).next(0, 0)).toBeNull()
  })
})
