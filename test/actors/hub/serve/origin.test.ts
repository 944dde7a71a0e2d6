import { expect, test } from 'vitest'
import { isAllowedOrigin } from '../../../../actors/hub/serve/origin.ts'

test.each([
  ['', 'hub.example:8000', [], true, 'programs send none'],
  ['http://localhost:5173', 'hub.example:8000', [], true, 'a page of this machine'],
  ['http://[::1]:5173', 'localhost:8000', [], true, 'likewise, by IPv6'],
  ['http://192.168.1.5:8000', '192.168.1.5:8000', [], true, 'the hub’s own page by address'],
  ['http://[fd00::5]:8000', '[fd00::5]:8000', [], true, 'likewise, by IPv6'],
  ['http://hub.example:8000', 'hub.example:8000', [], false, 'a name can be made to point here'],
  ['http://192.168.1.6:8000', '192.168.1.5:8000', [], false, 'another address'],
  ['http://192.168.1.5:9000', '192.168.1.5:8000', [], false, 'another port'],
  ['http://localhost.evil.example', 'localhost:8000', [], false, 'only looks like this machine'],
  ['null', 'localhost:8000', [], false, 'a sandboxed page or a file'],
  ['https://globe.example', 'x', ['https://globe.example'], true, 'listed'],
  ['http://globe.example', 'x', ['https://globe.example'], false, 'listed with another scheme'],
  ['https://any.example', 'x', ['*'], true, 'all are'],
])('%s at %s with %j is %s: %s', (origin, host, allowed, expected) => {
  expect(isAllowedOrigin(origin, host, allowed)).toBe(expected)
})
