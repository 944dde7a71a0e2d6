/** Numbers: whole multiples of the field's quantum, as differences from what clients can predict. */
import type { F64Field, Frame } from '../../../engine/records/index.ts'
import type { PackWriter } from '../pack-writer.ts'
import { clockUnits, type WireField, zigzag } from '../protocol.ts'
import type { Column, Rows } from './column.ts'

/** Beyond it a value is no measurement, and its differences would no longer be exact: it counts as null. */
const MAX_UNITS = 2 ** 50
const MAX_CODE_BYTES = 8

export class NumberColumn implements Column {
  readonly field: WireField
  /** As they came; NaN for null. */
  live = new Float64Array(0)
  /** In units of the quantum, as clients have them; NaN for null. */
  published = new Float64Array(0)
  readonly #source: F64Field
  readonly #bit: number
  readonly #scale: number
  readonly #fromLast: boolean
  /** The column whose values predict this one's; null for the clock. */
  readonly #base: NumberColumn | null

  constructor(field: WireField, source: F64Field, index: number, earlier: readonly Column[]) {
    this.field = field
    this.#source = source
    this.#bit = 1 << index
    this.#scale = field.scale!
    this.#fromLast = field.predict === 'last'
    this.#base = (earlier.find((column) => column.field.name === field.predict) as NumberColumn | undefined) ?? null
    if (!this.#fromLast && field.predict !== 'clock' && this.#base === null)
      throw new TypeError(`${field.name} is predicted from ${field.predict}, which is no earlier field`)
  }

  grow(capacity: number): void {
    this.live = grown(this.live, capacity)
    this.published = grown(this.published, capacity)
  }

  accept(slot: number, frame: Frame): void {
    this.live[slot] = this.#source.get(frame)
  }

  /** For a field that may only rise, such as the last contact. */
  raise(slot: number, frame: Frame): boolean {
    const value = this.#source.get(frame)
    const rises = Number.isNaN(this.live[slot]!) ? !Number.isNaN(value) : value > this.live[slot]!
    if (rises) this.live[slot] = value
    return rises
  }

  forget(slot: number): void {
    this.published[slot] = Number.NaN
  }

  writeChanges(out: PackWriter, rows: Rows): void {
    const { slots, count, changed } = rows
    const { live, published } = this
    const scale = this.#scale
    const clock = clockUnits(rows.clockMs, scale)
    const bits = out.beginColumn(count, MAX_CODE_BYTES)
    for (let row = 0; row < count; row++) {
      const slot = slots[row]!
      const last = published[slot]!
      const units = quantise(live[slot]!, scale)
      const isSame = units === last || (Number.isNaN(units) && Number.isNaN(last))
      if (!isSame) {
        published[slot] = units
        changed[row]! |= this.#bit
      }
      if (this.#fromLast) {
        if (!isSame) writeNumber(out, bits, row, units, Number.isNaN(last) ? 0 : last)
      } else {
        const prediction = this.#predict(slot, clock)
        if (units !== prediction) writeNumber(out, bits, row, units, prediction)
      }
    }
    out.endColumn(count)
  }

  writePublished(out: PackWriter, { slots, count, clockMs }: Rows): void {
    const clock = clockUnits(clockMs, this.#scale)
    const bits = out.beginColumn(count, MAX_CODE_BYTES)
    for (let row = 0; row < count; row++) {
      const slot = slots[row]!
      const units = this.published[slot]!
      if (this.#fromLast) {
        if (!Number.isNaN(units)) writeNumber(out, bits, row, units, 0)
      } else {
        const prediction = this.#predict(slot, clock)
        if (units !== prediction) writeNumber(out, bits, row, units, prediction)
      }
    }
    out.endColumn(count)
  }

  publishedText(slot: number): string {
    return text(this.published[slot]! / this.#scale)
  }

  liveText(slot: number): string {
    return text(this.live[slot]!)
  }

  #predict(slot: number, clock: number): number {
    if (this.#base === null) return clock
    const units = this.#base.published[slot]!
    return Number.isNaN(units) ? clock : units
  }
}

function quantise(value: number, scale: number): number {
  const units = Math.round(value * scale)
  return Math.abs(units) <= MAX_UNITS ? units : Number.NaN
}

function writeNumber(out: PackWriter, bits: number, row: number, units: number, prediction: number): void {
  out.mark(bits, row)
  out.varint(Number.isNaN(units) ? 0 : 1 + zigzag(units - prediction))
}

const text = (value: number): string => (Number.isNaN(value) ? 'null' : String(value))

function grown(values: Float64Array, capacity: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(capacity).fill(Number.NaN)
  larger.set(values)
  return larger
}
