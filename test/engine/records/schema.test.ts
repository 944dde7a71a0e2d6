import avsc from 'avsc'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FrameMemory } from '../../../engine/memory/frame-memory.ts'
import {
  boolean,
  bytes,
  deadLetter,
  defineSchema,
  enumeration,
  Frame,
  f32,
  f64,
  hashKey,
  i32,
  json,
  string,
  text,
  u8,
} from '../../../engine/records/index.ts'
import { event } from '../../../schemas/event.ts'
import { flight } from '../../../schemas/flight.ts'

/** One field of each kind. */
const everything = defineSchema({
  name: 'everything',
  id: 77,
  version: 1,
  doc: 'One field of each kind.',
  key: 'id',
  deduplicated: false,
  goesStale: false,
  fields: {
    id: string(5, { doc: 'Key.' }),
    ratio: f64({ nullable: true }),
    small: f32({ nullable: true }),
    count: i32({ nullable: true, wire: { quantum: 1 } }),
    level: u8({ nullable: true }),
    is_on: boolean({ nullable: true, wire: {} }),
    color: enumeration(['red', 'green', 'blue'], { nullable: true }),
    note: text({ nullable: true }),
    raw: bytes({ nullable: true }),
    payload: json({ nullable: true }),
    hidden: i32({ nullable: true, internal: true }),
  },
})

function newFrame(roomBytes = 4096): Frame {
  const memory = FrameMemory.allocate(roomBytes)
  memory.u8.fill(0xee) // what was there before
  const frame = new Frame(memory).at(8)
  everything.start(frame)
  return frame
}

const bodyOf = (frame: Frame): string =>
  Buffer.from(frame.memory.u8.slice(frame.body, frame.offset + frame.length)).toString('hex')

describe('the layout of a schema', () => {
  test('lays fields out widest first, each aligned', () => {
    const offsets = Object.values(everything.fields).map(({ name, offset }) => [name, offset])
    expect(Object.fromEntries(offsets)).toEqual({
      small: 60, // in the gap behind the null word
      ratio: 64,
      count: 72,
      note: 76,
      raw: 84,
      payload: 92,
      hidden: 100,
      id: 104,
      level: 110,
      is_on: 111,
      color: 112,
    })
    expect(everything.fixedBytes).toBe(120)
  })

  test('of flights never changes: logs are full of it', () => {
    const offsets = Object.values(flight.fields).map(({ name, offset }) => `${name} ${offset}`)
    expect([flight.id, flight.fixedBytes, ...offsets]).toEqual([
      2,
      176,
      'icao24 140',
      'callsign 148',
      'lat 64',
      'lon 72',
      'altitude_m 80',
      'geo_altitude_m 88',
      'velocity_mps 96',
      'heading_deg 104',
      'vertical_rate_mps 112',
      'on_ground 164',
      'squawk 165',
      'spi 173',
      'time_position_unix 120',
      'last_contact_unix 128',
      'h3_cell_high 60',
      'h3_cell_low 136',
    ])
  })

  test('of a new frame has every nullable field null and all else zero', () => {
    const frame = newFrame()
    expect(bodyOf(frame)).toBe(`ff030000${'00'.repeat(60)}`)
    expect(frame.schemaId).toBe(77)
  })

  test('has its values where it says', () => {
    const frame = newFrame()
    const f = everything.fields
    everything.setKey(frame, Buffer.from('xabcx'), 1, 4)
    f.ratio.set(frame, 1.5)
    f.small.set(frame, -2)
    f.count.set(frame, -3)
    f.level.set(frame, 200)
    f.is_on.set(frame, true)
    f.color.set(frame, 'blue')
    f.note.set(frame, 'é')
    f.raw.setBytes(frame, Buffer.from([9, 1, 2, 9]), 1, 3)
    expect(bodyOf(frame)).toBe(
      [
        '00030000', // null: payload and hidden
        '000000c0', // small
        '000000000000f83f', // ratio
        'fdffffff', // count
        '7800000002000000', // note: starts at 120, 2 bytes
        '7a00000002000000', // raw
        '0000000000000000', // payload
        '00000000', // hidden
        '036162630000', // id
        'c8', // level
        '01', // is_on
        '02', // color
        '00000000000000', // to a multiple of 8
        'c3a9', // note
        '0102', // raw
      ].join(''),
    )
    expect(frame.length).toBe(124)
    expect(frame.keyHash).toBe(hashKey(Buffer.from('abc'), 0, 3))
  })
})

describe('a field', () => {
  test('reads back what was written, or null', () => {
    const value = fc.record({
      ratio: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
      small: fc.option(fc.float({ noNaN: true, noDefaultInfinity: true })),
      count: fc.option(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
      level: fc.option(fc.integer({ min: 0, max: 255 })),
      is_on: fc.option(fc.boolean()),
      color: fc.option(fc.constantFrom('red' as const, 'green' as const, 'blue' as const)),
      note: fc.option(fc.string({ unit: 'grapheme', maxLength: 60 })),
      raw: fc.option(fc.uint8Array({ maxLength: 200 })),
      payload: fc.option(fc.jsonValue()),
    })
    fc.assert(
      fc.property(value, fc.string({ unit: 'grapheme-ascii', maxLength: 5 }), (v, id) => {
        const frame = newFrame(16_384)
        const f = everything.fields
        const isWritten = [
          f.id.set(frame, id),
          v.ratio === null || f.ratio.set(frame, v.ratio),
          v.small === null || f.small.set(frame, v.small),
          v.count === null || f.count.set(frame, v.count),
          v.level === null || f.level.set(frame, v.level),
          v.is_on === null || f.is_on.set(frame, v.is_on),
          v.color === null || f.color.set(frame, v.color),
          v.note === null || f.note.set(frame, v.note),
          v.raw === null || f.raw.setBytes(frame, v.raw, 0, v.raw.length),
          v.payload === null || f.payload.set(frame, JSON.stringify(v.payload)),
        ]
        expect(isWritten).not.toContain(false)
        const { hidden: _, ...shown } = { hidden: null, ...everything.toObject(frame) }
        expect(shown).toEqual({
          ...v,
          id,
          raw: v.raw === null ? null : Buffer.from(v.raw).toString('base64'),
          payload: v.payload === null ? null : JSON.parse(JSON.stringify(v.payload)),
        })
      }),
    )
  })

  test('refuses what does not fit and changes nothing', () => {
    const frame = newFrame(8 + everything.fixedBytes + 8)
    const f = everything.fields
    const before = bodyOf(frame)
    const refused = [
      f.ratio.set(frame, Number.NaN),
      f.ratio.set(frame, Number.POSITIVE_INFINITY),
      f.small.set(frame, 1e39),
      f.count.set(frame, 2 ** 31),
      f.count.set(frame, 0.5),
      f.level.set(frame, 256),
      f.level.set(frame, -1),
      f.color.setIndex(frame, 3),
      f.color.set(frame, 'pink' as 'red'),
      f.id.set(frame, 'abcdef'),
      f.id.set(frame, 'ééé'),
      f.note.set(frame, 'longer than the room behind'),
      f.id.setNull(frame),
      everything.setKey(frame, Buffer.from('abcdef'), 0, 6),
    ]
    expect(new Set(refused)).toEqual(new Set([false]))
    expect(bodyOf(frame)).toBe(before)
    expect(frame.length).toBe(everything.fixedBytes)
  })

  test('may be null again', () => {
    const frame = newFrame()
    everything.fields.count.set(frame, 7)
    expect(everything.fields.count.setNull(frame)).toBe(true)
    expect(everything.fields.count.isNull(frame)).toBe(true)
    expect(everything.fields.ratio.get(frame)).toBeNaN()
  })

  test('of fixed length zeroes what a longer value left, so that equal values are equal bytes', () => {
    const [a, b] = [newFrame(), newFrame()]
    everything.fields.id.set(a, 'abcde')
    everything.fields.id.set(a, 'x')
    everything.fields.id.set(b, 'x')
    expect(bodyOf(a)).toBe(bodyOf(b))
  })
})

describe('a schema', () => {
  test('is refused with more nullable fields than bits, or a key that is no string', () => {
    const many = Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`f${i}`, f64({ nullable: true })]))
    const base = { name: 'x', id: 1, version: 1, doc: '', deduplicated: false, goesStale: false }
    expect(() => defineSchema({ ...base, key: 'id', fields: { id: text(), ...many } })).toThrow('33 nullable fields')
    expect(() => defineSchema({ ...base, key: 'n', fields: { n: f64() } })).toThrow('the key must be a string')
  })

  test('may have 32 nullable fields', () => {
    const many = Array.from({ length: 32 }, () => f64({ nullable: true }))
    const fields = { id: text(), ...Object.fromEntries(many.map((field, i) => [`f${i}`, field])) }
    const schema = defineSchema({
      name: 'wide',
      id: 78,
      version: 1,
      doc: '',
      key: 'id',
      deduplicated: false,
      goesStale: false,
      fields,
    })
    const frame = new Frame(FrameMemory.allocate(1024))
    schema.start(frame)
    expect(many[31]!.isNull(frame)).toBe(true)
    many[31]!.set(frame, 1)
    expect([many[31]!.isNull(frame), many[30]!.isNull(frame)]).toEqual([false, true])
  })

  test('lists its wire fields in the order of declaration, numbers with their quantum', () => {
    expect(everything.wire.map(({ name, quantum }) => [name, quantum])).toEqual([
      ['count', 1],
      ['is_on', 0],
    ])
    expect(flight.wire[0]!.name).toBe('icao24')
  })
})

describe('the Avro schema', () => {
  test.each([flight, event, deadLetter, everything])('of $name is one that avsc takes', (schema) => {
    const type = avsc.Type.forSchema(schema.toAvro() as avsc.Schema)
    expect(type.typeName).toBe('record')
  })

  test('of flights takes a flight and gives it back', () => {
    const frame = new Frame(FrameMemory.allocate(256))
    flight.start(frame)
    flight.setKey(frame, Buffer.from('a1b2c3'), 0, 6)
    flight.fields.lat.set(frame, 40.5)
    flight.fields.on_ground.set(frame, false)
    const record = flight.toObject(frame)
    const type = avsc.Type.forSchema(flight.toAvro() as avsc.Schema, { wrapUnions: 'never' })
    expect(type.isValid(record)).toBe(true)
    expect({ ...type.fromBuffer(type.toBuffer(record)) }).toEqual(record)
  })

  test('leaves out what is internal, and gives null as default', () => {
    const { fields } = flight.toAvro() as unknown as { fields: { name: string; default?: null; type: unknown }[] }
    expect(fields.map(({ name }) => name)).not.toContain('h3_cell_high')
    expect(fields[2]).toMatchObject({ name: 'lat', type: ['null', 'double'], default: null })
  })
})

test.each([
  [100, 'parsed'],
  [101, 'as text'],
])('a json field that is nested %d deep is given %s', (depth, how) => {
  const written = `${'['.repeat(depth)}"]]]\\"[[["${']'.repeat(depth)}`
  const frame = new Frame(FrameMemory.allocate(4096))
  event.start(frame)
  const bytes = Buffer.from(written)
  event.fields.payload.setBytes(frame, bytes, 0, bytes.length)
  const { payload } = event.toObject(frame)
  expect(payload).toEqual(how === 'parsed' ? JSON.parse(written) : written)
})
