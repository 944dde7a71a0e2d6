/**
 * Walks JSON text in UTF-8, value by value, and builds nothing.
 *
 * Guarantee: what is walked to its end without a refusal is exactly what `JSON.parse` takes of the same bytes decoded as strict
 * UTF-8 with a leading byte order mark skipped, and each number is the very double that `JSON.parse` gives. Nesting costs
 * one byte a level, not stack.
 *
 * Positions are indexes into `bytes`. Text is read four bytes at a time through a DataView, which takes any alignment. What is not JSON throws
 * `MALFORMED`, one object made beforehand: the one way out of any depth, and no cost to what is well-formed.
 */
import { isUtf8 } from 'node:buffer'
import { type KeyTable, UNKNOWN } from './key-table.ts'

const QUOTE = 0x22
const MINUS = 0x2d
const OPEN_BRACKET = 0x5b
const OPEN_BRACE = 0x7b
const CLOSE_BRACKET = 0x5d
const CLOSE_BRACE = 0x7d
const BACKSLASH = 0x5c
const COLON = 0x3a
const COMMA = 0x2c
const DOT = 0x2e
const PLUS = 0x2b
const ZERO = 0x30
const SPACE = 0x20
const TAB = 0x09
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const LOWER_CASE = 0x20
const LETTER_E = 0x65
const LETTER_F = 0x66
const LETTER_U = 0x75

const NULL = word('null')
const TRUE = word('true')
const ALSE = word('alse')
const FOUR_SPACES = word('    ')
const FOUR_QUOTES = word('""""')
const FOUR_BACKSLASHES = word('\\\\\\\\')
const ONES = 0x01010101
const HIGH_BITS = 0x80808080 | 0

/** Powers of ten that a double holds exactly. */
const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))
/** With that many digits a mantissa is below 2^53, so one multiplication or division rounds it right. */
const EXACT_DIGITS = 15
const EXACT_SCALE = POWERS_OF_TEN.length - 1
/** With that many digits an integer fits 32 bits. */
const SMALL_DIGITS = 9

/** Thrown where the text is no JSON; `problem` and `position` of the scanner tell what and where. */
export const MALFORMED = new Error('not JSON')

export class JsonScanner {
  bytes: Uint8Array = new Uint8Array(0)
  position = 0
  end = 0
  /** Contents of the string passed last. */
  textStart = 0
  textEnd = 0
  /** Whether they have to be decoded before they mean anything. */
  textEscaped = false
  /** What was wrong when MALFORMED was thrown. */
  problem = ''

  #given: Uint8Array = this.bytes
  #view = new DataView(this.bytes.buffer)
  #lastWord = -4
  /** White space, but the end of the text when it is a line. */
  #lineFeed = LINE_FEED
  /** All bytes of strings or-ed together, and some beside them: its high bits tell whether there can be any beyond ASCII. */
  #seen = 0
  #start = 0
  /** Of the containers around the value being skipped: OPEN_BRACE or OPEN_BRACKET. */
  #nesting = new Uint8Array(64)

  /** Starts at a text that ends at `end`. */
  open(bytes: Uint8Array, start: number, end: number): void {
    this.#open(bytes, start, end)
    this.#lineFeed = LINE_FEED
  }

  /** Starts at a text that ends before the next line feed, at `end` at the latest. */
  openLine(bytes: Uint8Array, start: number, end: number): void {
    this.#open(bytes, start, end)
    this.#lineFeed = -1
  }

  #open(bytes: Uint8Array, start: number, end: number): void {
    if (bytes !== this.#given) {
      this.#given = bytes
      // Always a plain Uint8Array, so that the loops below see one class whatever the caller has.
      this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      this.#lastWord = bytes.byteLength - 4
    }
    this.#start = start
    this.end = end
    this.#seen = 0
    const hasMark = start + 3 <= end && bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf
    this.position = hasMark ? start + 3 : start
    this.skipSpace()
  }

  /** Goes back to the first byte of the text. */
  rewind(): void {
    this.#open(this.#given, this.#start, this.end)
  }

  /** Bytes of the text passed. */
  get offset(): number {
    return this.position - this.#start
  }

  /** The last bytes of the text as Latin-1: for guesses. */
  tail(length: number): string {
    const start = Math.max(this.#start, this.end - length)
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + start, this.end - start).toString('latin1')
  }

  /** Whether the end is reached. */
  get atEnd(): boolean {
    return this.position >= this.end || (this.#lineFeed < 0 && this.bytes[this.position] === LINE_FEED)
  }

  /** Refuses anything but white space up to the end. */
  expectEnd(): void {
    this.skipSpace()
    if (!this.atEnd) this.#malformed('more after the value')
  }

  /** Whether everything up to `position` is valid UTF-8. Free for ASCII. */
  get isUtf8(): boolean {
    return (this.#seen & HIGH_BITS) === 0 || isUtf8(this.bytes.subarray(this.#start, this.position))
  }

  /** The byte at `position`; 0 at the end. */
  peek(): number {
    return this.position < this.end ? this.bytes[this.position]! : 0
  }

  /** The four bytes at `at`, the first one lowest; zeros behind the end of `bytes`. They may lie behind the text's end. */
  word(at: number): number {
    return at <= this.#lastWord ? this.#view.getInt32(at, true) : this.#lastBytes(at)
  }

  skipSpace(): void {
    if (this.peek() <= SPACE) this.#skipSpaces()
  }

  // ── objects and arrays ────────────────────────────────────────────────────────────────────────────────────────────

  /** Past `{`: true at the first key, false past `}`. */
  enterObject(): boolean {
    return this.#enter(CLOSE_BRACE)
  }

  /** After a member: true at the next key, false past `}`. */
  nextMember(): boolean {
    return this.#next(CLOSE_BRACE)
  }

  /** Past `[`: true at the first element, false past `]`. */
  enterArray(): boolean {
    return this.#enter(CLOSE_BRACKET)
  }

  /** After an element: true at the next one, false past `]`. */
  nextElement(): boolean {
    return this.#next(CLOSE_BRACKET)
  }

  /** Past a key and its colon, to the value: what the key stands for in the table, or UNKNOWN. */
  key(table: KeyTable): number {
    if (!this.atString) this.#malformed('expected a key')
    const meaning = this.symbol(table)
    this.#colon()
    return meaning
  }

  /** Past a string: what it stands for in the table, or UNKNOWN. */
  symbol(table: KeyTable): number {
    const index = table.find(this, this.position + 1)
    if (index >= 0) {
      this.position += table.lengthOf(index) + 2
      return table.meaningOf(index)
    }
    this.string()
    return this.textEscaped ? table.meaning(this.text()) : UNKNOWN
  }

  // ── values ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Past `null` if it is there. */
  skipNull(): boolean {
    if (this.word(this.position) !== NULL || this.position + 4 > this.end) return false
    this.position += 4
    return true
  }

  /** Past `true` if it is there. */
  skipTrue(): boolean {
    if (this.word(this.position) !== TRUE || this.position + 4 > this.end) return false
    this.position += 4
    return true
  }

  /** Past `false` if it is there. */
  skipFalse(): boolean {
    if (this.peek() !== LETTER_F || this.word(this.position + 1) !== ALSE || this.position + 5 > this.end) return false
    this.position += 5
    return true
  }

  get atString(): boolean {
    return this.peek() === QUOTE
  }

  get atObject(): boolean {
    return this.peek() === OPEN_BRACE
  }

  get atArray(): boolean {
    return this.peek() === OPEN_BRACKET
  }

  get atNumber(): boolean {
    const first = this.peek()
    return (first ^ ZERO) <= 9 || first === MINUS
  }

  /** Past a string; its contents are then `textStart` to `textEnd`. */
  string(): void {
    let at = this.position + 1
    let seen = this.#seen
    this.textStart = at
    this.textEscaped = false
    for (;;) {
      const four = this.word(at)
      seen |= four
      const stops =
        (zeroBytes(four ^ FOUR_QUOTES) | zeroBytes(four ^ FOUR_BACKSLASHES) | bytesBelowSpace(four)) & HIGH_BITS
      if (stops === 0) {
        at += 4
        continue
      }
      at += lowestByte(stops)
      if (at >= this.end) this.#malformedAt(this.end, 'a string without an end')
      const stop = this.bytes[at]!
      if (stop === QUOTE) break
      if (stop !== BACKSLASH) this.#malformedAt(at, 'a control character in a string')
      this.textEscaped = true
      at = this.#afterEscape(at)
    }
    this.#seen = seen
    this.textEnd = at
    this.position = at + 1
  }

  /** The string passed last, decoded. */
  text(): string {
    const raw = Buffer.from(
      this.bytes.buffer,
      this.bytes.byteOffset + this.textStart - 1,
      this.textEnd - this.textStart + 2,
    )
    return JSON.parse(raw.toString('utf8'))
  }

  /** Past a number; its value goes into `into[slot]`, since a returned double would cost an object. */
  number(into: Float64Array, slot: number): void {
    const { bytes, end } = this
    const start = this.position
    let at = start
    let byte = bytes[at]!
    const negative = byte === MINUS
    if (negative) byte = ++at < end ? bytes[at]! : 0

    let small = 0
    let digits = at
    let digit = byte ^ ZERO
    if (digit > 9) this.#malformedAt(at, 'expected a digit')
    do {
      small = (Math.imul(small, 10) + digit) | 0
      digit = ++at < end ? bytes[at]! ^ ZERO : 0xff
    } while (digit <= 9)
    digits = at - digits
    if (digits > 1 && bytes[at - digits] === ZERO) this.#malformedAt(at - digits, 'a number that starts with 0')

    let scale = 0
    if (digit === (DOT ^ ZERO)) {
      const fraction = ++at
      digit = at < end ? bytes[at]! ^ ZERO : 0xff
      while (digit <= 9) {
        small = (Math.imul(small, 10) + digit) | 0
        digit = ++at < end ? bytes[at]! ^ ZERO : 0xff
      }
      if (at === fraction) this.#malformedAt(at, 'expected a digit')
      scale = fraction - at
      digits += at - fraction
    }
    this.position = at
    if ((digit | LOWER_CASE) === ((LETTER_E ^ ZERO) | LOWER_CASE)) {
      this.#skipExponent()
      into[slot] = this.#parse(start)
    } else if (digits <= SMALL_DIGITS) {
      const magnitude = small / POWERS_OF_TEN[-scale]!
      into[slot] = negative ? -magnitude : magnitude
    } else if (digits <= EXACT_DIGITS && scale >= -EXACT_SCALE) {
      const magnitude = this.#digitsBetween(negative ? start + 1 : start, at) / POWERS_OF_TEN[-scale]!
      into[slot] = negative ? -magnitude : magnitude
    } else into[slot] = this.#parse(start)
  }

  /** Past any value, checked in full. */
  skipValue(): void {
    const first = this.peek()
    if (first === QUOTE) this.string()
    else if (first === OPEN_BRACE || first === OPEN_BRACKET) this.#skipContainer()
    else this.#skipScalar(first)
  }

  #skipContainer(): void {
    let depth = 0
    for (;;) {
      // At a value.
      const first = this.peek()
      if (first === OPEN_BRACE || first === OPEN_BRACKET) {
        if (depth === this.#nesting.length) this.#growNesting()
        this.#nesting[depth++] = first
        if (first === OPEN_BRACE ? this.enterObject() : this.enterArray()) {
          if (first === OPEN_BRACE) this.#skipKey()
          continue
        }
        depth--
      } else if (first === QUOTE) this.string()
      else this.#skipScalar(first)

      // Behind a value.
      for (;;) {
        if (depth === 0) return
        const inObject = this.#nesting[depth - 1] === OPEN_BRACE
        if (inObject ? this.nextMember() : this.nextElement()) {
          if (inObject) this.#skipKey()
          break
        }
        depth--
      }
    }
  }

  #skipKey(): void {
    if (!this.atString) this.#malformed('expected a key')
    this.string()
    this.#colon()
  }

  #skipScalar(first: number): void {
    if ((first ^ ZERO) <= 9 || first === MINUS) this.#skipNumber(first)
    else if (!this.skipNull() && !this.skipTrue() && !this.skipFalse()) this.#malformed('expected a value')
  }

  #skipNumber(first: number): void {
    if (first === MINUS) this.position++
    const start = this.position
    this.#skipDigits()
    if (this.position > start + 1 && this.bytes[start] === ZERO) this.#malformedAt(start, 'a number that starts with 0')
    if (this.peek() === DOT) {
      this.position++
      this.#skipDigits()
    }
    if ((this.peek() | LOWER_CASE) === LETTER_E) this.#skipExponent()
  }

  #skipExponent(): void {
    this.position++
    const sign = this.peek()
    if (sign === PLUS || sign === MINUS) this.position++
    this.#skipDigits()
  }

  #skipDigits(): void {
    const { bytes, end } = this
    const start = this.position
    let at = start
    while (at < end && (bytes[at]! ^ ZERO) <= 9) at++
    this.position = at
    if (at === start) this.#malformed('expected a digit')
  }

  /** The integer that the digits of `bytes[start, end)` spell, whatever stands between them. */
  #digitsBetween(start: number, end: number): number {
    let value = 0
    for (let at = start; at < end; at++) {
      const digit = this.bytes[at]! ^ ZERO
      if (digit <= 9) value = value * 10 + digit
    }
    return value
  }

  /** A number with too many digits or an exponent. */
  #parse(start: number): number {
    return Number(
      Buffer.from(this.bytes.buffer, this.bytes.byteOffset + start, this.position - start).toString('latin1'),
    )
  }

  #enter(close: number): boolean {
    this.position++
    this.skipSpace()
    if (this.peek() !== close) return true
    this.position++
    return false
  }

  #next(close: number): boolean {
    this.skipSpace()
    const byte = this.peek()
    if (byte === COMMA) {
      this.position++
      this.skipSpace()
      return true
    }
    if (byte !== close) this.#malformed(close === CLOSE_BRACE ? 'expected , or }' : 'expected , or ]')
    this.position++
    return false
  }

  #colon(): void {
    this.skipSpace()
    if (this.peek() !== COLON) this.#malformed('expected a colon')
    this.position++
    this.skipSpace()
  }

  #skipSpaces(): void {
    const { bytes, end } = this
    let at = this.position
    while (at < end) {
      if (this.word(at) === FOUR_SPACES) {
        at += 4
        continue
      }
      const byte = bytes[at]!
      if (byte !== SPACE && byte !== this.#lineFeed && byte !== CARRIAGE_RETURN && byte !== TAB) break
      at++
    }
    this.position = at < end ? at : end
  }

  /** Past the escape at `at`. */
  #afterEscape(at: number): number {
    const kind = at + 1 < this.end ? this.bytes[at + 1]! : 0
    if (kind !== LETTER_U) {
      if (!SIMPLE_ESCAPES.includes(kind)) this.#malformedAt(at, 'an unknown escape')
      return at + 2
    }
    for (let i = at + 2; i < at + 6; i++)
      if (i >= this.end || !isHexDigit(this.bytes[i]!))
        this.#malformedAt(at, 'an escape without four hexadecimal digits')
    return at + 6
  }

  #lastBytes(at: number): number {
    let four = 0
    for (let i = this.bytes.length - 1; i >= at; i--) four = (four << 8) | this.bytes[i]!
    return four
  }

  #growNesting(): void {
    const grown = new Uint8Array(this.#nesting.length * 2)
    grown.set(this.#nesting)
    this.#nesting = grown
  }

  #malformed(problem: string): never {
    this.problem = this.position < this.end ? problem : `${problem}, found the end`
    throw MALFORMED
  }

  #malformedAt(position: number, problem: string): never {
    this.position = position
    this.#malformed(problem)
  }
}

const SIMPLE_ESCAPES = Buffer.from('"\\/bfnrt')

function isHexDigit(byte: number): boolean {
  return (byte ^ ZERO) <= 9 || ((byte | LOWER_CASE) >= 0x61 && (byte | LOWER_CASE) <= 0x66)
}

/** Four ASCII characters as `JsonScanner.word` reads them. */
function word(text: string): number {
  return Buffer.from(text, 'latin1').readInt32LE()
}

/*
 * Tests on four bytes at once (H. Warren, Hacker's Delight, 6-1). Each sets the high bit of the bytes that it holds for. Above the lowest such byte it may err, by the
 * borrow; the lowest one is always right, and so is the lowest of several tests together.
 */

const zeroBytes = (four: number): number => (four - ONES) & ~four

const bytesBelowSpace = (four: number): number => (four - FOUR_SPACES) & ~four

/** Index of the lowest byte whose high bit is set. */
const lowestByte = (highBits: number): number => (31 - Math.clz32(highBits & -highBits)) >> 3
