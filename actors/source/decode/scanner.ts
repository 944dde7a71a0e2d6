/**
 * Walks JSON text in UTF-8, value by value, and builds nothing.
 *
 * Guarantee: a text walked to its end is one that `JSON.parse` takes, given the same bytes decoded as strict UTF-8 with
 * a leading byte order mark skipped. Any other throws MALFORMED, one object made beforehand: the one way out of any
 * depth, and no cost to what is well-formed. Nesting takes a byte a level, not stack.
 *
 * Behind a text stands a byte that no token holds: a NUL, or behind a line its line feed. So every loop ends by itself,
 * nothing compares with the end on the way, and what has run past it is refused there. Behind that byte are enough
 * others that eight can be read at once anywhere. A text whose memory is not like that is copied first.
 */
import { isUtf8 } from 'node:buffer'
import * as ascii from './ascii.ts'
import * as words from './words.ts'

// Taken into this module: its own constants the compiler folds, imported ones it loads each time.
const {
  BACKSLASH,
  CARRIAGE_RETURN,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  DOT,
  HEX_LOWER,
  isDigit,
  LETTER_E,
  LETTER_U,
  LINE_FEED,
  LOWER_CASE,
  MINUS,
  OPEN_BRACE,
  OPEN_BRACKET,
  PLUS,
  QUOTE,
  SPACE,
  TAB,
  ZERO,
} = ascii
const { FALS, FOUR_SPACES, isBeyondAscii, NULL, plainBytes, TRUE } = words

/** Thrown where the text is not JSON; the scanner's `problem` says what is wrong. */
export const MALFORMED = new Error('not JSON')

/** So many bytes must follow a text, the first of them a NUL, for it to be read where it is; else it is copied. */
export const PADDING_BYTES = 8

const SIMPLE_ESCAPES = Buffer.from('"\\/bfnrt')

export class JsonScanner {
  /** The memory that the text is in, and its place there. */
  bytes: Uint8Array = new Uint8Array(PADDING_BYTES)
  view: DataView = new DataView(this.bytes.buffer)
  position = 0
  /** Contents of the string passed last. */
  textStart = 0
  textEnd = 0
  /** Whether they have to be decoded before they mean anything. */
  textEscaped = false
  /** Whether a line feed ends the text. */
  isLine = false
  /** What was wrong when MALFORMED was thrown. */
  problem = ''
  /** The array that the caller gave. */
  source: Uint8Array = this.bytes

  #memory: Uint8Array = this.bytes
  /** What to add to an index into `source` for the same byte in `bytes`. */
  #shift = 0
  #start = 0
  #end = 0
  /** Words of all strings or-ed together: they tell whether anything is beyond ASCII. */
  #seen = 0
  #copy = this.bytes
  /** Of the containers around the value being skipped: their opening brackets. */
  #nesting = new Uint8Array(64)

  // ── the text ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Starts at the text `source[start, end)`. */
  open(source: Uint8Array, start: number, end: number): void {
    this.isLine = false
    if (source[end] === 0 && end + PADDING_BYTES <= source.length) this.#map(source, source, 0)
    else this.#mapCopy(source, start, end)
    this.#begin(start, end)
  }

  /** Prepares the lines of `source[start, end)`; returns up to where, which is the end of one. Then `openLine` each. */
  openLines(source: Uint8Array, start: number, end: number): number {
    this.isLine = true
    let padded = end
    if (source[end - 1] !== LINE_FEED || end + PADDING_BYTES > source.length)
      padded = end - PADDING_BYTES > start ? source.lastIndexOf(LINE_FEED, end - PADDING_BYTES - 1) + 1 : 0
    if (padded > start) {
      this.#map(source, source, 0)
      return padded
    }
    this.#mapCopy(source, start, end)
    return end
  }

  /** Starts at the line that begins at `source[start]` and ends before the next line feed, at `end` at the latest. */
  openLine(start: number, end: number): void {
    this.#begin(start, end)
  }

  /** Goes back to the first byte. */
  rewind(): void {
    this.#begin(this.#start - this.#shift, this.#end - this.#shift)
  }

  /** `position` as an index into `source`. */
  get place(): number {
    return this.position - this.#shift
  }

  /** How much of the text has been walked, in bytes. */
  get offset(): number {
    return Math.min(this.position, this.#end) - this.#start
  }

  get atEnd(): boolean {
    return this.position >= this.#end || (this.isLine && this.peek() === LINE_FEED)
  }

  /** Refuses anything but white space up to the end, and what has run past it. */
  expectEnd(): void {
    this.skipSpace()
    if (!this.atEnd) this.malformed('more after the value')
    if (this.position > this.#end) this.malformed('no end')
  }

  /** Whether what has been walked is valid UTF-8. */
  get isUtf8(): boolean {
    return !isBeyondAscii(this.#seen) || isUtf8(this.bytes.subarray(this.#start, this.position))
  }

  /** Takes note of words of strings that were passed elsewhere. */
  note(seen: number): void {
    this.#seen |= seen
  }

  /** The last bytes of the text, as Latin-1: good for a guess. */
  tail(length: number): string {
    return this.#slice(Math.max(this.#start, this.#end - length), this.#end).toString('latin1')
  }

  #begin(start: number, end: number): void {
    const { bytes } = this
    const first = start + this.#shift
    this.#start = first
    this.#end = end + this.#shift
    this.#seen = 0
    const hasMark = bytes[first] === 0xef && bytes[first + 1] === 0xbb && bytes[first + 2] === 0xbf
    this.position = hasMark ? first + 3 : first
    this.skipSpace()
  }

  #map(source: Uint8Array, memory: Uint8Array, shift: number): void {
    this.source = source
    this.#shift = shift
    if (memory === this.#memory) return
    this.#memory = memory
    // Always a plain Uint8Array, so that the loops see one class whatever the caller has.
    this.bytes = new Uint8Array(memory.buffer, memory.byteOffset, memory.byteLength)
    this.view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength)
  }

  #mapCopy(source: Uint8Array, start: number, end: number): void {
    const needed = end - start + PADDING_BYTES
    if (this.#copy.length < needed) this.#copy = new Uint8Array(needed * 2)
    this.#copy.set(source.subarray(start, end))
    this.#copy.fill(0, end - start, needed)
    this.#map(source, this.#copy, 0 - start)
  }

  #slice(start: number, end: number): Buffer {
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + start, end - start)
  }

  // ── objects and arrays ────────────────────────────────────────────────────────────────────────────────────────────

  peek(): number {
    return this.bytes[this.position]!
  }

  get atObject(): boolean {
    return this.peek() === OPEN_BRACE
  }

  get atArray(): boolean {
    return this.peek() === OPEN_BRACKET
  }

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

  /** Past a key and its colon, to the value. The key is then the string passed last. */
  key(): void {
    if (this.peek() !== QUOTE) this.malformed('expected a key')
    this.string()
    this.skipSpace()
    if (this.peek() !== COLON) this.malformed('expected a colon')
    this.position++
    this.skipSpace()
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
    if (byte !== COMMA && byte !== close) this.malformed(close === CLOSE_BRACE ? 'expected , or }' : 'expected , or ]')
    this.position++
    if (byte === close) return false
    this.skipSpace()
    return true
  }

  // ── values ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Past `null` if it is there. */
  skipNull(): boolean {
    if (this.view.getInt32(this.position, true) !== NULL) return false
    this.position += 4
    return true
  }

  /** Past a string, to which `textStart`, `textEnd` and `textEscaped` then belong. */
  string(): void {
    const { view, bytes } = this
    let at = this.position + 1
    this.textStart = at
    this.textEscaped = false
    for (;;) {
      const word = view.getInt32(at, true)
      const plain = plainBytes(word)
      this.#seen |= word
      at += plain
      if (plain === 4) continue
      const stop = bytes[at]!
      if (stop === QUOTE) break
      this.position = at
      if (stop !== BACKSLASH) this.malformed('a control character in a string')
      this.textEscaped = true
      this.#skipEscape()
      at = this.position
    }
    this.textEnd = at
    this.position = at + 1
  }

  /** The string passed last, decoded. */
  text(): string {
    return this.decode(this.textStart, this.textEnd)
  }

  /** The string whose contents are `bytes[start, end)`, decoded. */
  decode(start: number, end: number): string {
    return JSON.parse(this.#slice(start - 1, end + 1).toString('utf8'))
  }

  /** Past any number, whose value goes into `into[slot]`; false when it is beyond a double. */
  number(into: Float64Array, slot: number): boolean {
    const start = this.position
    this.skipNumber()
    into[slot] = Number(this.#slice(start, this.position).toString('latin1'))
    return Number.isFinite(into[slot])
  }

  skipNumber(): void {
    if (this.peek() === MINUS) this.position++
    const start = this.position
    this.#skipDigits()
    if (this.position > start + 1 && this.bytes[start] === ZERO) this.malformed('a number that begins with 0')
    if (this.peek() === DOT) {
      this.position++
      this.#skipDigits()
    }
    if ((this.peek() | LOWER_CASE) !== LETTER_E) return
    this.position++
    if (this.peek() === PLUS || this.peek() === MINUS) this.position++
    this.#skipDigits()
  }

  /** Past any value, checked in full. */
  skipValue(): void {
    const first = this.peek()
    if (first !== OPEN_BRACE && first !== OPEN_BRACKET) this.#skipScalar(first)
    else this.#skipContainer()
  }

  #skipContainer(): void {
    let depth = 0
    do {
      // At a value.
      const first = this.peek()
      if (first === OPEN_BRACE || first === OPEN_BRACKET) {
        if (depth === this.#nesting.length) this.#growNesting()
        this.#nesting[depth++] = first
        if (first === OPEN_BRACE ? this.enterObject() : this.enterArray()) {
          if (first === OPEN_BRACE) this.key()
          continue
        }
        depth--
      } else this.#skipScalar(first)

      // Behind a value: on to the next one of the innermost container that has another.
      while (depth > 0) {
        const isObject = this.#nesting[depth - 1] === OPEN_BRACE
        if (isObject ? this.nextMember() : this.nextElement()) {
          if (isObject) this.key()
          break
        }
        depth--
      }
    } while (depth > 0)
  }

  skipSpace(): void {
    if (this.peek() <= SPACE) this.#skipSpaces()
  }

  /** Behind the white space at `at`. */
  afterSpace(at: number): number {
    this.position = at
    this.#skipSpaces()
    return this.position
  }

  malformed(problem: string): never {
    this.problem = this.position < this.#end ? problem : `${problem}, found the end`
    throw MALFORMED
  }

  #skipScalar(first: number): void {
    if (first === QUOTE) this.string()
    else if (isDigit(first) || first === MINUS) this.skipNumber()
    else this.position += this.#literalLength()
  }

  /** Of `null`, `true` or `false` at the position; anything else is refused. */
  #literalLength(): number {
    const word = this.view.getInt32(this.position, true)
    if (word === NULL || word === TRUE) return 4
    if (word === FALS && this.bytes[this.position + 4] === LETTER_E) return 5
    return this.malformed('expected a value')
  }

  #skipDigits(): void {
    const { bytes } = this
    const start = this.position
    let at = start
    while (isDigit(bytes[at]!)) at++
    this.position = at
    if (at === start) this.malformed('expected a digit')
  }

  #skipSpaces(): void {
    const { bytes, view } = this
    let at = this.position
    for (;;) {
      if (view.getInt32(at, true) === FOUR_SPACES) {
        at += 4
        continue
      }
      const byte = bytes[at]!
      if (byte !== SPACE && byte !== TAB && byte !== CARRIAGE_RETURN && (byte !== LINE_FEED || this.isLine)) break
      at++
    }
    this.position = at
  }

  #skipEscape(): void {
    const { bytes, position } = this
    const kind = bytes[position + 1]!
    if (kind !== LETTER_U) {
      if (!SIMPLE_ESCAPES.includes(kind)) this.malformed('an unknown escape')
      this.position += 2
      return
    }
    for (let i = position + 2; i < position + 6; i++)
      if (HEX_LOWER[bytes[i]!] === 0) this.malformed('an escape without four hexadecimal digits')
    this.position += 6
  }

  #growNesting(): void {
    const grown = new Uint8Array(this.#nesting.length * 2)
    grown.set(this.#nesting)
    this.#nesting = grown
  }
}
