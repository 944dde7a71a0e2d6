import { describe, expect, test } from 'vitest'
import { editDistance, nearest } from '../../../engine/config/suggest.ts'

describe('the distance of two words', () => {
  test.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['abc', 'abc', 0],
    ['abc', 'acb', 1],
    ['abc', 'abd', 1],
    ['abc', 'ab', 1],
    ['kitten', 'sitting', 3],
    ['ca', 'abc', 3],
  ])('%j and %j is %d', (a, b, distance) => {
    expect([editDistance(a, b), editDistance(b, a)]).toEqual([distance, distance])
  })
})

describe('the word that was meant', () => {
  const known = ['interval', 'port', 'maxAge', 'files', 'url']

  test.each([
    ['intervall', 'interval'],
    ['intreval', 'interval'],
    ['prot', 'port'],
    ['max_age', 'maxAge'],
    ['max-age', 'maxAge'],
    ['MAXAGE', 'maxAge'],
    ['file', 'files'],
    ['ulr', 'url'],
  ])('by %s is %s', (typed, meant) => {
    expect(nearest(typed, known)).toBe(meant)
  })

  test.each(['x', 'colour', '', 'hello world', 'uuuuurl'])('by %j is none of them', (typed) => {
    expect(nearest(typed, known)).toBeUndefined()
  })
})
