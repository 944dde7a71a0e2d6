/**
 * Values that zod has no name for and need no unit.
 */
import { z } from 'zod'
import type { IssueParams } from './problem.ts'

/** A TCP port; 0 takes any free one. */
export function port() {
  return z.int().min(0).max(65_535).meta({ valueType: 'port', form: '8000', range: 'from 0 to 65535' })
}

/** A share of a whole. */
export function fraction() {
  return z.number().min(0).max(1).meta({ valueType: 'fraction', form: '0.25', range: 'from 0 to 1' })
}

/**
 * A file or directory, relative to the working directory as in a shell, wherever it was written. (Only `include` is
 * relative to the file that holds it.) Kept as it is written; `~` is a shell's and is refused.
 */
export function path() {
  return z
    .string()
    .superRefine((value, context) => {
      const refuse = (message: string, params: IssueParams) => context.addIssue({ code: 'custom', message, params })
      if (value.trim() === '') refuse('must be a path', { next: 'write the path of a file or directory' })
      if (/^~(\/|$)/.test(value)) refuse('must not start with ~', { next: `write \${HOME} instead of ~` })
    })
    .meta({ valueType: 'path', form: './data' })
}

/** A name in a map: what entries of `sources` and `sinks` are called. */
export function entryName() {
  return z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_-]{0,62}$/)
    .meta({ valueType: 'name', form: 'letters, digits, _ and -, a letter first' })
}
