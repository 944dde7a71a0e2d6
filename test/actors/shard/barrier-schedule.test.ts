import { describe, expect, test } from 'vitest'
import { BarrierSchedule } from '../../../actors/shard/barrier-schedule.ts'

const INTERVAL_MS = 20
const COVERED = [{ uncoveredFraction: 0 }]

describe('a barrier', () => {
  test('is never due while nothing is uncommitted, and nobody waits for the time', () => {
    const schedule = new BarrierSchedule(INTERVAL_MS, 0)
    schedule.hurry()
    expect(schedule.isDue(1e9, 0, COVERED)).toBe(false)
    expect(schedule.patienceMs(1e9, 0)).toBe(Number.POSITIVE_INFINITY)
    expect(schedule.isUncommitted(0)).toBe(false)
  })

  test('is due when the first uncovered frame has waited for the interval', () => {
    const schedule = new BarrierSchedule(INTERVAL_MS, 0)
    schedule.noteFrames(100)
    schedule.noteFrames(115)
    expect(schedule.patienceMs(115, 0)).toBe(5)
    expect(schedule.isDue(119.9, 0, COVERED)).toBe(false)
    expect(schedule.isDue(120, 0, COVERED)).toBe(true)
  })

  test('covers what came before it: the interval begins with the next frame', () => {
    const schedule = new BarrierSchedule(INTERVAL_MS, 6)
    schedule.noteFrames(100)
    expect(schedule.next()).toBe(7)
    expect(schedule.isUncommitted(6)).toBe(true)
    expect(schedule.isUncommitted(7)).toBe(false)
    expect(schedule.isDue(1e9, 7, COVERED)).toBe(false)
    schedule.noteFrames(200)
    expect(schedule.isDue(219, 7, COVERED)).toBe(false)
    expect(schedule.isDue(220, 7, COVERED)).toBe(true)
  })

  test('waits while two are under way: a slow disk gets larger commits', () => {
    const schedule = new BarrierSchedule(INTERVAL_MS, 0)
    for (let i = 0; i < 2; i++) {
      schedule.noteFrames(i)
      schedule.next()
    }
    schedule.noteFrames(10)
    expect(schedule.isDue(1e9, 0, COVERED)).toBe(false)
    expect(schedule.patienceMs(1e9, 0), 'a commit wakes the shard').toBe(Number.POSITIVE_INFINITY)
    expect(schedule.isDue(1e9, 1, COVERED)).toBe(true)
  })

  test('is due at once when a source’s ring is a quarter uncovered, however many are under way', () => {
    const schedule = new BarrierSchedule(INTERVAL_MS, 0)
    for (let i = 0; i < 5; i++) {
      schedule.noteFrames(i)
      schedule.next()
    }
    schedule.noteFrames(10)
    expect(schedule.isDue(10, 0, [{ uncoveredFraction: 0.24 }])).toBe(false)
    expect(schedule.isDue(10, 0, [{ uncoveredFraction: 0.1 }, { uncoveredFraction: 0.25 }])).toBe(true)
  })

  test('is due at once in a drain, as soon as the journal is idle', () => {
    const schedule = new BarrierSchedule(INTERVAL_MS, 0)
    schedule.hurry()
    schedule.noteFrames(100)
    expect(schedule.isDue(100, 0, COVERED)).toBe(true)
    schedule.next()
    schedule.noteFrames(101)
    expect(schedule.isDue(101, 0, COVERED)).toBe(false)
    expect(schedule.isDue(101, 1, COVERED)).toBe(true)
  })
})
