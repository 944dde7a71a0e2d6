import { expect, test } from 'vitest'
import { limitRules, limitsOption } from '../../../../actors/source/poll/limits-spec.ts'

test('limits are said in short or in full', () => {
  const written = limitsOption().parse([
    '1/s',
    { rate: '100/min', burst: 5 },
    { perDay: 4000, unit: 'credit' },
    { perDay: 25 },
  ])
  expect(limitRules(written, 1, 4)).toEqual([
    { kind: 'rate', count: 1, perMs: 1000, burst: 1, unit: 'request', leastCost: 1 },
    { kind: 'rate', count: 100, perMs: 60_000, burst: 5, unit: 'request', leastCost: 1 },
    { kind: 'day', count: 4000, burst: 4, unit: 'credit', leastCost: 1 },
    { kind: 'day', count: 25, burst: 1, unit: 'request', leastCost: 1 },
  ])
})
