import { describe, expect, test } from 'vitest'
import { NOW, OPENSKY } from './bodies.ts'
import { Decoding } from './decoding.ts'

const [first] = OPENSKY.states
const row = (changes: Record<number, unknown>): unknown[] => first!.map((value, index) => changes[index] ?? value)

function decode(body: object) {
  const decoding = new Decoding('opensky')
  return { frames: decoding.decode(JSON.stringify(body)), state: decoding.state }
}

describe('an OpenSky body', () => {
  test('gives a record for each row, with longitude before latitude', () => {
    const { frames } = decode({ time: NOW, states: [first] })
    expect(frames).toEqual([
      {
        kind: 'record',
        position: 0,
        time: NOW * 1000,
        clock: NOW * 1000,
        fields: {
          icao24: 'a2d2c6',
          callsign: 'N281MA',
          lat: 33.9294,
          lon: -118.1803,
          altitude_m: 396.24,
          geo_altitude_m: 381,
          velocity_mps: 100.99,
          heading_deg: 266.79,
          vertical_rate_mps: -1.63,
          on_ground: false,
          squawk: '4704',
          spi: false,
          time_position_unix: NOW,
          last_contact_unix: NOW,
        },
      },
    ])
  })

  test('may have no states at all: it is a body that moves the clock', () => {
    for (const states of [null, []])
      expect(decode({ time: NOW, states })).toEqual({
        frames: [],
        state: { clockMs: NOW * 1000, ordinal: 0, discarded: {} },
      })
  })

  test('may have more columns than seventeen, but not fewer', () => {
    expect(decode({ time: NOW, states: [[...first!, 6, 'more', [1]]] }).frames).toMatchObject([{ kind: 'record' }])
    expect(decode({ time: NOW, states: [first!.slice(0, 16)] }).frames).toMatchObject([{ reason: 'bad_shape', row: 0 }])
  })

  test('is refused as a whole where its shape is wrong', () => {
    const wrong = [
      {},
      { time: NOW },
      { states: [] },
      { time: 'x', states: [] },
      { time: null, states: [] },
      { time: NOW, states: {} },
    ]
    for (const body of [...wrong, [], 'OK'])
      expect(decode(body as object), JSON.stringify(body)).toEqual({
        frames: [
          {
            kind: 'dead letter',
            position: 0,
            clock: Number.NEGATIVE_INFINITY,
            reason: 'bad_shape',
            row: -1,
            input: JSON.stringify(body),
          },
        ],
        state: { clockMs: Number.NEGATIVE_INFINITY, ordinal: 1, discarded: {} },
      })
  })

  test('has a bad row refused by itself, with its bytes and its index', () => {
    const bad = row({ 6: 'north' })
    const { frames, state } = decode({ time: NOW, states: [first, bad, 'x', row({ 5: 999 }), first] })
    expect(frames).toMatchObject([
      { kind: 'record', position: 0 },
      { kind: 'dead letter', position: 1, reason: 'bad_shape', row: 1, input: JSON.stringify(bad) },
      { kind: 'dead letter', position: 2, reason: 'bad_shape', row: 2, input: '"x"' },
      { kind: 'dead letter', position: 3, reason: 'longitude_range', row: 3 },
      { kind: 'record', position: 4 },
    ])
    expect(state).toEqual({ clockMs: NOW * 1000, ordinal: 5, discarded: {} })
  })

  test('takes the contact time of a row without position time, and the body’s own without either', () => {
    const untimed = first!.with(3, null)
    expect(decode({ time: NOW + 9, states: [untimed, untimed.with(4, null)] }).frames).toMatchObject([
      { time: NOW * 1000, fields: { time_position_unix: null } },
      { time: (NOW + 9) * 1000, fields: { time_position_unix: null, last_contact_unix: null } },
    ])
  })

  test('is judged by its time wherever that is written, and by the last one written', () => {
    const { states } = OPENSKY
    const usual = decode({ time: NOW, states })
    expect(decode({ states, time: NOW })).toEqual(usual)
    const decoding = new Decoding('opensky')
    const text = `{"time":1,"states":[[1]],"states":${JSON.stringify(states)},"time":${NOW}}`
    expect({ frames: decoding.decode(text), state: decoding.state }).toEqual(usual)
  })
})
