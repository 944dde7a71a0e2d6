/** One field of the flight table each: reads its codes from a column of a message into the table's array. */
import { type ColumnReader, clockUnits, unzigzag, type WireField } from '../../actors/hub/protocol.ts'
import { BOOLEAN_COLUMNS, type FlightTable, NOT_KNOWN, NUMBER_COLUMNS, STRING_COLUMNS } from './flight-table.ts'

export interface Column {
  read(reader: ColumnReader, slots: Uint32Array, count: number, clockMs: number | null): void
}

export function makeColumn(table: FlightTable, field: WireField, numbers: Map<string, NumberColumn>): Column | null {
  const { name, type } = field
  if (type === 'number' && isKey(NUMBER_COLUMNS, name)) return new NumberColumn(table, field, numbers)
  if (type === 'boolean' && isKey(BOOLEAN_COLUMNS, name)) return new BooleanColumn(table, BOOLEAN_COLUMNS[name])
  if (type !== 'string' || !isKey(STRING_COLUMNS, name)) return null
  return name === 'icao24' ? new KeyColumn(table) : new StringColumn(table, STRING_COLUMNS[name])
}

const isKey = <T extends object>(object: T, key: PropertyKey): key is keyof T => Object.hasOwn(object, key)

/** Steps over the bitmap; returns whether there is one. */
function skipBitmap(reader: ColumnReader, count: number): boolean {
  if (reader.bytes.length === 0) return false
  reader.at = (count + 7) >> 3
  return true
}

const isSet = (bytes: Uint8Array, row: number): boolean => (bytes[row >> 3]! & (1 << (row & 7))) !== 0

function expectEnd(reader: ColumnReader): void {
  if (!reader.isWhole) throw new RangeError('a column does not hold what it should')
}

const text = new TextDecoder()

function readString(reader: ColumnReader): string | null {
  const length = reader.varint() - 1
  if (length < 0) return null
  const { bytes, at } = reader
  reader.at += length
  let short = ''
  for (let i = at; i < reader.at && bytes[i]! < 0x80; i++) short += String.fromCharCode(bytes[i]!)
  return short.length === length ? short : text.decode(bytes.subarray(at, reader.at))
}

/** The key: its bits mark new aircraft. */
export class KeyColumn implements Column {
  numbers: readonly NumberColumn[] = []
  readonly #table: FlightTable

  constructor(table: FlightTable) {
    this.#table = table
  }

  read(reader: ColumnReader, slots: Uint32Array, count: number): void {
    if (!skipBitmap(reader, count)) return
    const table = this.#table
    for (let row = 0; row < count; row++) {
      if (!isSet(reader.bytes, row)) continue
      const slot = slots[row]!
      if (table.present[slot] === 0) table.count++
      table.present[slot] = 1
      table.icao24[slot] = readString(reader) ?? ''
      table.callsign[slot] = table.squawk[slot] = null
      table.onGround[slot] = table.spi[slot] = NOT_KNOWN
      for (const number of this.numbers) number.forget(slot)
    }
    expectEnd(reader)
  }
}

class StringColumn implements Column {
  readonly #table: FlightTable
  readonly #name: 'callsign' | 'squawk' | 'icao24'

  constructor(table: FlightTable, name: 'callsign' | 'squawk' | 'icao24') {
    this.#table = table
    this.#name = name
  }

  read(reader: ColumnReader, slots: Uint32Array, count: number): void {
    if (!skipBitmap(reader, count)) return
    const values: (string | null)[] = this.#table[this.#name]
    for (let row = 0; row < count; row++) if (isSet(reader.bytes, row)) values[slots[row]!] = readString(reader)
    expectEnd(reader)
  }
}

class BooleanColumn implements Column {
  readonly #table: FlightTable
  readonly #name: 'onGround' | 'spi'

  constructor(table: FlightTable, name: 'onGround' | 'spi') {
    this.#table = table
    this.#name = name
  }

  read(reader: ColumnReader, slots: Uint32Array, count: number): void {
    if (!skipBitmap(reader, count)) return
    const values = this.#table[this.#name]
    for (let row = 0; row < count; row++) {
      if (!isSet(reader.bytes, row)) continue
      const code = reader.varint()
      values[slots[row]!] = code === 0 ? NOT_KNOWN : code - 1
    }
    expectEnd(reader)
  }
}

export class NumberColumn implements Column {
  /** Values as they travel; NaN for null. */
  units = new Float64Array(0)
  #values: Float64Array | Float32Array = new Float64Array(0)
  readonly #name: keyof typeof NUMBER_COLUMNS
  readonly #scale: number
  /** Times are epoch seconds on the wire and milliseconds in the table. */
  readonly #factor: number
  readonly #fromLast: boolean
  readonly #base: NumberColumn | null

  constructor(table: FlightTable, field: WireField, numbers: Map<string, NumberColumn>) {
    this.#name = field.name as keyof typeof NUMBER_COLUMNS
    this.#scale = field.scale ?? 1
    this.#factor = field.name.endsWith('_unix') ? 1000 : 1
    this.#fromLast = field.predict === 'last'
    this.#base = numbers.get(field.predict) ?? null
    if (!this.#fromLast && field.predict !== 'clock' && this.#base === null)
      throw new RangeError(`${field.name} is predicted from ${field.predict}, which is no earlier number`)
    this.follow(table)
  }

  follow(table: FlightTable): void {
    this.#values = table[NUMBER_COLUMNS[this.#name]]
    const units = new Float64Array(table.capacity).fill(Number.NaN)
    units.set(this.units)
    this.units = units
  }

  forget(slot: number): void {
    this.units[slot] = this.#values[slot] = Number.NaN
  }

  read(reader: ColumnReader, slots: Uint32Array, count: number, clockMs: number | null): void {
    const isSome = skipBitmap(reader, count)
    if (this.#fromLast) {
      if (isSome) this.#readFromLast(reader, slots, count)
    } else this.#readPredicted(reader, slots, count, clockUnits(clockMs, this.#scale), isSome)
    expectEnd(reader)
  }

  #readFromLast(reader: ColumnReader, slots: Uint32Array, count: number): void {
    const { bytes } = reader
    for (let row = 0; row < count; row++) {
      if (!isSet(bytes, row)) continue
      const slot = slots[row]!
      const last = this.units[slot]!
      this.#set(slot, reader.varint(), Number.isNaN(last) ? 0 : last)
    }
  }

  #readPredicted(reader: ColumnReader, slots: Uint32Array, count: number, clock: number, isSome: boolean): void {
    const { bytes } = reader
    for (let row = 0; row < count; row++) {
      const slot = slots[row]!
      const base = this.#base === null ? clock : this.#base.units[slot]!
      this.#set(slot, isSome && isSet(bytes, row) ? reader.varint() : 1, Number.isNaN(base) ? clock : base)
    }
  }

  #set(slot: number, code: number, prediction: number): void {
    const units = code === 0 ? Number.NaN : prediction + unzigzag(code - 1)
    this.units[slot] = units
    this.#values[slot] = (units * this.#factor) / this.#scale
  }
}
