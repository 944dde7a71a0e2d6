import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type LimitRule, makeLimitReport, RateLimiter } from '../../../../actors/source/limit/index.ts'
import { Judge } from '../../../../bench/schedule/judge.ts'
import { TokenBucket } from '../../../../fixtures/airspace/serve/limits/index.ts'
import { runTrial } from './strict-provider.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** 10:40 UTC. */
const NOW = 1_750_000_000_000 - (1_750_000_000_000 % DAY_MS) + 10 * HOUR_MS + 40 * 60_000
const ONE_A_SECOND: LimitRule = { kind: 'rate', count: 1, perMs: 1000, burst: 1, unit: 'request' }
const A_DAYS_CREDITS: LimitRule = { kind: 'day', count: 4000, burst: 4, unit: 'credit' }

/** How many requests pass from `fromMs` on, asked for whenever the limiter says. */
function sentWithin(limiter: RateLimiter, fromMs: number, lengthMs: number, credits = 1): number {
  let sent = 0
  for (let now = fromMs; now < fromMs + lengthMs; ) {
    const wait = limiter.tryTake(now, credits)
    if (wait === 0) sent++
    else now += wait
  }
  return sent
}

const refusal = (waitMs = 0) => ({ ...makeLimitReport(), isRefusal: true, waitMs })

describe('a limiter', () => {
  test('lets the first request pass and says how long the second has to wait', () => {
    const limiter = new RateLimiter({ rules: [ONE_A_SECOND], safetyMs: 50 })
    expect(limiter.tryTake(NOW)).toBe(0)
    expect(limiter.tryTake(NOW)).toBeCloseTo(1051, 0)
    expect(limiter.tryTake(NOW + 500)).toBeCloseTo(551, 0)
    expect(limiter.tryTake(NOW + 1051)).toBe(0)
  })

  test('takes back the margin when the answer shows that the request has arrived', () => {
    const limiter = new RateLimiter({ rules: [ONE_A_SECOND], safetyMs: 50 })
    limiter.tryTake(NOW)
    limiter.answered(limiter.ticket, NOW + 8)
    expect(limiter.waitMs(NOW + 8)).toBeCloseTo(1001, 0)
  })

  test('holds up the next request while one is unusually late, and counts that as arrived when it is answered', () => {
    const limiter = new RateLimiter({ rules: [ONE_A_SECOND], safetyMs: 50, holdMs: 3000 })
    limiter.tryTake(NOW)
    expect(limiter.waitMs(NOW + 1100), 'the first answer is still out').toBe(1900)
    limiter.answered(limiter.ticket, NOW + 1900)
    expect(limiter.waitMs(NOW + 1900), 'it may have arrived just now').toBeCloseTo(1001, 0)
    expect(limiter.tryTake(NOW + 2902)).toBe(0)
    limiter.answered(limiter.ticket, NOW + 3102)
    expect(limiter.waitMs(NOW + 3102), 'answers are quick now').toBeCloseTo(1051 - 200, 0)
    expect(limiter.tryTake(NOW + 4000)).toBe(0)
    limiter.answered(limiter.ticket, NOW + 4240)
    expect(limiter.waitMs(NOW + 4240), 'and this one was no slower than they may be').toBeCloseTo(1051 - 240, 0)
    expect(limiter.tryTake(NOW + 5100)).toBe(0)
    expect(limiter.waitMs(NOW + 7500)).toBe(600)
    expect(limiter.tryTake(NOW + 8100), 'what never is answered does not hold for ever').toBe(0)
  })

  test('keeps the margin when an older request is answered', () => {
    const limiter = new RateLimiter({ rules: [{ ...ONE_A_SECOND, burst: 2 }], safetyMs: 50 })
    limiter.tryTake(NOW)
    const first = limiter.ticket
    expect(limiter.tryTake(NOW + 50)).toBe(0)
    const before = limiter.waitMs(NOW + 60)
    limiter.answered(first, NOW + 60)
    expect(limiter.waitMs(NOW + 60)).toBe(before)
  })

  test('spends a burst at once and then reaches the whole rate, the margin lent from the burst', () => {
    const limiter = new RateLimiter({ rules: [{ ...ONE_A_SECOND, burst: 5 }], safetyMs: 50 })
    expect(sentWithin(limiter, NOW, 51)).toBe(5)
    expect(limiter.tryTake(NOW + 51)).toBeGreaterThan(900)
    expect(sentWithin(limiter, NOW, HOUR_MS)).toBeGreaterThanOrEqual(3595)
  })

  test('lets a request pass only when every rule does, and then counts it for all', () => {
    const tenAMinute: LimitRule = { kind: 'rate', count: 10, perMs: 60_000, burst: 10, unit: 'request' }
    const limiter = new RateLimiter({ rules: [ONE_A_SECOND, tenAMinute], safetyMs: 0 })
    expect(sentWithin(limiter, NOW, 11_000)).toBe(11)
    expect(limiter.waitMs(NOW + 11_000)).toBeGreaterThan(500)
    expect(sentWithin(limiter, NOW + 11_000, 60_000)).toBe(10)
  })

  test('never lets pass what costs more than its burst', () => {
    const limiter = new RateLimiter({ rules: [{ ...ONE_A_SECOND, unit: 'credit' }], safetyMs: 0 })
    expect(limiter.tryTake(NOW, 2)).toBe(Number.POSITIVE_INFINITY)
  })

  test('spreads a day’s credits over the day, each request at its cost, and begins anew at midnight', () => {
    const limiter = new RateLimiter({ rules: [A_DAYS_CREDITS], safetyMs: 50 })
    const midnight = NOW - (NOW % DAY_MS)
    expect(sentWithin(limiter, midnight, DAY_MS / 2, 4)).toBeCloseTo(500, -1)
    expect(sentWithin(limiter, midnight + DAY_MS / 2, DAY_MS / 2, 4)).toBeCloseTo(500, -1)
    expect(sentWithin(limiter, midnight + DAY_MS, DAY_MS, 4)).toBe(1000)
  })

  test('spreads what is left when it begins in the middle of a day', () => {
    const limiter = new RateLimiter({ rules: [A_DAYS_CREDITS], safetyMs: 50 })
    const left = DAY_MS - (NOW % DAY_MS)
    expect(sentWithin(limiter, NOW, left - 1, 1)).toBeGreaterThan(3950)
    expect(limiter.waitMs(NOW + left - 1)).toBeGreaterThan(0)
  })

  test('waits after a refusal as it is told, else a minute', () => {
    const limiter = new RateLimiter({ rules: [ONE_A_SECOND], safetyMs: 50 })
    limiter.tryTake(NOW)
    limiter.answered(limiter.ticket, NOW + 20, refusal(7000))
    expect(limiter.tryTake(NOW + 1020)).toBe(6000)
    limiter.answered(limiter.ticket, NOW + 7020, refusal())
    expect(limiter.tryTake(NOW + 7020)).toBe(60_000)
    limiter.answered(limiter.ticket, NOW + 8000, refusal(10))
    expect(limiter.tryTake(NOW + 8000), 'a shorter one takes nothing back').toBe(59_020)
  })

  test('sends no more than is left until the reset that the provider names', () => {
    const limiter = new RateLimiter({ rules: [{ ...ONE_A_SECOND, burst: 100 }], safetyMs: 0 })
    limiter.tryTake(NOW)
    limiter.answered(limiter.ticket, NOW, { ...makeLimitReport(), remaining: 3, resetMs: 30_000 })
    expect(sentWithin(limiter, NOW, 30_000)).toBe(3)
    expect(limiter.tryTake(NOW + 30_000)).toBe(0)
  })

  test('takes off what it has sent since the request that the answer is for, and lets the newest answer hold', () => {
    const limiter = new RateLimiter({ rules: [{ ...ONE_A_SECOND, burst: 100 }], safetyMs: 0 })
    limiter.tryTake(NOW)
    const first = limiter.ticket
    limiter.tryTake(NOW)
    const second = limiter.ticket
    limiter.tryTake(NOW)
    limiter.answered(second, NOW, { ...makeLimitReport(), remaining: 2, resetMs: 30_000 })
    limiter.answered(first, NOW, { ...makeLimitReport(), remaining: 50, resetMs: 30_000 })
    expect(sentWithin(limiter, NOW, 30_000)).toBe(1)
  })

  test('takes a rest without a reset for the day’s', () => {
    const limiter = new RateLimiter({ rules: [A_DAYS_CREDITS], safetyMs: 50 })
    limiter.tryTake(NOW, 4)
    limiter.answered(limiter.ticket, NOW, { ...makeLimitReport(), remaining: 40 })
    const left = DAY_MS - (NOW % DAY_MS)
    expect(sentWithin(limiter, NOW + 1, left - 2, 4)).toBe(10)
    limiter.answered(limiter.ticket, NOW + left, { ...makeLimitReport(), remaining: 0 })
    expect(limiter.waitMs(NOW + left)).toBe(DAY_MS)
  })

  test('is blocked for a minute by a rest of none, where nothing says until when', () => {
    const limiter = new RateLimiter({ rules: [ONE_A_SECOND], safetyMs: 50 })
    limiter.tryTake(NOW)
    limiter.answered(limiter.ticket, NOW, { ...makeLimitReport(), remaining: 0 })
    expect(limiter.waitMs(NOW)).toBe(60_000)
  })

  test('refuses rules that make no sense', () => {
    for (const wrong of [{ count: 0 }, { perMs: -1 }, { burst: 0 }, { count: Number.NaN }])
      expect(() => new RateLimiter({ rules: [{ ...ONE_A_SECOND, ...wrong }], safetyMs: 0 })).toThrow(RangeError)
    const five = Array.from({ length: 5 }, () => ONE_A_SECOND)
    expect(() => new RateLimiter({ rules: five, safetyMs: 0 })).toThrow(/at most 4/)
  })
})

describe('when the clock goes back, a limiter', () => {
  test('neither lets anything pass early nor waits for the clock to come there again', () => {
    const limiter = new RateLimiter({ rules: [ONE_A_SECOND], safetyMs: 0 })
    limiter.tryTake(NOW)
    const back = NOW - HOUR_MS
    expect(limiter.tryTake(back)).toBeCloseTo(1001, 0)
    expect(limiter.tryTake(back + 900)).toBeGreaterThan(0)
    expect(limiter.tryTake(back + 1001)).toBe(0)
  })

  test('stays blocked for what is left of the time it was told', () => {
    const limiter = new RateLimiter({ rules: [ONE_A_SECOND], safetyMs: 0 })
    limiter.answered(limiter.ticket, NOW, refusal(30_000))
    expect(limiter.waitMs(NOW + 10_000)).toBe(20_000)
    expect(limiter.waitMs(NOW - DAY_MS)).toBe(20_000)
    expect(limiter.waitMs(NOW - DAY_MS + 20_000)).toBe(0)
  })

  test('gives no second count for a day that has begun', () => {
    const limiter = new RateLimiter({ rules: [{ kind: 'day', count: 10, burst: 10, unit: 'request' }], safetyMs: 0 })
    const midnight = NOW - (NOW % DAY_MS)
    expect(sentWithin(limiter, midnight, 60_000)).toBe(10)
    expect(limiter.waitMs(midnight - 1000), 'the day before').toBeGreaterThan(DAY_MS)
    expect(limiter.waitMs(midnight + 1000)).toBeGreaterThan(DAY_MS - 60_000)
  })

  test('is not caught for years in a day that the clock should never have shown', () => {
    const limiter = new RateLimiter({ rules: [{ kind: 'day', count: 2, burst: 2, unit: 'request' }], safetyMs: 0 })
    expect(sentWithin(limiter, NOW + 9000 * DAY_MS, 1000)).toBe(2)
    expect(limiter.waitMs(NOW)).toBeLessThanOrEqual(DAY_MS)
  })

  test('sends no more than the rule allows in true time, however the clock jumps back', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ afterMs: fc.integer({ min: 0, max: 3000 }), backMs: fc.integer({ min: 0, max: 10_000 }) }),
          {
            maxLength: 60,
          },
        ),
        fc.integer({ min: 1, max: 4 }),
        (steps, burst) => {
          const limiter = new RateLimiter({ rules: [{ ...ONE_A_SECOND, burst }], safetyMs: 0 })
          const judge = new Judge(new TokenBucket(1, burst))
          let trueMs = NOW
          let offMs = 0
          for (const { afterMs, backMs } of steps) {
            trueMs += afterMs
            offMs -= backMs
            while (limiter.tryTake(trueMs + offMs) === 0) expect(judge.arrive(trueMs)).toBe(true)
          }
        },
      ),
    )
  })
})

describe('before a provider that counts arrivals strictly, 0 to 50 ms away', () => {
  const options = { rules: [ONE_A_SECOND], safetyMs: 50 }

  test('a limiter earns no refusal in a day, and uses 95 % of one request a second', () => {
    const { refused, share } = runTrial({ options, latencyMs: 50, lengthMs: DAY_MS, seed: 1 })
    expect(refused).toBe(0)
    expect(share).toBeGreaterThan(0.955)
  })

  test('a margin is needed: without one the provider refuses', () => {
    const trial = { options: { ...options, safetyMs: 0 }, latencyMs: 50, lengthMs: HOUR_MS, seed: 2 }
    expect(runTrial(trial).refused).toBeGreaterThan(100)
  })

  test.each([
    { isKill: false, least: 0.953 },
    { isKill: true, least: 0.945 },
  ])('a restart every minute earns none either (kill: $isKill)', ({ isKill, least }) => {
    const restarts = { everyMs: 60_000, isKill }
    const { refused, share } = runTrial({ options, latencyMs: 50, lengthMs: 6 * HOUR_MS, seed: 3, restarts })
    expect(refused).toBe(0)
    expect(share).toBeGreaterThan(least)
  })

  test('a burst earns none, and the whole rate is used', () => {
    const tenASecond: LimitRule = { kind: 'rate', count: 10, perMs: 1000, burst: 20, unit: 'request' }
    const trial = { options: { rules: [tenASecond], safetyMs: 50 }, latencyMs: 50, lengthMs: HOUR_MS, seed: 4 }
    const { refused, share } = runTrial(trial)
    expect(refused).toBe(0)
    expect(share).toBeGreaterThan(0.99)
  })

  test('rates, bursts, latencies and restarts of any kind earn none', () => {
    const trial = fc.record({
      count: fc.integer({ min: 1, max: 20 }),
      perMs: fc.constantFrom(1000, 10_000, 60_000),
      burst: fc.integer({ min: 1, max: 8 }),
      latencyMs: fc.integer({ min: 0, max: 200 }),
      seed: fc.integer(),
      everyMs: fc.integer({ min: 400, max: 90_000 }),
      isKill: fc.boolean(),
    })
    fc.assert(
      fc.property(trial, ({ count, perMs, burst, latencyMs, seed, everyMs, isKill }) => {
        const rule: LimitRule = { kind: 'rate', count, perMs, burst, unit: 'request' }
        const restarts = { everyMs, isKill }
        const outcome = runTrial({
          options: { rules: [rule], safetyMs: latencyMs },
          latencyMs,
          lengthMs: 5 * 60_000,
          seed,
          restarts,
        })
        expect(outcome.refused).toBe(0)
      }),
      { numRuns: 200 },
    )
  })

  test('clocks that run at different speeds earn none', () => {
    for (const speed of [1 - 0.0005, 1 + 0.0005]) {
      const clock = (ms: number) => NOW + (ms - NOW) * speed
      expect(runTrial({ options, latencyMs: 50, lengthMs: DAY_MS, seed: 5, clock }).refused).toBe(0)
    }
  })
})
