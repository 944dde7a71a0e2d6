/**
 * The values of one object's members or one array's elements, each in the slot that is wanted for it.
 *
 * Decoding spends its time here, so the loop is one function with everything in it that usual values need; the rest it
 * leaves to the scanner. Nothing is judged: any value may be in any slot, and the last one stays.
 */
import * as ascii from './ascii.ts'
import { END, MAX_VOTES, type Members, UNWANTED } from './members.ts'
import type { JsonScanner } from './scanner.ts'
import * as words from './words.ts'

// Taken into this module: its own constants the compiler folds, imported ones it loads each time.
const { COMMA, DOT, LETTER_E, LOWER_CASE, MINUS, QUOTE, SPACE, ZERO } = ascii
const { countDigits, digitsIn, FALS, NULL, plainBytes, TRUE, valueOfDigits } = words

const NONE = 0
const NUMBER = 1
const STRING = 2
const IS_TRUE = 4
const IS_FALSE = 8
const ESCAPED = 16
const CONTAINER = 32
const HUGE = 64

/** What a slot holds. A bit each, so that several can be allowed in one mask. */
export const Kind = {
  null: NONE,
  number: NUMBER,
  string: STRING,
  true: IS_TRUE,
  false: IS_FALSE,
  /** Beside `string`: to be decoded. */
  escaped: ESCAPED,
  /** An object or an array, which was passed. */
  container: CONTAINER,
  /** A number that no double can hold. */
  huge: HUGE,
} as const

const SLOTS = 32
const NO_SLOT = UNWANTED
const ENOUGH_VOTES = MAX_VOTES
const FIRST_WITHOUT_SLOT = END
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
    this.kinds.fill(NONE)
  }

  /** Reads the object at the scanner: to END, or to the value of a member that has no slot, and returns what it is. */
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
    const { view } = scanner
    const { kinds, numbers } = this
    let at = scanner.position
    let from = at
    let slot: number = NO_SLOT
    let column = 0
    let seen = 0
    let gap = members === null ? null : members.last
    for (;;) {
      // Which value comes next?
      from = at
      if (members !== null) {
        const { next } = gap!
        if (next?.whole?.isAt(view, at)) {
          gap = next
          at += next.whole.length - 1
          if (next.votes < ENOUGH_VOTES) next.votes++
          continue
        }
        gap = members.after(gap!, scanner, at)
        at += gap.length
        slot = gap.slot
        if (slot >= FIRST_WITHOUT_SLOT) break
        if (view.getUint8(at) <= SPACE) at = scanner.afterSpace(at)
      } else {
        slot = column < columns!.length ? columns![column]! : NO_SLOT
        column++
      }

      // What is it?
      const start = at
      let word = view.getInt32(at, true)
      const first = word & 0xff
      if ((first ^ ZERO) <= 9 || first === MINUS) {
        if (first === MINUS) word = view.getInt32(++at, true)
        const integer = at
        let point = 0
        let mantissa = 0
        let next = 0
        for (;;) {
          const digits = digitsIn(word)
          const count = countDigits(digits)
          mantissa = mantissa * POWERS_OF_TEN[count]! + valueOfDigits(digits, count)
          at += count
          next = count === 4 ? view.getUint8(at) : (word >>> (count * 8)) & 0xff
          if ((next ^ ZERO) > 9) {
            if (next !== DOT || point !== 0) break
            point = at++
          }
          word = view.getInt32(at, true)
        }
        const integerEnd = point === 0 ? at : point
        const isPlain =
          integerEnd > integer &&
          (integerEnd === integer + 1 || view.getUint8(integer) !== ZERO) &&
          at !== point + 1 &&
          at - integer <= EXACT_DIGITS &&
          (next | LOWER_CASE) !== LETTER_E
        if (isPlain) {
          if (point !== 0) mantissa /= POWERS_OF_TEN[at - point - 1]!
          numbers[slot] = first === MINUS ? -mantissa : mantissa
          kinds[slot] = NUMBER
        } else {
          scanner.position = start
          if (slot === NO_SLOT) scanner.skipNumber()
          else kinds[slot] = scanner.number(numbers, slot) ? NUMBER : HUGE
          at = scanner.position
        }
      } else if (first === QUOTE) {
        let plain = 4
        for (at++; plain === 4; at += plain) {
          word = view.getInt32(at, true)
          plain = plainBytes(word)
          seen |= word
        }
        kinds[slot] = STRING
        if (view.getUint8(at) !== QUOTE) {
          scanner.position = start
          scanner.string()
          at = scanner.textEnd
          kinds[slot] = STRING | ESCAPED
        }
        this.starts[slot] = start + 1
        this.ends[slot] = at
        at++
      } else {
        if (word === NULL) {
          kinds[slot] = NONE
          at += 4
        } else if (word === FALS && view.getUint8(at + 4) === LETTER_E) {
          kinds[slot] = IS_FALSE
          at += 5
        } else if (word === TRUE) {
          kinds[slot] = IS_TRUE
          at += 4
        } else {
          scanner.position = at
          scanner.skipValue()
          kinds[slot] = CONTAINER
          at = scanner.position
        }
      }

      if (members !== null) {
        if (slot === NO_SLOT && gap!.lessons > 0) gap!.outvote(scanner, from, at)
        continue
      }
      if (view.getUint8(at) === COMMA && view.getUint8(at + 1) > SPACE) at++
      else {
        scanner.position = at
        const hasNext = scanner.nextElement()
        at = scanner.position
        if (!hasNext) break
      }
    }
    scanner.position = at
    scanner.note(seen)
    if (members === null) return column
    members.last = gap!
    if (slot !== FIRST_WITHOUT_SLOT) scanner.skipSpace()
    return slot
  }
}
