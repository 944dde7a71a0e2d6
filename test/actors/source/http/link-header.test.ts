import { describe, expect, test } from 'vitest'
import { nextLink } from '../../../../actors/source/http/index.ts'

describe('the next page in a Link header', () => {
  test.each([
    ['<https://a.example/2>; rel="next"', 'https://a.example/2'],
    ['</rows?page=2>; rel=next', '/rows?page=2'],
    ['<https://a.example/1>; rel="prev", <https://a.example/3>; rel="next"', 'https://a.example/3'],
    ['<https://a.example/3?ids=1,2>; title="one, two"; rel="last next"', 'https://a.example/3?ids=1,2'],
    ['<x>;REL="NEXT"', 'x'],
    ['<https://a.example/9>; rel="last"', null],
    ['<https://a.example/9>', null],
    ['rel="next"', null],
    ['<x>; title="rel=next"', null],
    ['', null],
  ])('%s', (link, target) => expect(nextLink({ link })).toBe(target))

  test('may be in one of several headers, or in none', () => {
    expect(nextLink({ link: ['<a>; rel="prev"', '<b>; rel="next"'] })).toBe('b')
    expect(nextLink({})).toBeNull()
  })

  test('is not looked for in a header without end', () => {
    expect(nextLink({ link: `${'<a>; rel="x", '.repeat(5000)}<b>; rel="next"` })).toBeNull()
  })
})
