import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { judge, newsThresholdMs, Verdict } from '../../../actors/dedupe/judge.ts'

const OPTIONS = { toleranceMs: 250, windowMs: 5000 }
const NEWS = newsThresholdMs({ admit: 'news', ...OPTIONS })
const FIRST = newsThresholdMs({ admit: 'first', ...OPTIONS })
const A = 1_600_000_000_000

const verdictOf = (verdict: number) => Object.entries(Verdict).find(([, code]) => code === verdict)![0]
const at = (offsetMs: number, threshold: number) => verdictOf(judge(A + offsetMs, A, threshold))

describe('a record', () => {
  test.each([
    [250, 'accepted'],
    [249, 'duplicate'],
    [0, 'duplicate'],
    [-249, 'duplicate'],
    [-250, 'late'],
    [-86_400_000, 'late'],
  ])('%i ms from the accepted one is %s where news is admitted', (offsetMs, verdict) => {
    expect(at(offsetMs, NEWS)).toBe(verdict)
  })

  test.each([
    [5000, 'accepted'],
    [4999, 'duplicate'],
    [-4999, 'duplicate'],
    [-5000, 'late'],
  ])('%i ms from the accepted one is %s where the first in a window is', (offsetMs, verdict) => {
    expect(at(offsetMs, FIRST)).toBe(verdict)
  })

  test('of a key that has none accepted is accepted, whatever its time', () => {
    for (const time of [A, 0, -A]) expect(judge(time, Number.NEGATIVE_INFINITY, NEWS)).toBe(Verdict.accepted)
  })

  test('is accepted only with a time that rises', () => {
    const times = fc.array(fc.integer({ min: -3000, max: 3000 }))
    fc.assert(
      fc.property(times, fc.constantFrom(NEWS, FIRST), (offsets, threshold) => {
        let accepted = Number.NEGATIVE_INFINITY
        for (const offset of offsets) {
          if (judge(offset, accepted, threshold) !== Verdict.accepted) continue
          expect(offset - accepted).toBeGreaterThanOrEqual(threshold)
          accepted = offset
        }
      }),
    )
  })
})
