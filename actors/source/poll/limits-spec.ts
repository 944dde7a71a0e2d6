/** How a configuration says a provider's limits: `1/s`, or in full. */
import { z } from 'zod'
import { type Rate, rate } from '../../../engine/config/spec.ts'
import type { LimitRule } from '../limit/index.ts'

const unit = () =>
  z.enum(['request', 'credit']).default('request').describe('Whether each request counts as one, or as what it costs.')
const burst = () => z.int().min(1).max(1_000_000).optional().describe('How much may be spent at once; 1 unless given.')

const perTime = z.strictObject({
  rate: rate().describe('So many in such a time.'),
  burst: burst(),
  unit: unit(),
})
const perDay = z.strictObject({
  perDay: z.int().min(1).max(1_000_000_000).describe('So many a day, which begins at midnight UTC; spread over it.'),
  burst: burst(),
  unit: unit(),
})

/** Every limit holds; none is said by an empty list. */
export const limitsOption = () => z.array(z.union([rate(), perTime, perDay])).max(4)

type WrittenLimit = z.output<ReturnType<typeof limitsOption>>[number]

/** `mostCredits` and `leastCredits` are what one request may cost. */
export function limitRules(written: readonly WrittenLimit[], leastCredits: number, mostCredits: number): LimitRule[] {
  return written.map((limit): LimitRule => {
    if ('perDay' in limit) {
      const { perDay: count, unit, burst = unit === 'credit' ? mostCredits : 1 } = limit
      return { kind: 'day', count, burst, unit, leastCost: unit === 'credit' ? leastCredits : 1 }
    }
    const { rate, burst = 1, unit } = 'rate' in limit ? limit : { rate: limit, unit: 'request' as const }
    return rateRule(rate, burst, unit, leastCredits)
  })
}

function rateRule({ count, perMs }: Rate, burst: number, unit: 'request' | 'credit', leastCredits: number): LimitRule {
  return { kind: 'rate', count, perMs, burst, unit, leastCost: unit === 'credit' ? leastCredits : 1 }
}
