/**
 * Applies the rows of snapshots and deltas to a flight table, column by column.
 *
 * Beside the table's degrees and metres it keeps the whole numbers that they came as, from which the next differences count.
 * Costs about 30 ns a value and no allocation a row, but for strings. A column that it does not know is skipped unread.
 */
import { ColumnReader, type WireField } from '../../actors/hub/protocol.ts'
import { type Column, KeyColumn, makeColumn, NumberColumn } from './columns.ts'
import { clearFlightTable, type FlightTable, growFlightTable } from './flight-table.ts'

/** Larger ones are a mistake of the sender: a table of this size takes 300 MB. */
const MAX_SLOT = 2 ** 21

export class RowDecoder {
  readonly table: FlightTable
  /** The slots of the rows last read, ascending. */
  slots = new Uint32Array(1024)
  readonly #reader = new ColumnReader()
  readonly #columns: (Column | null)[]
  readonly #numbers: NumberColumn[] = []

  constructor(table: FlightTable, fields: readonly WireField[]) {
    this.table = table
    const byName = new Map<string, NumberColumn>()
    this.#columns = fields.map((field) => {
      const column = makeColumn(table, field, byName)
      if (column instanceof NumberColumn) {
        this.#numbers.push(column)
        byName.set(field.name, column)
      }
      return column
    })
    if (!(this.#columns[0] instanceof KeyColumn)) throw new RangeError('the first field must be the key, icao24')
    this.#follow()
  }

  clear(): void {
    clearFlightTable(this.table)
  }

  /** Reads a slot column of `count` slots into `into`, grown as needed. */
  readSlots(bytes: Uint8Array, count: number, into: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
    if (count > bytes.length) throw new RangeError(`${count} slots in ${bytes.length} bytes`)
    const slots = count > into.length ? new Uint32Array(2 ** Math.ceil(Math.log2(count))) : into
    const reader = this.#reader.over(bytes)
    let slot = 0
    for (let i = 0; i < count; i++) {
      slot += reader.varint()
      slots[i] = slot
    }
    if (!reader.isWhole || slot > MAX_SLOT) throw new RangeError('a slot column does not hold what it should')
    return slots
  }

  /** Removes the aircraft in `slots`. */
  remove(slots: Uint32Array, count: number): void {
    const { table } = this
    for (let i = 0; i < count; i++) {
      const slot = slots[i]!
      if (slot >= table.capacity || table.present[slot] === 0) continue
      table.present[slot] = 0
      table.count--
    }
    while (table.highWater > 0 && table.present[table.highWater - 1] === 0) table.highWater--
  }

  /** Applies `count` rows; their slots stand in `slots` afterwards. */
  apply(clockMs: number | null, count: number, slotBytes: Uint8Array, columns: readonly Uint8Array[]): void {
    if (columns.length < this.#columns.length)
      throw new RangeError(`${columns.length} columns, not ${this.#columns.length}`)
    this.slots = this.readSlots(slotBytes, count, this.slots)
    if (count === 0) return
    const highest = this.slots[count - 1]!
    if (highest >= this.table.capacity) {
      growFlightTable(this.table, highest + 1)
      this.#follow()
    }
    if (highest >= this.table.highWater) this.table.highWater = highest + 1
    for (const [index, column] of this.#columns.entries())
      column?.read(this.#reader.over(columns[index]!), this.slots, count, clockMs)
  }

  /** The table's arrays have been replaced. */
  #follow(): void {
    for (const number of this.#numbers) number.follow(this.table)
    for (const column of this.#columns) if (column instanceof KeyColumn) column.numbers = this.#numbers
  }
}
