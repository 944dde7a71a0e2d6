/**
 * What is wrong with a configuration, where, and what to do about it.
 *
 * A problem is plain data. Printed it reads `file:line:column: message; next`, or `--set path: message; next` for a value
 * from the command line. No problem ever holds a secret's value.
 */
import { SkeinError } from '../errors.ts'

/** A place in a file (lines and columns from 1, columns in UTF-16 units), or one without them: a whole file, `--set a.b`. */
export type Place = { readonly file: string; readonly line?: number; readonly column?: number }

/** A closed list: what kind of mistake it is, for programs that read problems. */
export type ProblemReason =
  | 'unreadable'
  | 'syntax'
  | 'duplicate_key'
  | 'forbidden'
  | 'include'
  | 'set'
  | 'variable'
  | 'secret'
  | 'unknown_key'
  | 'missing_key'
  | 'wrong_type'
  | 'wrong_value'
  | 'out_of_range'

export type Problem = {
  readonly place: Place
  readonly reason: ProblemReason
  /** What is wrong and what came. */
  readonly message: string
  /** What to do. */
  readonly next: string
}

/** What a schema's own check may say of its issue in `params`; see `issues.ts`. */
export type IssueParams = { readonly next?: string; readonly reason?: ProblemReason }

export function formatPlace({ file, line, column }: Place): string {
  return [file, line, column].filter((part) => part !== undefined).join(':')
}

/** One problem a line, in the order given. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems.map(({ place, message, next }) => `${formatPlace(place)}: ${message}; ${next}`).join('\n')
}

/** In reading order: files as they were first read, each from top to bottom, then what has no line. */
export function sortProblems(problems: readonly Problem[], files: readonly string[]): Problem[] {
  const rank = (file: string) => (files.includes(file) ? files.indexOf(file) : files.length)
  return problems.toSorted(
    ({ place: a }, { place: b }) =>
      rank(a.file) - rank(b.file) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  )
}

/** The problems as one error, for callers that throw: `SKEIN_CONFIG_INVALID`. */
export function configError(problems: readonly Problem[]): SkeinError {
  return new SkeinError('SKEIN_CONFIG_INVALID', {
    count: problems.length,
    problems: problems.map((problem) => formatProblems([problem])),
  })
}
