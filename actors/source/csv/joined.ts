/** A file that says more of what records are about: a row for each key. */
import { readFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'

/** It is kept in memory. */
const MOST_BYTES = 64 << 20

export class Joined {
  readonly #columns: readonly string[]
  readonly #rows: ReadonlyMap<string, readonly string[]>

  /** Throws when it cannot be read, or has no column `on`. */
  constructor(file: string, on: string, delimiter: string) {
    const bytes = readFileSync(file)
    if (bytes.length > MOST_BYTES) throw new Error(`${file} has ${bytes.length} bytes; at most ${MOST_BYTES}`)
    const [columns = [], ...rows] = parse(bytes, { bom: true, delimiter, skip_empty_lines: true }) as string[][]
    const at = columns.indexOf(on)
    if (at < 0) throw new Error(`${file}:1 has no column "${on}"; found ${columns.join(', ')}`)
    this.#columns = columns
    this.#rows = new Map(rows.map((row) => [row[at]!, row]))
  }

  /** Gives the cell of a key, empty where there is none; null for a column that is not there. */
  getterOf(name: string): ((key: string) => string) | null {
    const at = this.#columns.indexOf(name)
    return at < 0 ? null : (key) => this.#rows.get(key)?.[at] ?? ''
  }
}
