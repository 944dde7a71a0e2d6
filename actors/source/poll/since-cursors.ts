/**
 * How far each combination of parameters has been read: what progress frames and barriers carry of a poll source.
 *
 * A cursor moves only when all pages up to it are published, and never back; it is written behind their last row. As JSON:
 * `{ IDENTITY: "1764157000000" }`, each value milliseconds as text or an id of at most MOST_MARK_BYTES. At most MOST_CURSORS of them, so
 * that all of them fit a progress frame (MAX_CURSOR_BYTES).
 */
import { hash } from 'node:crypto'
import { compareMarks, Mark, writeTime } from '../decode/mapped/mark.ts'
import type { SinceSettings } from './pages-spec.ts'
import { type Reading, withParameters } from './reading.ts'
import type { UrlTemplate } from './url-template.ts'

type Params = Readonly<Record<string, string>>

const IDENTITY_DIGITS = 16

export class SinceCursors {
  readonly #settings: SinceSettings
  readonly #byIdentity = new Map<string, string>()

  /** `kept`: what the last commit knows. Of combinations that are no more nothing is kept. */
  constructor(settings: SinceSettings, combinations: readonly Params[], kept: Uint8Array) {
    this.#settings = settings
    const values: Record<string, string> = kept.length === 0 ? {} : JSON.parse(Buffer.from(kept).toString('utf8'))
    for (const params of combinations) {
      const identity = this.#identityOf(params)
      const value = values[identity]
      if (value !== undefined) this.#byIdentity.set(identity, value)
    }
  }

  newMark(): Mark {
    return new Mark(this.#settings.unit)
  }

  /** The address that asks for what is new: in its place in braces, or else as a parameter. */
  ask(address: UrlTemplate, params: Params): string {
    const { param } = this.#settings
    const text = this.textOf(params)
    if (text === undefined) return address.fill(params)
    if (address.names.has(param)) return address.fill({ ...params, [param]: text })
    return withParameters(address.fill(params), { [param]: text })
  }

  /** What the parameter says; undefined where it is left out. */
  textOf(params: Params): string | undefined {
    const { first, unit, as, overlap } = this.#settings
    const value = this.#byIdentity.get(this.#identityOf(params))
    if (value === undefined) return first
    return unit === undefined ? value : writeTime(Math.max(0, Number(value) - overlap), as ?? unit)
  }

  /**
   * A round is over. One that was cut moves the cursor only where rows came oldest first: else older ones, which nobody
   * has seen, would never be asked for. False when it could not move for that.
   */
  conclude(params: Params, { mark, end }: Pick<Reading, 'mark' | 'end'>): boolean {
    if (mark === null || mark.largest === null) return true
    if (end === 'elsewhere' || (end === 'cut' && !mark.isAscending)) return false
    const identity = this.#identityOf(params)
    const before = this.#byIdentity.get(identity)
    if (before === undefined || compareMarks(mark.largest, before) > 0) this.#byIdentity.set(identity, mark.largest)
    return true
  }

  encode(): Uint8Array {
    return Buffer.from(JSON.stringify(Object.fromEntries(this.#byIdentity)))
  }

  /** With another field or unit it is another cursor. */
  #identityOf(params: Params): string {
    const { from, unit } = this.#settings
    const sorted = Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1))
    return hash('sha256', JSON.stringify([from, unit ?? null, sorted]), 'hex').slice(0, IDENTITY_DIGITS)
  }
}
