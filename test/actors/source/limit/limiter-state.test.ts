import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type LimiterOptions, makeLimitReport, RateLimiter } from '../../../../actors/source/limit/index.ts'

const NOW = 1_750_000_000_000
const HOUR_MS = 3_600_000
const options: LimiterOptions = {
  rules: [
    { kind: 'rate', count: 1, perMs: 1000, burst: 3, unit: 'request' },
    { kind: 'day', count: 400, burst: 4, unit: 'credit' },
  ],
  safetyMs: 50,
}

function restored(saved: Uint8Array | null, nowMs: number, endedByMs = nowMs): RateLimiter {
  const limiter = new RateLimiter(options)
  limiter.restore(saved, nowMs, endedByMs)
  return limiter
}

describe('a limiter that is restored', () => {
  test('from its final state goes on as if nothing had been', () => {
    const limiter = new RateLimiter(options)
    limiter.tryTake(NOW, 4)
    const copy = restored(limiter.save(NOW + 10, true), NOW + 900, NOW + 20)
    for (const at of [NOW + 900, NOW + 5000, NOW + HOUR_MS])
      expect(copy.waitMs(at, 4)).toBeCloseTo(limiter.waitMs(at, 4), 3)
  })

  test('after an unclean end counts its burst as spent, from the moment by which it had ended', () => {
    const state = new RateLimiter(options).save(NOW, false)
    const limiter = restored(state, NOW + 5000, NOW + 4000)
    const rateMs = 4000 + 50 + 3 * 1001 - 2 * 1001 // all three may have arrived until 4,050
    expect(limiter.waitMs(NOW + 5000, 0)).toBeCloseTo(rateMs - 5000, 3)
  })

  test('knows that nothing was sent where a rule let nothing pass', () => {
    const limiter = new RateLimiter(options)
    while (limiter.tryTake(NOW, 1) < 1000) limiter.tryTake(NOW + 50, 1)
    const saved = limiter.save(NOW + 60, false)
    const own = limiter.waitMs(NOW + 900)
    expect(own).toBeGreaterThan(200)
    expect(restored(saved, NOW + 900).waitMs(NOW + 900)).toBeCloseTo(own, 3)
  })

  test('from nothing counts its burst as spent too', () => {
    expect(restored(null, NOW).waitMs(NOW, 0)).toBeCloseTo(1051, 3)
  })

  test('takes damaged bytes, or those of other rules, for nothing', () => {
    const state = new RateLimiter(options).save(NOW, true)
    const other = new RateLimiter({ ...options, rules: options.rules.slice(0, 1) }).save(NOW, true)
    for (const wrong of [state.subarray(8), other, new Uint8Array(state.length).fill(255), new Uint8Array(0)])
      expect(restored(wrong, NOW).waitMs(NOW, 0)).toBeCloseTo(1051, 3)
  })

  test('from bytes at any place in memory is the same', () => {
    const state = new RateLimiter(options).save(NOW, true)
    const moved = new Uint8Array(state.length + 3)
    moved.set(state, 3)
    expect(restored(moved.subarray(3), NOW).waitMs(NOW)).toBe(0)
    expect(restored(Buffer.from(state), NOW).waitMs(NOW)).toBe(0)
  })

  test('stays blocked as long as the provider said, and no longer by a clock that was put back', () => {
    const limiter = new RateLimiter(options)
    limiter.answered(0, NOW, { ...makeLimitReport(), isRefusal: true, waitMs: 30_000 })
    const state = limiter.save(NOW + 1000, true)
    expect(restored(state, NOW + 11_000).waitMs(NOW + 11_000)).toBe(19_000)
    expect(restored(state, NOW - HOUR_MS).waitMs(NOW - HOUR_MS)).toBe(29_000)
  })

  test('remembers what is used of the day, and adds the most that may have been used since', () => {
    const limiter = new RateLimiter(options)
    limiter.answered(0, NOW, { ...makeLimitReport(), remaining: 4 })
    expect(restored(limiter.save(NOW, true), NOW + 60_000).waitMs(NOW + 60_000, 4)).toBe(0)
    const tomorrow = 86_400_000 - ((NOW + 60_000) % 86_400_000)
    expect(restored(limiter.save(NOW, false), NOW + 60_000).waitMs(NOW + 60_000, 4)).toBe(tomorrow)
  })

  test('never lets pass earlier what it would not have let pass itself', () => {
    const scenario = fc.record({
      takes: fc.array(fc.integer({ min: 0, max: 2000 }), { maxLength: 20 }),
      isFinal: fc.boolean(),
      downMs: fc.integer({ min: -5000, max: 5000 }),
    })
    fc.assert(
      fc.property(scenario, ({ takes, isFinal, downMs }) => {
        const limiter = new RateLimiter(options)
        let now = NOW
        for (const after of takes) limiter.tryTake((now += after))
        const state = limiter.save(now, isFinal)
        const copy = restored(state, now + downMs, now + downMs)
        const own = limiter.waitMs(now)
        const least = Math.max(0, own - Math.max(0, downMs))
        // How a day is spread depends a little on the time of day.
        expect(copy.waitMs(now + downMs)).toBeGreaterThanOrEqual(least - 0.01 - least * 1e-3)
      }),
    )
  })
})
