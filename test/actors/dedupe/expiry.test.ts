import { describe, expect, test } from 'vitest'
import { Expiry } from '../../../actors/dedupe/expiry.ts'
import { KeyTable } from '../../../engine/memory/table.ts'
import { hashKey } from '../../../engine/records/index.ts'
import { flight } from '../../../schemas/flight.ts'
import { quote } from '../../../schemas/quote.ts'

const LIFETIMES = { staleAfterMs: 60_000, forgetAfterMs: 600_000 }

function tableOf(mentions: Record<string, number>, quotes: Record<string, number> = {}) {
  const table = new KeyTable({ capacity: 100, maxKeyBytes: 8 })
  const mention =
    (schemaId: number) =>
    ([key, mentionMs]: [string, number]) => {
      const bytes = Buffer.from(key)
      const slot = table.insert(bytes, 0, bytes.length, hashKey(bytes, 0, bytes.length), schemaId)
      table.touch(slot, mentionMs)
    }
  Object.entries(mentions).forEach(mention(flight.id))
  Object.entries(quotes).forEach(mention(quote.id))
  const expiry = new Expiry(table, LIFETIMES)
  const keyOf = (slot: number) => {
    const bytes = Buffer.alloc(8)
    return bytes.toString('latin1', 0, table.copyKey(slot, bytes, 0))
  }
  return { table, expiry, staleAt: (clockMs: number) => expiry.staleAt(clockMs).map(keyOf) }
}

describe('a key', () => {
  test('is gone when more than the limit has passed since its mention, to the millisecond', () => {
    const { staleAt } = tableOf({ a: 1000 })
    expect(staleAt(60_999)).toEqual([])
    expect(staleAt(61_000)).toEqual([])
    expect(staleAt(61_001)).toEqual(['a'])
  })

  test('goes in the order of its bytes among those that go together', () => {
    const { staleAt } = tableOf({ b: 1, '~a': 2, ab: 3, a: 4, c: 5, B: 6 })
    expect(staleAt(100_000)).toEqual(['B', 'a', 'ab', 'b', 'c', '~a'])
  })

  test('stays when another that was mentioned before it goes', () => {
    const { staleAt } = tableOf({ z: 1000, y: 2000, x: 3000 })
    expect(staleAt(62_500)).toEqual(['y', 'z'])
  })

  test('of what does not go stale is remembered for longer, whatever else has gone since', () => {
    const { staleAt } = tableOf({ b: 2000 }, { a: 1000, c: 400_000 })
    expect(staleAt(100_000)).toEqual(['b'])
    expect(staleAt(601_001)).toEqual(['a', 'b'])
  })

  test('is never gone where no clock has been heard of', () => {
    expect(tableOf({ a: 1000 }).staleAt(Number.NEGATIVE_INFINITY)).toEqual([])
  })
})

test('an empty table has nothing to expire', () => {
  expect(tableOf({}).staleAt(1e15)).toEqual([])
})
