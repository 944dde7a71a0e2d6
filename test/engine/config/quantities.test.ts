import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  formatBytes,
  formatDuration,
  formatRate,
  parseBytes,
  parseDuration,
  parseRate,
} from '../../../engine/config/index.ts'

describe('a duration', () => {
  test.each([
    ['200ms', 200],
    ['5s', 5000],
    ['1m30s', 90_000],
    ['1.5s', 1500],
    ['0.1s', 100],
    ['2h', 7_200_000],
    ['7d', 604_800_000],
    ['1d2h3m4s5ms', 93_784_005],
    ['0', 0],
    ['0s', 0],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  test.each([
    '',
    's',
    '5 s',
    '-5s',
    '5S',
    '5sec',
    '1s1m',
    '1.s',
    '.5s',
    '1..5s',
    '5s5s',
    'five',
    '1e3s',
    '99999999999999d',
  ])('is not %j', (text) => expect(parseDuration(text)).toBeUndefined())

  test('without a unit, or finer than a millisecond, is answered with what to write', () => {
    expect(parseDuration('5')).toEqual({ next: 'add the unit: 5s or 5ms' })
    expect(parseDuration('0.5ms')).toEqual({ next: 'write whole milliseconds' })
  })

  test('is written so that it reads back', () => {
    fc.assert(fc.property(fc.nat({ max: 2 ** 48 }), (ms) => parseDuration(formatDuration(ms)) === ms))
    expect([0, 1, 1000, 90_000, 604_800_000].map(formatDuration)).toEqual(['0s', '1ms', '1s', '1m30s', '7d'])
  })
})

describe('a size', () => {
  test.each([
    ['0', 0],
    ['512', 512],
    ['512B', 512],
    ['64kB', 64_000],
    ['64KB', 64_000],
    ['64KiB', 65_536],
    ['64MB', 64_000_000],
    ['64 MB', 64_000_000],
    ['1.5GB', 1_500_000_000],
    ['2GiB', 2_147_483_648],
    ['1TB', 1e12],
    ['1TiB', 2 ** 40],
  ])('%s is %d bytes', (text, value) => {
    expect(parseBytes(text)).toBe(value)
  })

  test.each(['', 'MB', '-1MB', '1e3', '1,5MB', 'big'])('is not %j', (text) => expect(parseBytes(text)).toBeUndefined())

  test.each([
    ['64Mb', 'did you mean "64MB"?'],
    ['64m', 'did you mean "64MB"?'],
    ['1G', 'did you mean "1GB"?'],
    ['64mib', 'did you mean "64MiB"?'],
    ['0.5B', 'write whole bytes, at most 2^53'],
    ['99999TB', 'write whole bytes, at most 2^53'],
  ])('%s is answered with what to write', (text, next) => {
    expect(parseBytes(text)).toEqual({ next })
  })

  test('is written in its shortest exact form, and reads back', () => {
    fc.assert(fc.property(fc.maxSafeNat(), (value) => parseBytes(formatBytes(value)) === value))
    expect([0, 1, 1000, 1024, 1536, 64e6, 2 ** 26, 1e9].map(formatBytes)).toEqual([
      '0B',
      '1B',
      '1kB',
      '1KiB',
      '1536B',
      '64MB',
      '64MiB',
      '1GB',
    ])
  })
})

describe('a rate', () => {
  test.each([
    ['10/min', { count: 10, perMs: 60_000 }],
    ['10/m', { count: 10, perMs: 60_000 }],
    ['5/s', { count: 5, perMs: 1000 }],
    ['4000/day', { count: 4000, perMs: 86_400_000 }],
    ['100 / 10s', { count: 100, perMs: 10_000 }],
  ])('%s is read', (text, value) => {
    expect(parseRate(text)).toEqual(value)
  })

  test.each(['', '10', '/s', '10/', '0/s', '1.5/s', '10/0s', '10/fortnight', '10/toString', '-1/s', '10/5'])(
    'is not %j',
    (text) => expect(parseRate(text)).toBeUndefined(),
  )

  test('is written so that it reads back', () => {
    const rates = fc.record({ count: fc.integer({ min: 1 }), perMs: fc.integer({ min: 1, max: 2 ** 40 }) })
    fc.assert(
      fc.property(rates, (value) => {
        expect(parseRate(formatRate(value))).toEqual(value)
      }),
    )
    expect(formatRate({ count: 10, perMs: 60_000 })).toBe('10/min')
  })
})
