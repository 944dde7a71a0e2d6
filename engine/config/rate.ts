/**
 * Rates: `10/min`, `4000/d`, `100/10s`, read as a count and the milliseconds it is for.
 */
import { z } from 'zod'
import { formatDuration, parseDuration } from './duration.ts'
import type { IssueParams } from './problem.ts'

export type Rate = { readonly count: number; readonly perMs: number }

const PERIODS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  sec: 1000,
  second: 1000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
}

export function rate() {
  return z
    .codec(z.string(), z.custom<Rate>(isRate), {
      decode: (written, payload) => {
        const value = parseRate(written.trim())
        if (value !== undefined) return value
        const params: IssueParams = { reason: 'wrong_type' }
        payload.issues.push({ code: 'custom', input: written, message: 'must be a rate', params })
        return z.NEVER
      },
      encode: formatRate,
    })
    .meta({ valueType: 'rate', unit: 'count per ms', form: '10/min, 5/s or 100/10s' })
}

/** Where a value may be one of several, only a rate is written as one. */
function isRate(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'count' in value && 'perMs' in value
}

export function parseRate(text: string): Rate | undefined {
  const [, count = '', period = ''] = /^(\d+)\s*\/\s*(\w+)$/.exec(text) ?? []
  const perMs = Object.hasOwn(PERIODS, period) ? PERIODS[period] : parseDuration(period)
  if (typeof perMs !== 'number' || perMs < 1 || !Number.isSafeInteger(Number(count)) || Number(count) < 1)
    return undefined
  return { count: Number(count), perMs }
}

export function formatRate({ count, perMs }: Rate): string {
  const unit = ['s', 'min', 'h', 'd'].find((name) => PERIODS[name] === perMs)
  return `${count}/${unit ?? formatDuration(perMs)}`
}
