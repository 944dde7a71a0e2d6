import { describe, expect, test } from 'vitest'
import { ENVELOPE, NOW } from './bodies.ts'
import { Decoding } from './decoding.ts'

const decode = (body: string) => new Decoding('envelope').decode(body)

describe('a flight envelope', () => {
  test('becomes a record with its payload’s values', () => {
    const { position, ...rest } = ENVELOPE.payload
    expect(decode(JSON.stringify(ENVELOPE))).toEqual([
      { kind: 'record', position: 0, time: NOW * 1000, clock: (NOW + 1) * 1000, fields: { ...rest, ...position } },
    ])
  })

  test('may have any member of its payload missing, which is null', () => {
    const [record] = decode(`{"payload":{"icao24":"a1b2c3","position":{"lat":1,"lon":2},"last_contact_unix":${NOW}}}`)
    expect(record).toMatchObject({ kind: 'record', time: NOW * 1000 })
    const { icao24, lat, lon, last_contact_unix, ...others } = record!.fields!
    expect({ icao24, lat, lon, last_contact_unix }).toEqual({
      icao24: 'a1b2c3',
      lat: 1,
      lon: 2,
      last_contact_unix: NOW,
    })
    expect(new Set(Object.values(others))).toEqual(new Set([null]))
  })

  test('has its key made lower case, its call sign trimmed, an empty squawk null', () => {
    const payload = { ...ENVELOPE.payload, icao24: '~A1B2C3', callsign: '  N 281 ', squawk: '' }
    expect(decode(JSON.stringify({ payload }))[0]!.fields).toMatchObject({
      icao24: '~a1b2c3',
      callsign: 'N 281',
      squawk: null,
    })
  })

  test('takes contact time where it has no position time, and position time as its clock where it has no contact', () => {
    const body = (times: object) =>
      JSON.stringify({ payload: { icao24: 'a1b2c3', position: { lat: 1, lon: 2 }, ...times } })
    expect(decode(body({ last_contact_unix: NOW + 0.0004 }))).toMatchObject([{ time: NOW * 1000, clock: NOW * 1000 }])
    expect(decode(body({ time_position_unix: NOW + 0.0006 }))).toMatchObject([
      { time: NOW * 1000 + 1, clock: NOW * 1000 + 1 },
    ])
  })

  test('counts each member as it was written last, and escaped keys as what they say', () => {
    const text = `{"payload":{"icao24":"ffffff","position":{"lat":9,"lon":9}},"type":"x","type":"flight_update",
      "payload":{"icao24":"~000000","icao\\u00324":"a1b2c3","position":{"lat":9},"position":{"lat":"x","lat":1,"lon":2},
      "squawk":1,"squawk":"7700","last_contact_unix":${NOW}}}`
    expect(decode(text)).toMatchObject([
      { kind: 'record', fields: { icao24: 'a1b2c3', lat: 1, lon: 2, squawk: '7700' } },
    ])
  })

  test('decodes escapes, a lone surrogate as U+FFFD', () => {
    const text = JSON.stringify(ENVELOPE).replace('"N281MA"', '"\\u00e9\\/\\ud83d\\ude00\\ud800"')
    expect(decode(text)[0]!.fields).toMatchObject({ callsign: 'é/😀\ufffd' })
  })

  test('is refused without a payload that is an object, or with another type', () => {
    const refused = [{ kind: 'dead letter', reason: 'bad_shape', row: -1 }]
    for (const payload of [undefined, null, [], 'x', 1])
      expect(decode(JSON.stringify({ payload }))).toMatchObject(refused)
    for (const type of ['ticker', '', 1, {}])
      expect(decode(JSON.stringify({ ...ENVELOPE, type }))).toMatchObject(refused)
    for (const type of ['flight_state', 'flight_update', null, undefined])
      expect(decode(JSON.stringify({ ...ENVELOPE, type }))).toMatchObject([{ kind: 'record' }])
    for (const body of ['[]', '1', '"x"', 'null']) expect(decode(body)).toMatchObject(refused)
  })

  test('does not move the clock when it is refused', () => {
    const decoding = new Decoding('envelope')
    const at = (seconds: number, lat: number) =>
      JSON.stringify({ payload: { ...ENVELOPE.payload, position: { lat, lon: 0 }, last_contact_unix: seconds } })
    decoding.decode(at(NOW, 1))
    decoding.decode(at(NOW + 50, 91))
    expect(decoding.state).toMatchObject({ clockMs: NOW * 1000, ordinal: 2 })
    decoding.decode(at(NOW + 50, 1))
    decoding.decode(at(NOW + 10, 1))
    expect(decoding.state).toMatchObject({ clockMs: (NOW + 50) * 1000, ordinal: 4 })
  })
})
