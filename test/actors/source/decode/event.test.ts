import { describe, expect, test } from 'vitest'
import { createDecoder } from '../../../../actors/source/decode/index.ts'
import { Frame, FrameBatch } from '../../../../engine/records/index.ts'
import { event } from '../../../../schemas/event.ts'
import { EVENT, NOW } from './bodies.ts'
import { Decoding, makeContext } from './decoding.ts'

const decode = (body: object | string) =>
  new Decoding('event').decode(typeof body === 'string' ? body : JSON.stringify(body))

describe('an event', () => {
  test('becomes a record with what it says of itself', () => {
    const time = Date.UTC(2026, 2, 18, 7, 12, 43, 320)
    const { timestamp, ...fields } = EVENT
    expect(decode(EVENT)).toEqual([{ kind: 'record', position: 0, time, clock: time, fields }])
  })

  test('has its payload kept byte for byte', () => {
    for (const payload of ['{ "a" : 1.50e+1 ,"a":2}', 'null', '"\\u00e9é"', '[ ]', '-0.0', 'true']) {
      const batch = new FrameBatch()
      const body = Buffer.from(`{"id":"1","timestamp":${NOW},"payload": ${payload} ,"source":"s"}`)
      createDecoder('event').decode(body, 0, body.length, makeContext(), batch)
      const frame = new Frame(batch.memory).at(0)
      expect(event.fields.payload.get(frame)).toBe(payload)
      expect(event.fields.api_version.get(frame)).toBe('')
    }
  })

  test('has its time in seconds, in milliseconds above 1e11, or as ISO 8601', () => {
    for (const timestamp of [NOW, NOW * 1000, new Date(NOW * 1000).toISOString(), NOW + 0.0004])
      expect(decode({ ...EVENT, timestamp })).toMatchObject([{ time: NOW * 1000 }])
    for (const timestamp of ['yesterday', '', 1e300])
      expect(decode({ ...EVENT, timestamp })).toMatchObject([{ kind: 'dead letter' }])
  })

  test('is left out without an id', () => {
    for (const id of [undefined, null, '', '  ']) {
      const decoding = new Decoding('event')
      expect(decoding.decode(JSON.stringify({ ...EVENT, id }))).toEqual([])
      expect(decoding.state).toMatchObject({ ordinal: 1, discarded: { no_key: 1 } })
    }
  })

  test('is refused where a member is missing or of another type', () => {
    for (const name of ['timestamp', 'source', 'payload'])
      expect(decode({ ...EVENT, [name]: undefined }), name).toMatchObject([{ reason: 'bad_shape' }])
    for (const [name, value] of Object.entries({ id: 1, timestamp: true, source: null, api_version: 2 }))
      expect(decode({ ...EVENT, [name]: value }), name).toMatchObject([{ reason: 'bad_shape' }])
    expect(decode({ ...EVENT, timestamp: '1' })).toMatchObject([{ kind: 'record' }])
    expect(decode({ ...EVENT, api_version: 'sixteen bytes!!!' })).toMatchObject([{ reason: 'bad_value' }])
  })

  test('is refused when its frame would be longer than its source’s ring takes', () => {
    const decoding = new Decoding('event')
    const body = JSON.stringify({ ...EVENT, payload: 'x'.repeat(2 << 20) })
    expect(decoding.decode(body)).toMatchObject([{ kind: 'dead letter', reason: 'too_large' }])
  })
})
