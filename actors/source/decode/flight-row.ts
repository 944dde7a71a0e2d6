/**
 * One observation of an aircraft between the input and its frame: values in slots, of which this knows the types and
 * the units' names.
 */
import { flight } from '../../../schemas/flight.ts'
import * as ascii from './ascii.ts'
import { NUMBER_SLOTS, Slot } from './flight-slots.ts'
import type { JsonScanner } from './scanner.ts'
import { Kind, Slots } from './slots.ts'
import { Text } from './text.ts'
import * as words from './words.ts'

// Taken into this module: its own constants the compiler folds, imported ones it loads each time.
const { TILDE } = ascii
const { areHexDigits, firstBytes, lowerCase } = words

const { time_position_unix: TIME_POSITION, last_contact_unix: LAST_CONTACT } = Slot
const { icao24: ICAO24, callsign: CALLSIGN, squawk: SQUAWK } = Slot
const NONE = Kind.null
const NUMBER = Kind.number
const FOUR_NUMBERS = NUMBER * 0x01010101

const HEX_DIGITS = 6
const MAX_CALLSIGN_BYTES = flight.fields.callsign.capacity
const MAX_SQUAWK_BYTES = flight.fields.squawk.capacity
const BOOLEAN = Kind.true | Kind.false
const TEXT = Kind.string | Kind.escaped

/** What may be in each slot of `Slot`, in its order, beside null. */
const FLIGHT_KINDS = [...Array<number>(NUMBER_SLOTS).fill(Kind.number), BOOLEAN, BOOLEAN, TEXT, TEXT, TEXT, Kind.null]

export class FlightRow {
  readonly slots = new Slots()
  /** The record's own time t, epoch milliseconds; NaN when there is none. */
  timeMs = Number.NaN

  readonly icao24 = new Text()
  readonly callsign = new Text()
  readonly squawk = new Text()
  /** The key in lower case: its first four bytes, the rest of them and how many there are. */
  keyStart = 0
  keyEnd = 0
  keyLength = 0
  #formProblem: string | null = null
  readonly #names: readonly string[]
  /** By slot, the kinds that are of its type. */
  readonly #allowed: readonly number[]
  /** The kinds that it should not hold, and those that are there, four slots a word. */
  readonly #forbidden: Int32Array
  readonly #kinds: Int32Array

  /** The format's own slots by name, with what may be in each. */
  constructor(more: Readonly<Record<string, number>> = {}) {
    this.#names = [...Object.keys(Slot), ...Object.keys(more)]
    this.#allowed = [...FLIGHT_KINDS, ...Object.values(more)].map(
      (kinds) => kinds | ((kinds & Kind.number) * Kind.huge),
    )
    const forbidden = new Uint8Array((this.#names.length + 3) & ~3)
    forbidden.set(this.#allowed.map((kinds) => ~kinds | Kind.huge))
    this.#forbidden = new Int32Array(forbidden.buffer)
    this.#kinds = new Int32Array(this.slots.kinds.buffer, 0, forbidden.length >> 2)
  }

  clear(): void {
    for (let i = 0; i < this.#kinds.length; i++) this.#kinds[i] = 0
    this.#formProblem = null
  }

  isNull(slot: number): boolean {
    return this.slots.kinds[slot] === NONE
  }

  /** Marks the row as no row of its format at all. */
  refuseForm(problem: string): void {
    this.#formProblem = problem
  }

  /** Adds to all times, and takes from them the record's own: when the position was measured, else the last contact. */
  settleTime(shiftMs: number): void {
    const { numbers } = this.slots
    if (shiftMs !== 0) {
      numbers[TIME_POSITION]! += shiftMs / 1000
      numbers[LAST_CONTACT]! += shiftMs / 1000
    }
    if (!this.isNull(TIME_POSITION)) this.timeMs = Math.round(numbers[TIME_POSITION]! * 1000)
    else if (!this.isNull(LAST_CONTACT)) this.timeMs = Math.round(numbers[LAST_CONTACT]! * 1000)
    else this.timeMs = Number.NaN
  }

  /** Takes the texts out of the scanner. */
  settleTexts(scanner: JsonScanner): void {
    this.icao24.take(scanner, this.slots, ICAO24)
    this.squawk.take(scanner, this.slots, SQUAWK)
    this.callsign.take(scanner, this.slots, CALLSIGN)
    this.callsign.trim()
  }

  /** As most do: none of the first slots is null. */
  get hasAllNumbers(): boolean {
    return this.#kinds[0] === FOUR_NUMBERS && this.#kinds[1] === FOUR_NUMBERS && this.slots.kinds[8] === NUMBER
  }

  /** Whether everything is of its type and fits its field. */
  get isWell(): boolean {
    let found = 0
    for (let i = 0; i < this.#forbidden.length; i++) found |= this.#kinds[i]! & this.#forbidden[i]!
    return (
      found === 0 &&
      this.#formProblem === null &&
      this.callsign.length <= MAX_CALLSIGN_BYTES &&
      this.squawk.length <= MAX_SQUAWK_BYTES
    )
  }

  /** What is not of the format's shape, or null. */
  get shapeProblem(): string | null {
    if (this.#formProblem !== null) return this.#formProblem
    const slot = this.#names.findIndex((_, slot) => (this.slots.kinds[slot]! & ~this.#allowed[slot]!) !== 0)
    return slot < 0 ? null : `${this.#names[slot]} is not of its type`
  }

  /** Which value does not fit its field, or null. */
  get valueProblem(): string | null {
    if (this.callsign.length > MAX_CALLSIGN_BYTES) return 'callsign is too long'
    if (this.squawk.length > MAX_SQUAWK_BYTES) return 'squawk is too long'
    return this.isWell ? null : 'a number is beyond a double'
  }

  /** Takes the key in lower case; false when it is not six hexadecimal digits after an optional tilde. */
  takeKey(): boolean {
    const { view, start, end } = this.icao24
    const isTilde = view.getUint8(start) === TILDE
    this.keyLength = end - start
    this.keyStart = lowerCase(view.getInt32(start, true))
    this.keyEnd = lowerCase(view.getInt32(start + 4, true)) & firstBytes(this.keyLength - 4)
    if (this.keyLength !== (isTilde ? HEX_DIGITS + 1 : HEX_DIGITS)) return false
    return (
      areHexDigits(isTilde ? this.keyStart >>> 8 : this.keyStart, isTilde ? 3 : 4) &&
      areHexDigits(this.keyEnd, this.keyLength - 4)
    )
  }
}
