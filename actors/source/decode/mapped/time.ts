/** Times as APIs write them, to epoch milliseconds. */
export const TIME_UNITS = ['s', 'ms', 'us', 'ns', 'iso8601'] as const
export type TimeUnit = (typeof TIME_UNITS)[number]

const MS_PER: Readonly<Record<string, number>> = { s: 1000, ms: 1, us: 1e-3, ns: 1e-6 }

export function msOfNumber(value: number, unit: TimeUnit): number {
  return Math.round(value * (MS_PER[unit] ?? Number.NaN))
}

/** A date alone is midnight, and a time without a zone is one, in UTC. NaN for what is no time. */
export function msOfText(text: string, unit: TimeUnit): number {
  if (unit !== 'iso8601') return msOfNumber(text.trim() === '' ? Number.NaN : Number(text), unit)
  const [, date, time, zone] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?)?$/.exec(text) ?? []
  return date === undefined ? Number.NaN : Date.parse(`${date}T${time ?? '00:00'}${zone ?? 'Z'}`)
}
