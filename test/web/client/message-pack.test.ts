import fc from 'fast-check'
import { pack } from 'msgpackr'
import { describe, expect, test } from 'vitest'
import { readMessagePack } from '../../../web/client/message-pack.ts'

const bytes = (...values: number[]) => Uint8Array.from(values)

test('reads what another writer wrote', () => {
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constant(null),
      fc.boolean(),
      fc.double({ noNaN: true }).map((number) => number + 0), // the writer has no -0
      fc.maxSafeInteger(),
      fc.integer({ min: -300, max: 300 }),
      fc.string({ unit: 'binary' }),
      fc.string({ minLength: 40, maxLength: 300 }),
      fc.uint8Array({ maxLength: 300 }),
      fc.array(tie('value'), { maxLength: 20 }),
      fc.dictionary(fc.string(), tie('value'), { maxKeys: 20, noNullPrototype: true }),
    ),
  })).value
  fc.assert(
    fc.property(value, (written) => {
      // A typed array of msgpackr's comes out as a view of another kind.
      expect(normal(readMessagePack(pack(written)))).toEqual(normal(written))
    }),
    { numRuns: 500 },
  )
})

function normal(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value]
  if (Array.isArray(value)) return value.map(normal)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, normal(item)]))
}

describe('refuses', () => {
  test.each([
    ['what is cut short', bytes(0x92, 0x01)],
    ['a string longer than the message', bytes(0xdb, 0xff, 0xff, 0xff, 0xff, 0x61)],
    ['an array longer than the message', bytes(0xdd, 0xff, 0xff, 0xff, 0xff)],
    ['bytes behind the value', bytes(0x01, 0x02)],
    ['extensions', bytes(0xd4, 0x01, 0x02)],
    ['the one byte that is not in use', bytes(0xc1)],
    ['nothing', bytes()],
    ['depth without end', new Uint8Array(10_000).fill(0x91)],
  ])('%s', (_, message) => {
    expect(() => readMessagePack(message)).toThrow(RangeError)
  })
})

test('reads bins without copying them', () => {
  const message = bytes(0xc4, 0x02, 0x07, 0x08)
  expect((readMessagePack(message) as Uint8Array).buffer).toBe(message.buffer)
})
