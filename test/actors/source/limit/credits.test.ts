import { expect, test } from 'vitest'
import { openSkyCredits } from '../../../../actors/source/limit/index.ts'

test('a request to OpenSky costs by the area of its box', () => {
  expect([0.8, 25, 25.1, 100, 101, 400, 401, 64_800].map(openSkyCredits)).toEqual([1, 1, 2, 2, 3, 3, 4, 4])
  expect(openSkyCredits(Number.NaN), 'an area that is not known').toBe(4)
})
