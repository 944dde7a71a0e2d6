/**
 * One string of the input as UTF-8: a range of the input where it is written plainly, otherwise decoded into memory of its own.
 *
 * Plain strings cost nothing; those with escapes or, when trimmed, beyond ASCII are made into a JavaScript string on the way.
 */
import type { JsonScanner } from './scanner.ts'

const SPACE = 0x20
const EMPTY = new Uint8Array(0)

export class Text {
  bytes: Uint8Array = EMPTY
  start = 0
  end = 0
  /** Null or never mentioned. */
  isNull = true

  get length(): number {
    return this.end - this.start
  }

  clear(): void {
    this.isNull = true
    this.start = this.end = 0
  }

  /** Takes the string at the scanner's position. */
  read(scanner: JsonScanner): void {
    scanner.string()
    this.isNull = false
    if (scanner.textEscaped) this.#set(scanner.text())
    else {
      this.bytes = scanner.bytes
      this.start = scanner.textStart
      this.end = scanner.textEnd
    }
  }

  /** Takes off white space at both ends. What is then empty is null. */
  trim(): void {
    const { bytes } = this
    let { start, end } = this
    while (start < end && bytes[start] === SPACE) start++
    while (start < end && bytes[end - 1] === SPACE) end--
    this.start = start
    this.end = end
    if (start === end) this.isNull = true
    else if (!isPlain(bytes[start]!) || !isPlain(bytes[end - 1]!)) this.#trimFully()
  }

  /** Whether it is white space and nothing else. */
  get isBlank(): boolean {
    return this.toString().trim() === ''
  }

  toString(): string {
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + this.start, this.length).toString('utf8')
  }

  /** White space beyond the space: what an escape gave, or what Unicode counts as such. */
  #trimFully(): void {
    const trimmed = this.toString().trim()
    this.#set(trimmed)
    this.isNull = trimmed === ''
  }

  /** A surrogate that stands alone becomes U+FFFD: UTF-8 has no other way to say it. */
  #set(text: string): void {
    const encoded = Buffer.from(text)
    this.bytes = new Uint8Array(encoded.buffer, encoded.byteOffset, encoded.byteLength)
    this.start = 0
    this.end = encoded.length
  }
}

function isPlain(byte: number): boolean {
  return byte > SPACE && byte < 0x80
}
