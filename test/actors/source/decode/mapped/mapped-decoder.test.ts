import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MappedDecoder, type MapSettings, mapSpec } from '../../../../../actors/source/decode/mapped/index.ts'
import { DISCARD_REASONS, deadLetter, Frame, FrameBatch, FrameKind } from '../../../../../engine/records/index.ts'
import { schemaById } from '../../../../../schemas/index.ts'
import { makeContext } from '../decoding.ts'

const NOW_MS = 1_750_183_200_000

/** What a map makes of a body: records, and dead letters as their reason and detail. */
function decode(map: object, body: unknown, params: Record<string, string> = {}) {
  const decoder = new MappedDecoder(mapSpec.parse(map) as MapSettings)
  return decodeWith(decoder, body, params)
}

function decodeWith(decoder: MappedDecoder, body: unknown, params: Record<string, string> = {}) {
  const context = { ...makeContext(), ingestedMs: NOW_MS, latestClockMs: NOW_MS, maxTimeAheadMs: 60_000 }
  const batch = new FrameBatch()
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  decoder.params = params
  decoder.decode(bytes, 0, bytes.length, context, batch)
  const found: Record<string, unknown>[] = []
  for (let at = 0; at < batch.length; ) {
    const frame = new Frame(batch.memory).at(at)
    const schema = frame.kind === FrameKind.deadLetter ? deadLetter : schemaById(frame.schemaId)!
    const fields = Object.fromEntries(Object.entries(schema.toObject(frame)).filter(([, value]) => value !== null))
    if (frame.kind === FrameKind.deadLetter) found.push({ refused: fields.reason, detail: fields.detail })
    else found.push({ time: frame.time - NOW_MS, ...fields })
    at += frame.stride
  }
  const discarded = Object.fromEntries(
    DISCARD_REASONS.map((reason, i) => [reason, context.discarded[i]!]).filter(([, count]) => count !== 0),
  )
  return { found, discarded, isTaken: decoder.isTaken, complaint: decoder.complaint }
}

const QUOTE = { schema: 'quote', key: '{s}', fields: { price: 'p' } }

describe('rows', () => {
  test.each([
    ['the body', '', { s: 'a', p: 1 }],
    ['the body’s elements', '[*]', [{ s: 'a', p: 1 }]],
    ['elements further in', 'x.y[*]', { o: [1], x: { y: [{ s: 'a', p: 1 }], z: {} } }],
    ['members', 'x{*}', { x: { one: { s: 'a', p: 1 } } }],
    ['members of elements', '[*].x{*}', [{ x: { one: { s: 'a', p: 1 } } }, { x: {} }]],
    ['what stands in each element', '[*].q', [{ q: { s: 'a', p: 1 } }]],
  ])('are %s', (_, records, body) => {
    expect(decode({ ...QUOTE, records }, body).found).toEqual([{ time: 0, symbol: 'a', price: 1 }])
  })

  test('may be none: null, or nothing in it', () => {
    expect(decode({ ...QUOTE, records: 'x[*]' }, { x: null })).toMatchObject({ isTaken: true, found: [] })
    expect(decode({ ...QUOTE, records: 'x[*]' }, { x: [] })).toMatchObject({ isTaken: true, found: [] })
  })

  test('must be where they are said to be', () => {
    const refused = [{ refused: 'bad_shape', detail: 'there is nothing at x[*]' }]
    for (const body of [{}, { y: [] }, { x: {} }, { x: 1 }, [], 7])
      expect(decode({ ...QUOTE, records: 'x[*]' }, body)).toMatchObject({ isTaken: false, found: refused })
  })
})

describe('values', () => {
  test('come from the row, from below it, from beside it, from the request, and from its name', () => {
    const map = {
      schema: 'quote',
      records: 'rates{*}',
      key: '{$param.who}:{$body.base}/{$key}',
      time: { from: '$body.at', unit: 's' },
      fields: { price: 'last.0', bid: 'deep.er.bid', currency: '$key', ask: { from: 'feet', times: 0.3048, plus: 1 } },
    }
    const row = { last: ['1.5', 'x'], deep: { er: { bid: 2 } }, feet: '10' }
    expect(decode(map, { rates: { USD: row }, at: NOW_MS / 1000 - 5, base: 'EUR' }, { who: 'ecb' }).found).toEqual([
      { time: -5000, symbol: 'ecb:EUR/USD', price: 1.5, bid: 2, currency: 'USD', ask: 4.048 },
    ])
  })

  test('are the row itself where it is no object', () => {
    const map = { schema: 'quote', records: 'r{*}', key: '{$key}', fields: { price: '$value' } }
    expect(decode(map, { r: { a: 1.5, b: '2.5', c: null, d: -3e2 } }).found).toEqual([
      { time: 0, symbol: 'a', price: 1.5 },
      { time: 0, symbol: 'b', price: 2.5 },
      { time: 0, symbol: 'c' },
      { time: 0, symbol: 'd', price: -300 },
    ])
  })

  test('have names with dots and blanks where those are listed', () => {
    const map = { schema: 'quote', records: 'Global Quote', key: 'x', fields: { price: ['05. price'] } }
    expect(decode(map, { 'Global Quote': { '05. price': '7.25' } }).found).toEqual([
      { time: 0, symbol: 'x', price: 7.25 },
    ])
  })

  test('that are null, empty or said to be none are null', () => {
    const map = { ...QUOTE, nulls: ['.', 'None'] }
    for (const p of [null, undefined, '', '.', 'None'])
      expect(decode(map, { s: 'a', p }).found).toEqual([{ time: 0, symbol: 'a' }])
  })

  test('that their field cannot hold make a dead letter of the row alone', () => {
    const map = { schema: 'quote', records: '[*]', key: '{s}', fields: { price: 'p', currency: 'c' } }
    const body = [
      { s: 'a', p: 'much' },
      { s: 'b', p: 1 },
      { s: 'c', p: true },
      { s: 'd', c: 'as long as this' },
      { s: 'x'.repeat(32) },
    ]
    expect(decode(map, body)).toMatchObject({
      isTaken: true,
      found: [
        { refused: 'bad_value', detail: 'price is "much", which is no number' },
        { symbol: 'b' },
        { refused: 'bad_value', detail: 'price is true, which is no number' },
        { refused: 'bad_value', detail: 'currency is "as long as this", which is too long' },
        { refused: 'bad_key' },
      ],
    })
    expect(decode(map, '[{"s":"a","p":1e999}]').found).toMatchObject([{ refused: 'bad_value' }])
  })
})

describe('a row', () => {
  test('without a key is left out, and counted', () => {
    const body = [{ s: '' }, { s: null }, {}, { s: 'a', p: 1 }, 7]
    expect(decode({ ...QUOTE, records: '[*]' }, body)).toMatchObject({
      found: [{ symbol: 'a' }],
      discarded: { no_key: 4 },
    })
  })

  test.each([
    ['s', NOW_MS / 1000 - 1.5],
    ['ms', NOW_MS - 1500],
    ['us', (NOW_MS - 1500) * 1000],
    ['ms', String(NOW_MS - 1500)],
    ['iso8601', new Date(NOW_MS - 1500).toISOString()],
    ['iso8601', new Date(NOW_MS - 1500).toISOString().replace('T', ' ').replace('Z', '')],
    ['iso8601', new Date(NOW_MS - 1500 + 3_600_000).toISOString().replace('Z', '+01:00')],
  ])('has its time in %s: %s', (unit, t) => {
    expect(decode({ ...QUOTE, time: { from: 't', unit } }, { s: 'a', t }).found).toMatchObject([{ time: -1500 }])
  })

  test('whose time is none, or is still to come, is a dead letter', () => {
    const map = { ...QUOTE, time: { from: 't', unit: 'iso8601' } }
    for (const t of [undefined, null, '', 'soon', 12, '2025-13-01', '2025-06-17T25:00:00Z'])
      expect(decode(map, { s: 'a', t }).found).toEqual([{ refused: 'bad_value', detail: 'its time is no time' }])
    const ahead = { ...QUOTE, time: { from: 't', unit: 'ms' } }
    expect(decode(ahead, { s: 'a', t: NOW_MS + 60_001 }).found).toMatchObject([{ refused: 'time_ahead' }])
  })
})

describe('an event', () => {
  const map = {
    schema: 'event',
    records: '[*]',
    key: '{id}',
    time: { from: 't', unit: 'ms' },
    fields: { source: 'net' },
  }

  test('keeps its row byte for byte', () => {
    const row = '{ "id" : "1" ,"t":1750183200000, "x": [1.50, "\\u00e9"] , "net":"us"}'
    const { found } = decode(map, `[${row}]`)
    expect(found).toMatchObject([{ id: '1', source: 'us', payload: JSON.parse(row) }])
  })

  test('that is told again as it was is left out; one that has changed is not', () => {
    const decoder = new MappedDecoder(mapSpec.parse(map) as MapSettings)
    const row = { id: '1', t: NOW_MS }
    expect(decodeWith(decoder, [row, row])).toMatchObject({ found: [{ id: '1' }], discarded: { unchanged: 1 } })
    expect(decodeWith(decoder, [row])).toMatchObject({ found: [], discarded: { unchanged: 1 } })
    expect(decodeWith(decoder, [{ ...row, t: NOW_MS - 1 }]).found).toHaveLength(1)
  })

  test('in a body that was refused was not told', () => {
    const decoder = new MappedDecoder(mapSpec.parse(map) as MapSettings)
    expect(decodeWith(decoder, `[{"id":"1","t":${NOW_MS}}, oops`)).toMatchObject({ isTaken: false })
    expect(decodeWith(decoder, `[{"id":"1","t":${NOW_MS}}]`).found).toMatchObject([{ id: '1' }])
  })
})

describe('a complaint with status 200', () => {
  const map = { ...QUOTE, complaint: { at: ['Note', 'error.0'], limited: ['rate limit'] } }

  test.each([
    [{ Note: 'Our Rate Limit is 5 a minute' }, 'limited'],
    [{ error: ['EGeneral:Invalid arguments'], s: 'a' }, 'error'],
    [{ s: 'a', p: 1, error: [], Note: '' }, 'none'],
    [{ s: 'a', p: 1, Note: null }, 'none'],
  ])('%o is %s', (body, complaint) => {
    const outcome = decode(map, body)
    expect(outcome).toMatchObject({ complaint, isTaken: complaint === 'none' })
    if (complaint !== 'none') expect(outcome.found).toMatchObject([{ refused: 'bad_shape', detail: /^it says: / }])
  })
})

describe('a map', () => {
  test('names what it gets wrong', () => {
    const issues = (map: object) =>
      mapSpec.safeParse(map).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
    expect(issues({ ...QUOTE, fields: { prize: 'p' } })).toEqual(['fields.prize: a quote has no such field'])
    expect(issues(QUOTE)).toBeUndefined()
    const impossible = (fields: object) => () => new MappedDecoder(mapSpec.parse({ ...QUOTE, fields }) as MapSettings)
    expect(impossible({ price: 'a', bid: 'a.b' })).toThrow('"a" cannot be a value and have values in it')
    expect(impossible({ price: 'a.0.b' })).toThrow('"0" is in an array: nothing below it can be taken')
  })
})

/** JSON writes -0 as 0. */
const double = () => fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)

test('any rows give what JSON.parse and a few lines give', () => {
  const row = fc.record(
    {
      s: fc.oneof(fc.string({ maxLength: 10 }), fc.integer(), fc.constant(null)),
      p: fc.oneof(double(), fc.constant(null), double().map(String)),
      deep: fc.oneof(
        fc.record({ bid: fc.integer(), other: fc.json() }),
        fc.constant(null),
        fc.integer(),
        fc.array(fc.integer()),
      ),
      list: fc.oneof(fc.array(fc.oneof(fc.integer(), fc.string()), { maxLength: 4 }), fc.constant('x')),
      noise: fc.jsonValue(),
    },
    { requiredKeys: [] },
  )
  const map = mapSpec.parse({
    schema: 'quote',
    records: 'rows[*]',
    key: 'k:{s}',
    fields: { price: 'p', bid: 'deep.bid', ask: 'list.1' },
  }) as MapSettings
  const number = (value: unknown): unknown => {
    if (value === undefined || value === null || value === '') return null
    if (typeof value === 'object') return null
    const parsed =
      typeof value === 'string' && !/^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(value)
        ? Number.NaN
        : Number(value)
    return Number.isFinite(parsed) ? parsed : 'bad'
  }
  const decoder = new MappedDecoder(map)
  fc.assert(
    fc.property(fc.array(row), fc.boolean(), (rows, isPretty) => {
      const { found } = decodeWith(decoder, JSON.stringify({ before: rows.length, rows }, null, isPretty ? 1 : 0))
      const expected = rows.flatMap((one): object[] => {
        const { s, p, deep, list } = one as { s?: unknown; p?: unknown; deep?: { bid?: unknown }; list?: unknown[] }
        if (s === undefined || s === null || s === '') return []
        const symbol = `k:${s}`
        if (Buffer.byteLength(symbol) > 31) return [{ refused: 'bad_key' }]
        const values = {
          price: number(p),
          bid: number(Array.isArray(deep) ? null : deep?.bid),
          ask: number(Array.isArray(list) ? list[1] : null),
        }
        if (Object.values(values).includes('bad')) return [{ refused: 'bad_value' }]
        return [
          {
            symbol: Buffer.from(symbol).toString(),
            ...Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)),
          },
        ]
      })
      expect(found.length).toBe(expected.length)
      for (const [i, one] of found.entries()) expect(one).toMatchObject(expected[i]!)
    }),
    { numRuns: 300 },
  )
})
