import { describe, expect, test } from 'vitest'
import { NOBODY, Turns } from '../../../../actors/source/schedule/index.ts'

/** Sources that may each ask every so many milliseconds, and whose turn it was in a time. */
function turnsIn(
  lengthMs: number,
  everyMs: number[],
  disturb: (turns: Turns, now: number) => void = () => {},
): number[] {
  const nextMs = everyMs.map(() => 0)
  const turns = new Turns(everyMs.map((_, i) => ({ waitMs: (now) => Math.max(0, nextMs[i]! - now) })))
  const counts = everyMs.map(() => 0)
  for (let now = 0; now < lengthMs; ) {
    disturb(turns, now)
    const source = turns.next(now)
    if (source === NOBODY) {
      now += Math.min(turns.waitMs, 1000)
      continue
    }
    turns.took(source)
    counts[source]!++
    nextMs[source] = now + everyMs[source]!
  }
  return counts
}

describe('turns', () => {
  test('go round', () => {
    const turns = new Turns(Array.from({ length: 3 }, () => ({ waitMs: () => 0 })))
    const order = Array.from({ length: 7 }, () => {
      const source = turns.next(0)
      turns.took(source)
      return source
    })
    expect(order).toEqual([0, 1, 2, 0, 1, 2, 0])
  })

  test('come to each source as often as its limit lets it', () => {
    expect(turnsIn(60_000, [1000, 1000, 5000])).toEqual([60, 60, 12])
  })

  test('pass over a source that is broken, until it is to be tried again, and one that is parked', () => {
    const counts = turnsIn(60_000, [1000, 1000, 1000], (turns, now) => {
      if (now === 0) turns.pause(0, 30_000)
      if (now === 0) turns.pause(1, Number.POSITIVE_INFINITY)
    })
    expect(counts).toEqual([30, 0, 60])
  })

  test('come back to a source that is resumed', () => {
    const turns = new Turns([{ waitMs: () => 0 }])
    turns.pause(0, Number.POSITIVE_INFINITY)
    expect(turns.next(1e12)).toBe(NOBODY)
    expect(turns.waitMs).toBe(Number.POSITIVE_INFINITY)
    turns.resume(0)
    expect(turns.next(1e12)).toBe(0)
  })

  test('stay with a source until it has had its turn', () => {
    const turns = new Turns([{ waitMs: () => 0 }, { waitMs: () => 0 }])
    expect([turns.next(0), turns.next(0)]).toEqual([0, 0])
  })
})
