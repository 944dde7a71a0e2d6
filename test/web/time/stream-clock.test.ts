import { describe, expect, test } from 'vitest'
import { StreamClock } from '../../../web/time/stream-clock.ts'

const START = 1_750_000_000_000
const FRAME_MS = 16

/** Shows the clock on every frame for `seconds`, with a message each `tickMs` that says `streamAt(wall)`. */
function run(
  clock: StreamClock,
  fromMs: number,
  seconds: number,
  streamAt: (wallMs: number) => number,
  tickMs = 200,
): number[] {
  const shown: number[] = []
  for (let wall = fromMs; wall < fromMs + seconds * 1000; wall += FRAME_MS) {
    if (Math.floor(wall / tickMs) !== Math.floor((wall - FRAME_MS) / tickMs)) clock.observe(streamAt(wall), wall)
    shown.push(clock.at(wall))
  }
  return shown
}

const steps = (times: number[]) => times.slice(1).map((time, i) => time - times[i]!)

describe('the stream clock', () => {
  test('flows evenly while the stream advances in steps of ten seconds', () => {
    const clock = new StreamClock()
    const staircase = (wall: number) => START + Math.floor(wall / 10_000) * 10_000
    run(clock, 0, 30, staircase)
    const each = steps(run(clock, 30_000, 30, staircase))
    expect(Math.min(...each)).toBeGreaterThan(0.5 * FRAME_MS)
    expect(Math.max(...each)).toBeLessThan(1.5 * FRAME_MS)
  })

  test('takes the pace of a recording that is played faster', () => {
    const clock = new StreamClock()
    const tenfold = (wall: number) => START + wall * 10
    run(clock, 0, 20, tenfold)
    const shown = run(clock, 20_000, 1, tenfold)
    expect(shown.at(-1)! - shown[0]!).toBeCloseTo(10_000, -3)
    expect(shown.at(-1)!).toBeCloseTo(tenfold(21_000), -3)
  })

  test('never runs backwards when messages jitter', () => {
    const clock = new StreamClock()
    const shown = run(clock, 0, 20, (wall) => START + wall - (Math.floor(wall / 200) % 3) * 150)
    expect(Math.min(...steps(shown))).toBeGreaterThanOrEqual(0)
  })

  test('follows a leap of the stream at once, backwards too', () => {
    const clock = new StreamClock()
    run(clock, 0, 5, (wall) => START + wall)
    clock.observe(START - 3_600_000, 5000)
    expect(clock.at(5000)).toBe(START - 3_600_000)
  })

  test('stands still when the stream has stopped', () => {
    const clock = new StreamClock()
    run(clock, 0, 5, (wall) => START + wall)
    run(clock, 5000, 40, () => START + 4990)
    const shown = run(clock, 45_000, 5, () => START + 4990)
    expect(shown.at(-1)! - shown[0]!).toBeLessThan(1)
  })

  test('has no time before the first message', () => {
    expect(new StreamClock().at(0)).toBeNaN()
  })
})
