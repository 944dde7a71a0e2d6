/**
 * Durations: `200ms`, `5s`, `1m30s`, `2h`, `7d`, read as milliseconds.
 *
 * Units are ms, s, m, h and d, the larger before the smaller; a part may have decimals as long as the whole comes to whole
 * milliseconds. A bare number has no unit and is refused, except 0.
 */
import { type QuantityLimits, quantity } from './quantity.ts'

const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const
const PATTERN = /^(?:([\d.]+)d)?(?:([\d.]+)h)?(?:([\d.]+)m(?!s))?(?:([\d.]+)s)?(?:([\d.]+)ms)?$/
const AMOUNT = /^\d+(\.\d+)?$/

export function duration(limits: QuantityLimits = {}) {
  return quantity(
    {
      name: 'duration',
      unit: 'ms',
      form: '5s, 200ms or 1m30s',
      parse: parseDuration,
      format: formatDuration,
      parseNumber: withoutUnit,
    },
    limits,
  )
}

/** Milliseconds, or what to write instead; `undefined` for text that is no duration at all. */
export function parseDuration(text: string): number | { next: string } | undefined {
  if (AMOUNT.test(text)) return withoutUnit(Number(text))
  const amounts = PATTERN.exec(text)?.slice(1)
  if (amounts === undefined || text === '') return undefined
  if (amounts.some((amount) => amount !== undefined && !AMOUNT.test(amount))) return undefined
  const total = Object.values(UNITS).reduce((sum, unit, i) => sum + Number(amounts[i] ?? 0) * unit, 0)
  const wholeMs = Math.round(total)
  if (Math.abs(total - wholeMs) > 1e-6 * Math.max(1, total)) return { next: 'write whole milliseconds' }
  return Number.isSafeInteger(wholeMs) ? wholeMs : undefined
}

export function formatDuration(ms: number): string {
  let rest = ms
  let text = ''
  for (const [unit, size] of Object.entries(UNITS)) {
    const count = Math.floor(rest / size)
    if (count > 0) text += `${count}${unit}`
    rest -= count * size
  }
  return text === '' ? '0s' : text
}

function withoutUnit(value: number): number | { next: string } {
  return value === 0 ? 0 : { next: `add the unit: ${value}s or ${value}ms` }
}
