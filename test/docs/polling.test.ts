import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FAILURES } from '../../actors/source/http/index.ts'

test('the guide to polling has every class of failure, with what becomes of it', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../docs/guides/polling.md'), 'utf8')
  const rows = Object.entries(FAILURES).map(
    ([name, { what, isRetryable }]) => `| \`${name}\` | ${what} | ${isRetryable ? 'yes' : 'no'} |`,
  )
  expect(guide.slice(guide.indexOf('| class |')).trim().split('\n').slice(2)).toEqual(rows)
})
