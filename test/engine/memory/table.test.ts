import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ABSENT, KEY_TOO_LONG, KeyTable, TABLE_FULL } from '../../../engine/memory/table.ts'
import { hashKey } from '../../../engine/records/key.ts'

const MAX_KEY_BYTES = 7

/** Hashes from honest to hostile: nothing but the key bytes may decide. */
const hashes: Record<string, (key: Uint8Array) => number> = {
  'a good hash': (key) => hashKey(key, 0, key.length),
  'one hash for all keys': () => -1,
  'three hashes': (key) => [0, 0x7fffffff, -0x80000000][(key[0] ?? 0) % 3]!,
  'hashes that agree in their low bits': (key) => hashKey(key, 0, key.length) & ~0xff,
  'hashes that agree in their high bits': (key) => hashKey(key, 0, key.length) & 0xff,
}

type Step = { action: 'insert' | 'touch' | 'remove' | 'expire'; key: Uint8Array; schemaId: number }

const step: fc.Arbitrary<Step> = fc.record({
  action: fc.constantFrom('insert', 'insert', 'touch', 'remove', 'expire'),
  key: fc.uint8Array({ min: 97, max: 100, maxLength: MAX_KEY_BYTES }),
  schemaId: fc.integer({ min: 1, max: 2 }),
})

const nameOf = ({ key, schemaId }: Step): string => `${schemaId}:${Buffer.from(key)}`

/** All keys of a table, by schema and from the oldest to the newest, with their times. */
function contentsOf(table: KeyTable): [name: string, times: { accepted: number; mention: number }][] {
  const key = Buffer.alloc(MAX_KEY_BYTES)
  const contents: ReturnType<typeof contentsOf> = []
  for (const schemaId of [1, 2]) {
    for (let slot = table.oldest(schemaId); slot !== ABSENT; slot = table.newerThan(slot)) {
      const name = `${table.schemaIdOf(slot)}:${key.subarray(0, table.copyKey(slot, key, 0))}`
      contents.push([name, { accepted: table.acceptedMs[slot]!, mention: table.mentionMs[slot]! }])
    }
  }
  return contents
}

/** Does one step on the table and on a Map, whose order is that of insertion. */
function perform(
  table: KeyTable,
  model: Map<string, { accepted: number; mention: number }>,
  s: Step,
  now: number,
  hash: number,
) {
  const padded = Buffer.concat([Buffer.from('..'), s.key, Buffer.from('..')])
  const slot = table.find(padded, 2, s.key.length, hash, s.schemaId)
  const known = model.get(nameOf(s))
  expect(slot !== ABSENT).toBe(known !== undefined)
  if (s.action === 'expire') {
    const oldest = [...model.keys()].find((name) => name.startsWith(`${s.schemaId}:`))
    expect(table.oldest(s.schemaId) === ABSENT).toBe(oldest === undefined)
    if (oldest === undefined) return
    table.remove(table.oldest(s.schemaId))
    model.delete(oldest)
  } else if (slot === ABSENT) {
    if (s.action !== 'insert') return
    const inserted = table.insert(padded, 2, s.key.length, hash, s.schemaId)
    expect(inserted === TABLE_FULL).toBe(model.size === table.capacity)
    if (inserted === TABLE_FULL) return
    table.acceptedMs[inserted] = now / 2
    table.touch(inserted, now)
    model.set(nameOf(s), { accepted: now / 2, mention: now })
  } else if (s.action === 'remove') {
    table.remove(slot)
    model.delete(nameOf(s))
  } else {
    table.touch(slot, now)
    model.delete(nameOf(s))
    model.set(nameOf(s), { ...known!, mention: now })
  }
}

describe('the table', () => {
  test.each(Object.entries(hashes))('behaves as a map in order of mention, with %s', (_, hashOf) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), fc.integer({ min: 1, max: 40 }), (steps, capacity) => {
        const table = new KeyTable({ capacity, maxKeyBytes: MAX_KEY_BYTES })
        const model = new Map<string, { accepted: number; mention: number }>()
        for (const [now, s] of steps.entries()) perform(table, model, s, now, hashOf(s.key))
        expect(contentsOf(table)).toEqual([...model].sort(([a], [b]) => a.charCodeAt(0) - b.charCodeAt(0)))
        expect(table.size).toBe(model.size)
      }),
    )
  })

  test('keeps a key in its slot until it is removed', () => {
    const table = new KeyTable({ capacity: 100, maxKeyBytes: 4 })
    const slots = Array.from({ length: 100 }, (_, i) => table.insert(Buffer.from([i]), 0, 1, 1, 1))
    for (let i = 0; i < 100; i += 2) table.remove(slots[i]!)
    for (let i = 1; i < 100; i += 2) expect(table.find(Buffer.from([i]), 0, 1, 1, 1)).toBe(slots[i])
  })

  test('refuses a key that is too long, and takes one of no bytes', () => {
    const table = new KeyTable({ capacity: 2, maxKeyBytes: 4 })
    expect(table.insert(Buffer.from('abcde'), 0, 5, 1, 1)).toBe(KEY_TOO_LONG)
    expect(table.insert(Buffer.from(''), 0, 0, 1, 1)).toBe(0)
    expect(table.find(Buffer.from(''), 0, 0, 1, 1)).toBe(0)
  })

  test('takes keys again after it was full', () => {
    const table = new KeyTable({ capacity: 1, maxKeyBytes: 4 })
    const key = Buffer.from('ab')
    expect(table.insert(key, 0, 1, 1, 1)).toBe(0)
    expect(table.insert(key, 1, 1, 1, 1)).toBe(TABLE_FULL)
    table.remove(table.oldest(1))
    expect(table.insert(key, 1, 1, 1, 1)).toBe(0)
    expect(table.oldest(1)).toBe(0)
  })

  test('cannot be made with a capacity or key length it does not support', () => {
    for (const capacity of [0, -1, 1.5, 2 ** 28])
      expect(() => new KeyTable({ capacity, maxKeyBytes: 4 })).toThrow(RangeError)
    for (const maxKeyBytes of [0, 256]) expect(() => new KeyTable({ capacity: 1, maxKeyBytes })).toThrow(RangeError)
  })
})
