import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Histogram } from '../../../engine/memory/histogram.ts'
import { BUCKETS, bucketOf, LARGEST_US, lowestOf, widthOf } from '../../../engine/memory/histogram-layout.ts'

const latencyUs = fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 3_600_000_000 }))

function recorded(values: readonly number[]): Histogram {
  const histogram = new Histogram()
  for (const value of values) histogram.record(value)
  return histogram
}

/** The value at a rank, by sorting. */
function quantileOf(values: readonly number[], rank: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(Math.ceil(rank * sorted.length), 1) - 1]!
}

describe('the buckets', () => {
  test('follow each other without gaps from 0 to the largest value', () => {
    let next = 0
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      expect(lowestOf(bucket)).toBe(next)
      expect(bucketOf(next)).toBe(bucket)
      next += widthOf(bucket)
      expect(bucketOf(next - 1)).toBe(bucket)
    }
    expect(next - 1).toBe(LARGEST_US)
  })

  test('are at most 1/32 of their values wide', () => {
    for (let bucket = 32; bucket < BUCKETS; bucket++)
      expect(widthOf(bucket) / lowestOf(bucket)).toBeLessThanOrEqual(1 / 32)
  })
})

describe('a histogram', () => {
  test('gives each quantile within 1.6 %, or half a microsecond', () => {
    fc.assert(
      fc.property(fc.array(latencyUs, { minLength: 1 }), fc.constantFrom(0, 0.5, 0.95, 0.99, 1), (values, rank) => {
        const exact = quantileOf(values, rank)
        const error = Math.abs(recorded(values).snapshot().quantile(rank) - exact)
        expect(error).toBeLessThanOrEqual(Math.max(exact * 0.016, 0.5))
      }),
    )
  })

  test('knows count, sum and maximum exactly', () => {
    fc.assert(
      fc.property(fc.array(latencyUs), (values) => {
        const { count, sumUs, maxUs } = recorded(values).snapshot()
        const sum = values.reduce((a, b) => a + b, 0)
        expect({ count, sumUs, maxUs }).toEqual({ count: values.length, sumUs: sum, maxUs: Math.max(0, ...values) })
      }),
    )
  })

  test('merged with another is what one histogram of both would be', () => {
    fc.assert(
      fc.property(fc.array(latencyUs), fc.array(latencyUs), (a, b) => {
        const merged = recorded(a).snapshot().merge(recorded(b).snapshot())
        expect(merged).toEqual(recorded([...a, ...b]).snapshot())
      }),
    )
  })

  test('less an earlier snapshot is what was recorded since', () => {
    fc.assert(
      fc.property(fc.array(latencyUs), fc.array(latencyUs, { minLength: 1 }), (before, after) => {
        const histogram = recorded(before)
        const earlier = histogram.snapshot()
        for (const value of after) histogram.record(value)
        const window = histogram.snapshot().since(earlier)
        expect(window.count).toBe(after.length)
        expect(Math.abs(window.quantile(0.5) - quantileOf(after, 0.5))).toBeLessThanOrEqual(
          Math.max(quantileOf(after, 0.5) * 0.016, 0.5),
        )
        expect(window.maxUs).toBeGreaterThanOrEqual(Math.max(...after))
        expect(window.maxUs).toBeLessThanOrEqual(Math.max(...after) * (33 / 32) + 1)
      }),
    )
  })

  test('counts what lies outside its range at its ends', () => {
    const snapshot = recorded([-1, Number.NaN, 2 ** 40, Number.POSITIVE_INFINITY]).snapshot()
    expect(snapshot.count).toBe(4)
    expect(snapshot.countBelow(1)).toBe(2)
    expect(snapshot.countBelow(2 ** 31)).toBe(2)
  })

  test('of nothing has no quantiles', () => {
    expect(new Histogram().snapshot().quantile(0.5)).toBeNaN()
  })
})
