import { describe, expect, test } from 'vitest'
import { NOW } from './bodies.ts'
import { Decoding } from './decoding.ts'
import type { Rules } from './reference.ts'

/** What becomes of one observation: `record`, the reason it is left out for, or the reason it is refused for. */
function verdict(payload: object, rules: Partial<Rules> = {}): string {
  const decoding = new Decoding('envelope', rules)
  const usual = { icao24: 'a1b2c3', position: { lat: 1, lon: 2 }, last_contact_unix: NOW, time_position_unix: NOW }
  const [frame] = decoding.decode(JSON.stringify({ payload: { ...usual, ...payload } }))
  if (frame !== undefined) return frame.reason ?? 'record'
  return Object.keys(decoding.state.discarded)[0]!
}

const at = (lat: unknown, lon: unknown): object => ({ position: { lat, lon } })
const NEW_YORK = { latMin: 40.4, latMax: 41.2, lonMin: -74.5, lonMax: -73.5 }

describe('an observation of an aircraft', () => {
  test('is refused where a value is not of its type', () => {
    expect(verdict({ icao24: 12 })).toBe('bad_shape')
    expect(verdict({ callsign: false })).toBe('bad_shape')
    expect(verdict({ altitude_m: '1000' })).toBe('bad_shape')
    expect(verdict({ on_ground: 1 })).toBe('bad_shape')
    expect(verdict({ squawk: 7700 })).toBe('bad_shape')
    expect(verdict({ position: [1, 2] })).toBe('bad_shape')
    expect(verdict(at('1', 2))).toBe('bad_shape')
    expect(verdict({ last_contact_unix: '2026-03-18' })).toBe('bad_shape')
  })

  test('is refused where a value does not fit its field', () => {
    expect(verdict({ callsign: 'fifteen bytes!!' })).toBe('record')
    expect(verdict({ callsign: ' fifteen bytes!! ' })).toBe('record')
    expect(verdict({ callsign: 'sixteen bytes!!!' })).toBe('bad_value')
    expect(verdict({ callsign: 'éééééééé' })).toBe('bad_value')
    expect(verdict({ squawk: '1234567' })).toBe('record')
    expect(verdict({ squawk: '12345678' })).toBe('bad_value')
  })

  test('is refused where a number is beyond a double', () => {
    const decoding = new Decoding('envelope')
    expect(decoding.decode('{"payload":{"altitude_m":1e999}}')).toMatchObject([{ reason: 'bad_value' }])
    expect(decoding.decode('{"payload":{"unknown":1e999}}')).toEqual([])
  })

  test('is refused with a key that is not six hexadecimal digits after an optional tilde', () => {
    for (const key of ['a1b2c3', 'A1B2C3', '~a1b2c3', '~FFFFFF', '000000'])
      expect(verdict({ icao24: key })).toBe('record')
    const bad = [
      'a1b2c',
      'a1b2c33',
      '~a1b2c',
      '~~a1b2c',
      'a1b2c~',
      'g1b2c3',
      'a1b2cg',
      ' a1b2c3',
      'a1b2c3 ',
      '~',
      'é1b2c',
      '`a1b2c',
    ]
    for (const key of [...bad, '@bcdef', 'a1b2c/', 'a1b2c:', '\u0011\u0012\u0013\u0014\u0015\u0016'])
      expect(verdict({ icao24: key }), key).toBe('bad_key')
  })

  test('is refused with a latitude beyond ±90 or a longitude beyond ±180', () => {
    expect(verdict(at(90, 180))).toBe('record')
    expect(verdict(at(-90, -180))).toBe('record')
    expect(verdict(at(90.000001, 0))).toBe('latitude_range')
    expect(verdict(at(-91, 999))).toBe('latitude_range')
    expect(verdict(at(0, 180.000001))).toBe('longitude_range')
    expect(verdict(at(null, -181))).toBe('longitude_range')
    expect(verdict({ icao24: null, ...at(91, null) })).toBe('latitude_range')
  })

  test('is refused when its time is more than a minute after its body, but only with a key and a position', () => {
    expect(verdict({ time_position_unix: NOW + 60 })).toBe('record')
    expect(verdict({ time_position_unix: NOW + 60.001 })).toBe('time_ahead')
    expect(verdict({ time_position_unix: NOW + 61, icao24: '' })).toBe('no_key')
    expect(verdict({ time_position_unix: NOW + 61, position: null })).toBe('no_position')
  })

  test('is refused without any time, but only with a key and a position', () => {
    const timeless = { time_position_unix: null, last_contact_unix: null }
    expect(verdict(timeless)).toBe('bad_shape')
    expect(verdict({ ...timeless, icao24: null })).toBe('no_key')
    expect(verdict({ ...timeless, position: {} })).toBe('no_position')
  })

  test('is left out without a key, which may be missing, null, empty or blank', () => {
    for (const icao24 of [undefined, null, '', '   ', '\t', '\u00a0']) expect(verdict({ icao24 })).toBe('no_key')
  })

  test('is left out without a position', () => {
    for (const position of [undefined, null, {}, { lat: 1 }, { lon: 2 }, { lat: null, lon: 2 }])
      expect(verdict({ position })).toBe('no_position')
  })

  test('is left out outside the bounds, which belong to the box', () => {
    expect(verdict(at(40.4, -74.5), { bounds: NEW_YORK })).toBe('record')
    expect(verdict(at(41.2, -73.5), { bounds: NEW_YORK })).toBe('record')
    expect(verdict(at(40.399999, -74), { bounds: NEW_YORK })).toBe('outside_bbox')
    expect(verdict(at(41, -73.499999), { bounds: NEW_YORK })).toBe('outside_bbox')
  })

  test('is inside a box across the antimeridian on either side of it', () => {
    const bounds = { latMin: -20, latMax: -10, lonMin: 170, lonMax: -170 }
    expect(verdict(at(-15, 175), { bounds })).toBe('record')
    expect(verdict(at(-15, -175), { bounds })).toBe('record')
    expect(verdict(at(-15, 0), { bounds })).toBe('outside_bbox')
  })

  test('is left out when its position is older than allowed', () => {
    expect(verdict({ time_position_unix: NOW - 300 })).toBe('record')
    expect(verdict({ time_position_unix: NOW - 300.001 })).toBe('stale_position')
    expect(verdict({ time_position_unix: NOW - 3 }, { maxPositionAgeMs: 2000 })).toBe('stale_position')
  })

  test('is left out for the first reason that holds, and refused before it is left out', () => {
    const worst = { icao24: '', position: null, time_position_unix: NOW - 999 }
    expect(verdict(worst)).toBe('no_key')
    expect(verdict({ ...worst, icao24: 'a1b2c3' })).toBe('no_position')
    expect(verdict({ ...at(1, 2), time_position_unix: NOW - 999 }, { bounds: NEW_YORK })).toBe('outside_bbox')
    expect(verdict({ ...worst, squawk: 7700 })).toBe('bad_shape')
    expect(verdict({ icao24: 'xyz', ...at(91, 181), squawk: '12345678' })).toBe('bad_value')
    expect(verdict({ icao24: 'xyz', ...at(91, 181) })).toBe('bad_key')
  })
})
