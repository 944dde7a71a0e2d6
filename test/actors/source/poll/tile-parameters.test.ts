import { expect, test } from 'vitest'
import { tileParameters } from '../../../../actors/source/poll/tile-parameters.ts'
import { NAUTICAL_MILE_M } from '../../../../actors/source/schedule/index.ts'

test('a circle is never smaller than asked for, and a whole number stays one', () => {
  const at = { kind: 'circle' as const, lat: 40.712776, lon: -74.005974 }
  expect(tileParameters({ ...at, radius_m: 250 * NAUTICAL_MILE_M })).toEqual({
    lat: '40.7128',
    lon: '-74.0060',
    radius_nm: '250',
    radius_km: '463',
  })
  expect(tileParameters({ ...at, radius_m: 100.2 * NAUTICAL_MILE_M })).toMatchObject({
    radius_nm: '101',
    radius_km: '186',
  })
})

test('a box is never smaller than asked for', () => {
  const box = { kind: 'box' as const, latMin: 40.40004, latMax: 41.20001, lonMin: -74.50001, lonMax: -73.5 }
  expect(tileParameters(box)).toEqual({ lat_min: '40.4', lat_max: '41.2001', lon_min: '-74.5001', lon_max: '-73.5' })
})
