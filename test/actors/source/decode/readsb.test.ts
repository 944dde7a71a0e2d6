import { describe, expect, test } from 'vitest'
import { API_V2, NOW, READSB } from './bodies.ts'
import { Decoding } from './decoding.ts'

const decode = (body: object) => new Decoding('readsb').decode(JSON.stringify(body))
const fieldsOf = (aircraft: object) =>
  decode({ now: NOW, aircraft: [{ hex: 'a1b2c3', lat: 1, lon: 2, ...aircraft }] })[0]!.fields!

describe('a readsb body', () => {
  test('gives SI units of today’s field names', () => {
    expect(
      fieldsOf({
        alt_baro: 32_000,
        alt_geom: 32_975,
        gs: 454.5,
        track: 42.15,
        baro_rate: -64,
        squawk: '6062',
        spi: 1,
        flight: 'DAL1375 ',
      }),
    ).toEqual({
      icao24: 'a1b2c3',
      callsign: 'DAL1375',
      lat: 1,
      lon: 2,
      altitude_m: 32_000 * 0.3048,
      geo_altitude_m: 32_975 * 0.3048,
      velocity_mps: 454.5 * (1852 / 3600),
      heading_deg: 42.15,
      vertical_rate_mps: -64 * (0.3048 / 60),
      on_ground: false,
      squawk: '6062',
      spi: true,
      time_position_unix: null,
      last_contact_unix: null,
    })
  })

  test('gives the same of the field names of dump1090', () => {
    expect(fieldsOf({ altitude: 100, speed: 200, vert_rate: 300 })).toEqual(
      fieldsOf({ alt_baro: 100, gs: 200, baro_rate: 300 }),
    )
  })

  test('prefers today’s names, the barometric rate, and what is not null', () => {
    const both = { alt_baro: 1, altitude: 2, gs: 3, speed: 4, geom_rate: 5, vert_rate: 6, baro_rate: 7 }
    expect(fieldsOf(both)).toEqual(fieldsOf({ alt_baro: 1, gs: 3, baro_rate: 7 }))
    expect(fieldsOf({ ...both, alt_baro: null, gs: null, baro_rate: null })).toEqual(
      fieldsOf({ altitude: 2, speed: 4, vert_rate: 6 }),
    )
    expect(fieldsOf({ geom_rate: 5, vert_rate: null })).toMatchObject({ vertical_rate_mps: 5 * (0.3048 / 60) })
  })

  test('knows what is on the ground from its altitude', () => {
    expect(fieldsOf({ alt_baro: 'ground' })).toMatchObject({ on_ground: true, altitude_m: null })
    expect(fieldsOf({ altitude: 'gr\u006fund' })).toMatchObject({ on_ground: true, altitude_m: null })
    expect(fieldsOf({ alt_baro: 0 })).toMatchObject({ on_ground: false, altitude_m: 0 })
    expect(fieldsOf({ alt_geom: 100 })).toMatchObject({ on_ground: null, altitude_m: null })
    expect(decode({ now: NOW, aircraft: [{ hex: 'a1b2c3', alt_baro: 'sky' }] })).toMatchObject([
      { reason: 'bad_shape' },
    ])
  })

  test('takes positions and contacts as old as they say', () => {
    const aircraft = [
      { hex: 'a1b2c3', lat: 1, lon: 2, seen_pos: 4.25, seen: 1.5 },
      { hex: 'a1b2c3', lat: 1, lon: 2, seen: 1.5 },
      { hex: 'a1b2c3', lat: 1, lon: 2 },
    ]
    expect(decode({ now: NOW + 0.5, aircraft })).toMatchObject([
      {
        time: NOW * 1000 - 3750,
        clock: NOW * 1000 + 500,
        fields: { time_position_unix: NOW - 3.75, last_contact_unix: NOW - 1 },
      },
      { time: NOW * 1000 - 1000, fields: { time_position_unix: null, last_contact_unix: NOW - 1 } },
      { time: NOW * 1000 + 500, fields: { time_position_unix: null, last_contact_unix: null } },
    ])
  })

  test('is the same as an answer of API v2, whose clock is in milliseconds and comes last', () => {
    expect(decode(API_V2)).toEqual(decode({ ...READSB, now: NOW + 0.3 }))
  })

  test('is judged by its clock even where what looks like one near the end is none', () => {
    const aircraft = [{ hex: 'a1b2c3', lat: 1, lon: 2, seen_pos: 1 }]
    const usual = decode({ now: NOW, aircraft })
    expect(decode({ aircraft, now: NOW, note: { now: 5 } })).toEqual(usual)
    expect(decode({ aircraft, now: NOW, note: '"now":7' })).toEqual(usual)
    expect(new Decoding('readsb').decode(`{"aircraft":${JSON.stringify(aircraft)},"n\\u006fw":${NOW}}`)).toEqual(usual)
  })

  test('is refused without a clock or without aircraft', () => {
    for (const body of [{ aircraft: [] }, { now: NOW }, { now: '1', ac: [] }, { now: NOW, ac: {} }])
      expect(decode(body)).toMatchObject([{ kind: 'dead letter', reason: 'bad_shape', row: -1 }])
    expect(decode({ now: NOW, ac: null })).toEqual([])
  })
})
