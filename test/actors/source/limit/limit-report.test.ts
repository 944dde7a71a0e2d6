import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Headers, MAX_WAIT_MS, makeLimitReport, readLimits } from '../../../../actors/source/limit/index.ts'

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5)
const read = (status: number, headers: Headers) => readLimits(status, headers, NOW, makeLimitReport())

describe('an answer’s headers', () => {
  test('say how long to wait, in seconds or until a date', () => {
    expect(read(429, { 'retry-after': '30' })).toMatchObject({ isRefusal: true, waitMs: 30_000 })
    expect(read(503, { 'retry-after': 'Fri, 02 Jan 2026 03:05:05 GMT' })).toMatchObject({
      isRefusal: false,
      waitMs: 60_000,
    })
    expect(read(429, { 'x-rate-limit-retry-after-seconds': '42' })).toMatchObject({ waitMs: 42_000 })
    expect(read(429, {})).toMatchObject({ isRefusal: true, waitMs: 0, remaining: Number.NaN })
  })

  test('are taken against the provider’s own clock, whatever that shows', () => {
    const headers = { date: 'Sat, 01 Jan 2005 00:00:00 GMT', 'retry-after': 'Sat, 01 Jan 2005 00:00:20 GMT' }
    expect(read(429, headers).waitMs).toBe(20_000)
    const reset = String(Date.UTC(2005, 0, 1, 0, 0, 7) / 1000)
    const remaining = { date: headers.date, 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset }
    expect(read(200, remaining).resetMs).toBe(7000)
  })

  test.each<[string, Headers, number, number]>([
    ['as OpenSky does', { 'x-rate-limit-remaining': '3996' }, 3996, Number.NaN],
    ['with seconds until the reset', { 'x-ratelimit-remaining': '5', 'x-ratelimit-reset': '60' }, 5, 60_000],
    ['with the time of the reset', { 'x-ratelimit-remaining': '5', 'x-ratelimit-reset': `${NOW / 1000 + 9}` }, 5, 9000],
    ['with that in milliseconds', { 'x-ratelimit-remaining': '5', 'x-ratelimit-reset': `${NOW + 9000}` }, 5, 9000],
    ['in the first drafts', { 'ratelimit-remaining': '7', 'ratelimit-reset': '12' }, 7, 12_000],
    ['in the seventh draft', { ratelimit: 'limit=100, remaining=50, reset=5' }, 50, 5000],
    ['in the later drafts', { ratelimit: '"default";r=50;t=30' }, 50, 30_000],
    ['of several policies', { ratelimit: '"day";r=900;t=4000, "second";r=0;t=1' }, 0, 1000],
    ['below none', { 'x-ratelimit-remaining': '-3' }, 0, Number.NaN],
  ])('say what is left, %s', (_, headers, remaining, resetMs) => {
    expect(read(200, headers)).toMatchObject({ isRefusal: false, waitMs: 0, remaining, resetMs })
  })

  test('state the limit itself', () => {
    expect(read(200, { 'ratelimit-policy': '"default";q=100;w=60' })).toMatchObject({
      policyCount: 100,
      policyPerMs: 60_000,
    })
    expect(read(200, { 'ratelimit-policy': '10;w=1, 1000;w=3600' })).toMatchObject({
      policyCount: 10,
      policyPerMs: 1000,
    })
  })

  test('leave nothing behind for the next answer', () => {
    const report = makeLimitReport()
    readLimits(429, { 'retry-after': '9', ratelimit: '"a";r=1;t=1', 'ratelimit-policy': '1;w=1' }, NOW, report)
    expect(readLimits(200, {}, NOW, report)).toEqual(makeLimitReport())
  })

  test('that nobody can understand, or that are absurd, stop nothing for ever', () => {
    const value = fc.oneof(
      fc.string(),
      fc.constantFrom(
        '-1',
        '1e999',
        'NaN',
        '9'.repeat(400),
        'Tomorrow',
        'Fri, 99 Xyz 0000 99:99:99 GMT',
        ';;=,=;r=;t=',
        '0x10',
      ),
    )
    const names = ['retry-after', 'x-rate-limit-retry-after-seconds', 'ratelimit', 'ratelimit-policy', 'date']
    const more = ['x-ratelimit-remaining', 'x-ratelimit-reset', 'ratelimit-remaining', 'ratelimit-reset']
    const headers = fc.dictionary(fc.constantFrom(...names, ...more), fc.oneof(value, fc.array(value)))
    fc.assert(
      fc.property(fc.constantFrom(200, 429, 503), headers, (status, given) => {
        const { waitMs, remaining, resetMs } = read(status, given)
        expect(waitMs >= 0 && waitMs <= MAX_WAIT_MS).toBe(true)
        expect(Number.isNaN(remaining) || remaining >= 0).toBe(true)
        expect(Number.isNaN(resetMs) || (resetMs >= 0 && resetMs <= MAX_WAIT_MS)).toBe(true)
      }),
    )
  })
})
