/** What the cells of a row mean: the configuration, put together with a file's header. */
import { msOfText } from '../decode/mapped/time.ts'
import type { Joined } from './joined.ts'
import { CSV_SCHEMAS, type CsvSettings } from './spec.ts'

/** A cell as text, of the row and the column that are being read. */
export type Getter = (row: readonly string[], column: number) => string

export interface FieldPlan {
  readonly name: string
  readonly get: Getter
  readonly isNumber: boolean
  readonly times: number
  readonly plus: number
  readonly nulls: ReadonlySet<string>
  readonly rule: Rule
}

interface Rule {
  readonly min: number
  readonly max: number
  readonly pattern: RegExp | null
  readonly required: boolean
}

/** What a header lacks. */
export class HeaderProblem extends Error {
  readonly line: number

  constructor(message: string, line: number) {
    super(message)
    this.line = line
  }
}

const NO_RULE: Rule = { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY, pattern: null, required: false }

export class RowPlan {
  readonly columns: readonly string[]
  /** Of a wide file, those that are sensors; of a long one, just one that stands for the row. */
  readonly readings: readonly number[]
  readonly fields: readonly FieldPlan[]
  readonly keyRule: Rule
  readonly #key: readonly (string | Getter)[]
  readonly #time: Getter
  readonly #unit: CsvSettings['time']['unit']
  readonly #joined: Joined | null
  readonly #named = new Set<number>()
  #lastKey = ''

  /** Throws a `HeaderProblem`. */
  constructor(settings: CsvSettings, columns: readonly string[], line: number, joined: Joined | null) {
    this.columns = columns
    this.#joined = joined
    const missing: string[] = []
    const getter = (name: string): Getter => {
      const get = this.#getterOf(name)
      if (get === null) missing.push(name)
      return get ?? (() => '')
    }
    this.#key = settings.key
      .split(/(\{[^{}]*\})/)
      .filter((part) => part !== '')
      .map((part) => (part.startsWith('{') ? getter(part.slice(1, -1)) : part))
    this.#time = getter(settings.time.from)
    this.#unit = settings.time.unit
    this.fields = Object.entries(settings.fields).map(([name, written]): FieldPlan => {
      const field = typeof written === 'string' ? { from: written } : written
      const get = 'value' in field ? () => String(field.value) : getter(field.from)
      const { times = 1, plus = 0 } = 'from' in field ? field : {}
      return {
        name,
        get,
        isNumber: isNumber(settings.schema, name),
        times,
        plus,
        nulls: new Set(['', ...(settings.nulls[name] ?? [])]),
        rule: ruleOf(settings, name),
      }
    })
    this.keyRule = ruleOf(settings, 'key')
    if (missing.length > 0)
      throw new HeaderProblem(`wants the ${columnsNamed(missing)}; found ${columnsNamed(columns)}`, line)
    this.readings = settings.layout === 'long' ? [0] : [...columns.keys()].filter((column) => !this.#named.has(column))
    if (settings.layout === 'wide') this.#checkSensors(line)
  }

  /** What the record of this column is about. */
  key(row: readonly string[], column: number): string {
    let key = ''
    for (const part of this.#key) key += typeof part === 'string' ? part : part(row, column)
    this.#lastKey = key
    return key
  }

  /** Epoch milliseconds; NaN for no time. */
  timeMs(row: readonly string[]): number {
    return msOfText(this.#time(row, 0), this.#unit)
  }

  /** A file whose first row is data has no sensors' names in it. */
  #checkSensors(line: number): void {
    const { pattern } = this.keyRule
    const wrong = this.readings.filter((column) => pattern !== null && !pattern.test(this.key([], column)))
    const [first] = wrong
    if (this.readings.length === 0) throw new HeaderProblem('names no sensor', line)
    if (first !== undefined)
      throw new HeaderProblem(
        `wants sensors in its columns, ${pattern!.source}; found "${this.columns[first]}" in column ${first + 1}, and ${wrong.length - 1} more such`,
        line,
      )
  }

  #getterOf(name: string): Getter | null {
    if (name === '$column') return (_, column) => this.columns[column]!
    if (name === '$cell') return (row, column) => row[column]!
    if (name.startsWith('$join.')) {
      const get = this.#joined?.getterOf(name.slice('$join.'.length)) ?? null
      return get === null ? null : () => get(this.#lastKey)
    }
    const byPlace = /^\$(\d+)$/.exec(name)
    const at = byPlace === null ? this.columns.indexOf(name) : Number(byPlace[1]) - 1
    if (at < 0 || at >= this.columns.length) return null
    this.#named.add(at)
    return (row) => row[at]!
  }
}

function ruleOf({ valid }: CsvSettings, name: string): Rule {
  const rule = valid[name]
  if (rule === undefined) return NO_RULE
  const { min = NO_RULE.min, max = NO_RULE.max, pattern, required } = rule
  return { min, max, required, pattern: pattern === undefined ? null : new RegExp(`^(?:${pattern})$`, 'u') }
}

function isNumber(schema: CsvSettings['schema'], name: string): boolean {
  if (schema === 'event') return false
  return (CSV_SCHEMAS[schema].fields as Readonly<Record<string, { type: string }>>)[name]!.type === 'f64'
}

const MOST_NAMED = 12

function columnsNamed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMED).map((name) => `"${name.slice(0, 40)}"`)
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : ''
  return `column${names.length === 1 ? '' : 's'} ${shown.join(', ')}${more}`
}
