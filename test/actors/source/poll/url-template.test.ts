import { expect, test } from 'vitest'
import { UrlTemplate, urlProblem } from '../../../../actors/source/poll/url-template.ts'

test('what is filled in cannot change the address around it', () => {
  const template = new UrlTemplate('https://api.example.org/{version}/quote?symbol={symbol}')
  expect([...template.names]).toEqual(['version', 'symbol'])
  expect(template.fill({ version: 'v2', symbol: 'BTC/USD&key=x#y' })).toBe(
    'https://api.example.org/v2/quote?symbol=BTC%2FUSD%26key%3Dx%23y',
  )
})

test.each([
  ['https://api.example.org/{a}', undefined],
  ['http://127.0.0.1:8500/x?y={z_1}', undefined],
  ['ftp://example.org/', 'must begin with https:// or http://'],
  ['api.example.org/x', 'must be an address that begins with https:// or http://'],
  ['https://user:secret@example.org/', 'must not hold a name or a password'],
  ['https://example.org/{', 'has a brace that is not around a name'],
  ['https://example.org/{1}', 'has a brace that is not around a name'],
])('%s %s', (url, problem) => {
  expect(urlProblem(url)).toBe(problem)
})
