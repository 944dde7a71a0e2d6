/**
 * Reads `.env` files: one `NAME=value` a line.
 *
 * `#` starts a comment at the start of a line or after a space. Single quotes keep everything as it stands; double quotes
 * know `\n`, `\r`, `\t`, `\"` and `\\`. `export ` before a name is allowed. Nothing is substituted inside a value. A line
 * that is none of this is a problem with its place; a value never appears in one.
 */
import type { Place, Problem } from './problem.ts'

export type DotenvEntry = { readonly value: string; readonly place: Place }
export type Dotenv = { readonly entries: ReadonlyMap<string, DotenvEntry>; readonly problems: readonly Problem[] }

const ASSIGNMENT = /^(\s*(?:export\s+)?)([A-Za-z_][A-Za-z0-9_]*)(\s*=\s*)(.*)$/
const DOUBLE_QUOTED = /^"((?:[^"\\]|\\.)*)"\s*(?:#.*)?$/
const SINGLE_QUOTED = /^'([^']*)'\s*(?:#.*)?$/
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' }

export function parseDotenv(file: string, text: string): Dotenv {
  const entries = new Map<string, DotenvEntry>()
  const problems: Problem[] = []
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue
    const refuse = (column: number, message: string, next: string) =>
      problems.push({ place: { file, line: index + 1, column }, reason: 'syntax', message, next })

    const [, before = '', name = '', equals = '', raw = ''] = ASSIGNMENT.exec(line) ?? []
    const place = { file, line: index + 1, column: before.length + 1 }
    const value = unquote(raw)
    if (name === '') {
      refuse(line.search(/\S/) + 1, 'this line does not set a variable', 'write NAME=value')
    } else if (value === undefined) {
      const column = before.length + name.length + equals.length + 1
      refuse(
        column,
        `the quote that opens the value of ${name} is not closed at its end`,
        'close it, with only a comment after it',
      )
    } else if (entries.has(name)) {
      const first = entries.get(name)?.place.line
      refuse(place.column, `${name} is set twice, first on line ${first}`, 'keep one of them')
    } else {
      entries.set(name, { value, place })
    }
  }
  return { entries, problems }
}

function unquote(raw: string): string | undefined {
  if (raw.startsWith('"')) return DOUBLE_QUOTED.exec(raw)?.[1]?.replace(/\\(.)/g, (all, c: string) => ESCAPES[c] ?? all)
  if (raw.startsWith("'")) return SINGLE_QUOTED.exec(raw)?.[1]
  return raw.replace(/(^|\s)#.*$/, '').trim()
}
