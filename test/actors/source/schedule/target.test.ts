import { expect, test } from 'vitest'
import { levelFor, TARGETS_MS } from '../../../../actors/source/schedule/index.ts'

const MINUTE_MS = 60_000
const target = (aircraft: number, quietForMs: number, isBeside = false) =>
  TARGETS_MS[levelFor(aircraft, quietForMs, isBeside)]!

test('a busy tile is to be asked about every 10 s, one with few aircraft at least every 20', () => {
  expect([100, 8, 4, 2, 1].map((aircraft) => target(aircraft, 0))).toEqual([10_000, 10_000, 14_000, 17_000, 20_000])
})

test('an empty tile the more seldom, the longer it has been so, up to five minutes', () => {
  const quiet = [0, 1, 2, 4, 6, 20, Number.POSITIVE_INFINITY].map((minutes) => target(0, minutes * MINUTE_MS))
  expect(quiet).toEqual([60_000, 60_000, 60_000, 130_000, 200_000, 300_000, 300_000])
})

test('an empty tile beside one with aircraft more often: that is where they come from', () => {
  expect(target(0, Number.POSITIVE_INFINITY, true)).toBe(40_000)
})
