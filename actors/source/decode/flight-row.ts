/**
 * One observation of an aircraft while it is read: what a frame will hold, before it is judged.
 *
 * Numbers and booleans are doubles in `numbers`, by slot; NaN is null. A member mentioned twice counts as it was last, so a wrong
 * type is only marked here and judged when the row is complete.
 */
import type { Frame } from '../../../engine/records/index.ts'
import { flight } from '../../../schemas/flight.ts'
import type { JsonScanner } from './scanner.ts'
import { Text } from './text.ts'

export const Slot = {
  lat: 0,
  lon: 1,
  altitude_m: 2,
  geo_altitude_m: 3,
  velocity_mps: 4,
  heading_deg: 5,
  vertical_rate_mps: 6,
  time_position_unix: 7,
  last_contact_unix: 8,
  on_ground: 9,
  spi: 10,
  // Not numbers, but marked wrong as these are.
  icao24: 11,
  callsign: 12,
  squawk: 13,
  position: 14,
} as const

/** The slots from here on belong to the format. */
export const FORMAT_SLOTS = 15

const SLOTS = 32
const TILDE = 0x7e
const HEX_DIGITS = 6
const LAST_NUMBER = Slot.last_contact_unix
const LAST_BOOLEAN = Slot.spi
const NUMBER_FIELDS = [
  flight.fields.lat,
  flight.fields.lon,
  flight.fields.altitude_m,
  flight.fields.geo_altitude_m,
  flight.fields.velocity_mps,
  flight.fields.heading_deg,
  flight.fields.vertical_rate_mps,
  flight.fields.time_position_unix,
  flight.fields.last_contact_unix,
] as const

/** The lower-case form of each byte that is a hexadecimal digit, 0 for all others. */
const HEX_LOWER = new Uint8Array(256)
for (const digit of Buffer.from('0123456789abcdef')) HEX_LOWER[digit] = digit
for (const digit of Buffer.from('ABCDEF')) HEX_LOWER[digit] = digit | 0x20

export class FlightRow {
  readonly numbers = new Float64Array(SLOTS).fill(Number.NaN)
  readonly icao24 = new Text()
  readonly callsign = new Text()
  readonly squawk = new Text()
  /** The record's own time t, epoch milliseconds; NaN when it has none. */
  timeMs = Number.NaN
  /** Slots that hold what is not of their type, and numbers beyond a double: a bit each. */
  #wrong = 0
  #infinite = 0
  #shape: string | null = null
  readonly #names: readonly string[]
  /** The key in lower case. */
  readonly #key = new Uint8Array(HEX_DIGITS + 1)
  #keyLength = 0

  /** `names` are those of the format's own slots. */
  constructor(names: readonly string[] = []) {
    this.#names = [...Object.keys(Slot), ...names]
  }

  reset(): void {
    this.numbers.fill(Number.NaN)
    this.icao24.clear()
    this.callsign.clear()
    this.squawk.clear()
    this.timeMs = Number.NaN
    this.#wrong = this.#infinite = 0
    this.#shape = null
  }

  // ── reading ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Takes the value at the scanner, of the type that the slot is of; null is always right. */
  read(scanner: JsonScanner, slot: number): void {
    if (slot <= LAST_NUMBER || slot >= FORMAT_SLOTS) this.#number(scanner, slot)
    else if (slot <= LAST_BOOLEAN) this.#boolean(scanner, slot)
    else if (slot === Slot.icao24) this.#string(scanner, this.icao24, slot)
    else if (slot === Slot.squawk) this.#string(scanner, this.squawk, slot)
    else {
      this.#string(scanner, this.callsign, slot)
      this.callsign.trim()
    }
  }

  #number(scanner: JsonScanner, slot: number): void {
    if (!scanner.atNumber) return this.#nullOrWrong(scanner, slot)
    scanner.number(this.numbers, slot)
    this.markRight(slot)
    const value = this.numbers[slot]!
    if (value - value !== 0) this.#infinite |= 1 << slot
  }

  #boolean(scanner: JsonScanner, slot: number): void {
    if (scanner.skipTrue()) this.put(slot, 1)
    else if (scanner.skipFalse()) this.put(slot, 0)
    else this.#nullOrWrong(scanner, slot)
  }

  #string(scanner: JsonScanner, text: Text, slot: number): void {
    text.clear()
    if (!scanner.atString) return this.#nullOrWrong(scanner, slot)
    text.read(scanner)
    this.markRight(slot)
  }

  #nullOrWrong(scanner: JsonScanner, slot: number): void {
    if (scanner.skipNull()) this.put(slot, Number.NaN)
    else this.skipWrong(scanner, slot)
  }

  /** Past a value that is not of the slot's type. */
  skipWrong(scanner: JsonScanner, slot: number): void {
    scanner.skipValue()
    this.#wrong |= 1 << slot
  }

  put(slot: number, value: number): void {
    this.numbers[slot] = value
    this.markRight(slot)
  }

  markRight(slot: number): void {
    this.#wrong &= ~(1 << slot)
    this.#infinite &= ~(1 << slot)
  }

  // ── judging ───────────────────────────────────────────────────────────────────────────────────────────────────────

  isNull(slot: number): boolean {
    return Number.isNaN(this.numbers[slot])
  }

  /** Marks the row as a whole as not of its format. */
  refuseShape(problem: string): void {
    this.#shape = problem
  }

  /** Adds to all times, and takes from them the record's own: when the position was measured, else the last contact. */
  settleTime(shiftMs: number): void {
    const { numbers } = this
    if (shiftMs !== 0) {
      numbers[Slot.time_position_unix]! += shiftMs / 1000
      numbers[Slot.last_contact_unix]! += shiftMs / 1000
    }
    const from = this.isNull(Slot.time_position_unix) ? Slot.last_contact_unix : Slot.time_position_unix
    this.timeMs = Math.round(numbers[from]! * 1000)
  }

  /** What is not of the format's shape, or null. */
  get shapeProblem(): string | null {
    if (this.#wrong !== 0) return `${this.#firstOf(this.#wrong)} is not of its type`
    return this.#shape
  }

  /** Which value no field can hold, or null. */
  get valueProblem(): string | null {
    if (this.#infinite !== 0) return `${this.#firstOf(this.#infinite)} is beyond a double`
    if (this.callsign.length > flight.fields.callsign.capacity) return 'callsign is too long'
    if (this.squawk.length > flight.fields.squawk.capacity) return 'squawk is too long'
    return null
  }

  /** Takes the key in lower case; false when it is not six hexadecimal digits after an optional tilde. */
  takeKey(): boolean {
    const { bytes, start, end } = this.icao24
    let at = start
    let length = 0
    if (bytes[at] === TILDE) this.#key[length++] = bytes[at++]!
    if (end - at !== HEX_DIGITS) return false
    let allHex = 1
    for (; at < end; at++) {
      const digit = HEX_LOWER[bytes[at]!]!
      allHex &= digit > 0 ? 1 : 0
      this.#key[length++] = digit
    }
    this.#keyLength = length
    return allHex === 1
  }

  #firstOf(slots: number): string {
    return this.#names[31 - Math.clz32(slots & -slots)]!
  }

  // ── writing ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Writes a frame, all but the header's source, clock, position and ingest time. */
  write(frame: Frame): void {
    const { callsign, squawk, on_ground, spi } = flight.fields
    flight.start(frame)
    frame.time = this.timeMs
    flight.setKey(frame, this.#key, 0, this.#keyLength)
    for (let slot = 0; slot <= LAST_NUMBER; slot++)
      if (!this.isNull(slot)) NUMBER_FIELDS[slot]!.set(frame, this.numbers[slot]!)
    if (!this.isNull(Slot.on_ground)) on_ground.set(frame, this.numbers[Slot.on_ground] !== 0)
    if (!this.isNull(Slot.spi)) spi.set(frame, this.numbers[Slot.spi] !== 0)
    if (!this.callsign.isNull) callsign.setBytes(frame, this.callsign.bytes, this.callsign.start, this.callsign.end)
    if (this.squawk.length > 0) squawk.setBytes(frame, this.squawk.bytes, this.squawk.start, this.squawk.end)
  }
}
