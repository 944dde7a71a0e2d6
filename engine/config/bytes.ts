/**
 * Sizes: `512B`, `64kB`, `64MB`, `1.5GB`, `64MiB`, read as bytes.
 *
 * kB, MB, GB and TB are powers of 1000; KiB, MiB, GiB and TiB powers of 1024, as the standards have it. A bare whole number
 * is bytes. Case matters, since Mb would be megabits; KB is taken as kB.
 */
import { type QuantityLimits, quantity } from './quantity.ts'

const UNITS: Readonly<Record<string, number>> = {
  TiB: 2 ** 40,
  TB: 1e12,
  GiB: 2 ** 30,
  GB: 1e9,
  MiB: 2 ** 20,
  MB: 1e6,
  KiB: 2 ** 10,
  kB: 1e3,
  KB: 1e3,
  B: 1,
}

export function bytes(limits: QuantityLimits = {}) {
  return quantity(
    {
      name: 'size',
      unit: 'bytes',
      form: '64MB, 1.5GB or 64MiB',
      parse: parseBytes,
      format: formatBytes,
      parseNumber: (value) => (isSize(value) ? value : undefined),
    },
    limits,
  )
}

/** Bytes, or what to write instead; `undefined` for text that is no size at all. */
export function parseBytes(text: string): number | { next: string } | undefined {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text) ?? []
  if (amount === '') return undefined
  if (!Object.hasOwn(UNITS, unit) && unit !== '') {
    const meant = meantUnit(unit.toLowerCase())
    return meant === undefined ? undefined : { next: `did you mean "${amount}${meant}"?` }
  }
  const value = Number(amount) * (UNITS[unit] ?? 1)
  return isSize(value) ? value : { next: 'write whole bytes, at most 2^53' }
}

/** Exactly, in the unit that makes it shortest. */
export function formatBytes(value: number): string {
  const written = Object.entries(UNITS)
    .filter(([, size]) => value % size === 0 && value >= size)
    .map(([unit, size]) => `${value / size}${unit}`)
  return written.toSorted((a, b) => a.length - b.length)[0] ?? '0B'
}

/** `mb` and `M` are MB, `mib` is MiB. */
function meantUnit(folded: string): string | undefined {
  const known = Object.keys(UNITS)
  return (
    known.find((unit) => unit.toLowerCase() === folded) ?? known.find((unit) => unit.toLowerCase() === `${folded}b`)
  )
}

function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}
