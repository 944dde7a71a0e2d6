import { expect, test } from 'vitest'
import { Pace } from '../../../actors/source/replay/pace.ts'

/** A pace on a clock that moves only when it is waited for, and how long was waited for each moment. */
function waits(speed: number, moments: number[]): number[] {
  let now = 1000
  const pace = new Pace(speed, () => now)
  return moments.map((moment) => {
    const wait = pace.until(moment)
    now += wait
    return wait
  })
}

test('the first moment is due at once, each later one as much later as it was recorded', () => {
  expect(waits(1, [5000, 6000, 6500])).toEqual([0, 1000, 500])
  expect(waits(10, [5000, 6000, 6500])).toEqual([0, 100, 50])
})

test('a moment before the last one is due at once and delays nothing', () => {
  expect(waits(1, [5000, 4000, 5000, 5100])).toEqual([0, 0, 0, 100])
})

test('a gap without recording is not waited for in full', () => {
  expect(waits(1, [0, 86_400_000, 86_401_000])).toEqual([0, 60_000, 1000])
})

test('time spent otherwise is caught up with', () => {
  let now = 0
  const pace = new Pace(1, () => now)
  pace.until(0)
  now = 2500 // decoding took its time
  expect([1000, 2000, 3000].map((moment) => pace.until(moment))).toEqual([0, 0, 500])
})
