import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareKeys, hashKey, laneOf } from '../../../engine/records/index.ts'

const hash = (key: string): number => hashKey(Buffer.from(key), 0, Buffer.byteLength(key))

describe('the hash of a key', () => {
  test('never changes: it is on disk and chooses the lane', () => {
    expect(['', 'a', '4b1800', '~2c0001', 'é'].map(hash)).toMatchInlineSnapshot(`
      [
        -1421968373,
        444641715,
        1807924033,
        -1472659176,
        -1907927353,
      ]
    `)
  })

  test('spreads aircraft evenly over lanes', () => {
    for (const lanes of [2, 3, 4, 8]) {
      const counts = new Array<number>(lanes).fill(0)
      for (let i = 0; i < 8000; i++) counts[laneOf(hash((0x3c0000 + i).toString(16)), lanes)]!++
      for (const count of counts) expect(count / (8000 / lanes)).toBeCloseTo(1, 0.9)
    }
  })

  test('gives a lane that is there, also for hashes below zero', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.integer({ min: 1, max: 64 }), (h, lanes) => {
        expect(laneOf(h, lanes)).toBeGreaterThanOrEqual(0)
        expect(laneOf(h, lanes)).toBeLessThan(lanes)
      }),
    )
  })
})

test('keys are ordered as their bytes are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 8 }), fc.uint8Array({ maxLength: 8 }), (a, b) => {
      const padded = (key: Uint8Array) => Buffer.concat([Buffer.from('..'), key])
      const order = compareKeys(padded(a), 2, a.length, padded(b), 2, b.length)
      expect(Math.sign(order)).toBe(Buffer.compare(a, b))
    }),
  )
})
