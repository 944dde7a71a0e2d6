/**
 * Numbers that are written with their unit. Each kind is a codec: text in the configuration, a plain number in the program,
 * and back again for printing.
 */
import { z } from 'zod'
import type { IssueParams } from './problem.ts'

export type QuantityKind = {
  /** As in "must be a …". */
  readonly name: string
  readonly unit: string
  readonly form: string
  /** The value, or why the text is none. */
  readonly parse: (text: string) => number | { readonly next: string } | undefined
  readonly format: (value: number) => string
  /** A bare number, in the same way. */
  readonly parseNumber: (value: number) => number | { readonly next: string } | undefined
}

/** Least and most, as they are written. */
export type QuantityLimits = { readonly min?: string; readonly max?: string }

export function quantity(kind: QuantityKind, limits: QuantityLimits) {
  const { name, unit, form } = kind
  const range = rangeInWords(limits)
  const least = limits.min === undefined ? Number.NEGATIVE_INFINITY : limitOf(kind, limits.min)
  const most = limits.max === undefined ? Number.POSITIVE_INFINITY : limitOf(kind, limits.max)

  const refuse = (payload: z.core.ParsePayload, message: string, params: IssueParams) => {
    payload.issues.push({ code: 'custom', input: payload.value, message, params })
    return z.NEVER
  }

  return z
    .codec(z.union([z.string(), z.number()]), z.number(), {
      decode: (written, payload) => {
        const value = typeof written === 'number' ? kind.parseNumber(written) : kind.parse(written.trim())
        if (typeof value !== 'number') return refuse(payload, `must be a ${name}`, { reason: 'wrong_type', ...value })
        if (value < least || value > most) return refuse(payload, `must be ${range}`, { reason: 'out_of_range' })
        return value
      },
      encode: (value) => kind.format(value),
    })
    .meta({ valueType: name, unit, form, ...(range === '' ? {} : { range }) })
}

function limitOf(kind: QuantityKind, written: string): number {
  const value = kind.parse(written)
  if (typeof value !== 'number') throw new TypeError(`not a ${kind.name}: ${written}`)
  return value
}

function rangeInWords({ min, max }: QuantityLimits): string {
  if (min !== undefined && max !== undefined) return `from ${min} to ${max}`
  return min !== undefined ? `at least ${min}` : max !== undefined ? `at most ${max}` : ''
}
