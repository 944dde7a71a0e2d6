/**
 * The values of one object's members or one array's elements, each in the slot that is wanted for it.
 *
 * This is the loop in which decoding spends its time, so it is one function with everything in it that common values need; the rest it
 * leaves to the scanner. Nothing is judged here: any value may be in any slot, and the last one stays.
 */
import * as ascii from './ascii.ts'
import { END, type Members, UNWANTED } from './members.ts'
import type { JsonScanner } from './scanner.ts'
import * as words from './words.ts'

// Taken into this module: its own constants the compiler folds, imported ones it loads each time.
const { COMMA, DOT, isDigit, LETTER_E, LOWER_CASE, MINUS, QUOTE, SPACE, ZERO } = ascii
const { countDigits, digitsIn, FALS, NULL, plainBytes, TRUE, valueOfDigits } = words

/** What a slot holds. */
export const Kind = { null: 0, number: 1, string: 2, true: 4, false: 8, escaped: 16, container: 32, huge: 64 } as const

const SLOTS = 32
/** Powers of ten that a double holds exactly. */
const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))
/** With that many digits an integer is below 2^53, so that one division by a power of ten rounds right. */
const EXACT_DIGITS = 15

export class Slots {
  readonly kinds = new Uint8Array(SLOTS)
  readonly numbers = new Float64Array(SLOTS)
  /** Of strings: where their contents are in the scanner's bytes. */
  readonly starts = new Int32Array(SLOTS)
  readonly ends = new Int32Array(SLOTS)

  clear(): void {
    this.kinds.fill(Kind.null)
  }

  /** Reads the object at the scanner up to END, or to a member that has no slot: its meaning, with the scanner at its value. */
  readObject(scanner: JsonScanner, members: Members): number {
    members.begin(scanner)
    return this.#read(scanner, members, null)
  }

  /** Goes on behind such a member. */
  readMore(scanner: JsonScanner, members: Members): number {
    return this.#read(scanner, members, null)
  }

  /** Reads the array at the scanner, whose elements go into the slots of their columns; returns how many there are. */
  readArray(scanner: JsonScanner, columns: readonly number[]): number {
    return scanner.enterArray() ? this.#read(scanner, null, columns) : 0
  }

  #read(scanner: JsonScanner, members: Members | null, columns: readonly number[] | null): number {
    const { view, bytes } = scanner
    const { kinds, numbers } = this
    let at = scanner.position
    let slot = UNWANTED as number
    let column = 0
    let seen = 0
    for (;;) {
      // Which value comes next?
      if (members !== null) {
        scanner.position = at
        slot = members.next(scanner)
        at = scanner.position
        if (slot >= END) break
      } else {
        slot = column < columns!.length ? columns![column]! : UNWANTED
        column++
      }

      // What is it?
      const start = at
      const first = bytes[at]!
      if (isDigit(first) || first === MINUS) {
        if (first === MINUS) at++
        const integer = at
        let fraction = 0
        let mantissa = 0
        for (;;) {
          const digits = digitsIn(view.getInt32(at, true))
          const count = countDigits(digits)
          mantissa = mantissa * POWERS_OF_TEN[count]! + valueOfDigits(digits, count)
          at += count
          if (count === 4) continue
          if (fraction !== 0 || bytes[at] !== DOT) break
          fraction = ++at
        }
        const integerEnd = fraction === 0 ? at : fraction - 1
        if (
          integerEnd > integer &&
          (integerEnd === integer + 1 || bytes[integer] !== ZERO) &&
          at !== fraction &&
          at - integer <= EXACT_DIGITS &&
          (bytes[at]! | LOWER_CASE) !== LETTER_E
        ) {
          if (fraction !== 0) mantissa /= POWERS_OF_TEN[at - fraction]!
          numbers[slot] = first === MINUS ? -mantissa : mantissa
          kinds[slot] = Kind.number
        } else {
          scanner.position = start
          if (slot === UNWANTED) scanner.skipNumber()
          else kinds[slot] = scanner.number(numbers, slot) ? Kind.number : Kind.huge
          at = scanner.position
        }
      } else if (first === QUOTE) {
        let plain = 4
        for (at++; plain === 4; at += plain) {
          const word = view.getInt32(at, true)
          plain = plainBytes(word)
          seen |= word
        }
        kinds[slot] = Kind.string
        if (bytes[at] !== QUOTE) {
          scanner.position = start
          scanner.string()
          at = scanner.textEnd
          kinds[slot] = Kind.string | Kind.escaped
        }
        this.starts[slot] = start + 1
        this.ends[slot] = at
        at++
      } else {
        const word = view.getInt32(at, true)
        if (word === NULL) {
          kinds[slot] = Kind.null
          at += 4
        } else if (word === FALS && bytes[at + 4] === LETTER_E) {
          kinds[slot] = Kind.false
          at += 5
        } else if (word === TRUE) {
          kinds[slot] = Kind.true
          at += 4
        } else {
          scanner.position = at
          scanner.skipValue()
          kinds[slot] = Kind.container
          at = scanner.position
        }
      }

      // Is there another element?
      if (members === null) {
        if (bytes[at] === COMMA && bytes[at + 1]! > SPACE) at++
        else {
          scanner.position = at
          if (!scanner.nextElement()) break
          at = scanner.position
        }
      }
    }
    scanner.note(seen)
    return members === null ? column : slot
  }
}
