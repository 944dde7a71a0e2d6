/**
 * One string of the input as UTF-8: where it stands when it is written plainly, otherwise decoded into memory of its
 * own.
 *
 * Plain strings cost nothing; those with escapes or, when trimmed, with anything but ASCII at an end become a
 * JavaScript string on the way.
 */
import { SPACE } from './ascii.ts'
import { type JsonScanner, PADDING_BYTES } from './scanner.ts'
import { Kind, type Slots } from './slots.ts'

export class Text {
  /** The memory that it is in, which goes on behind it for at least PADDING_BYTES. */
  bytes: Uint8Array = new Uint8Array(PADDING_BYTES)
  view: DataView = new DataView(this.bytes.buffer)
  start = 0
  end = 0
  /** Nor is it one when it was no string. */
  isNull = true

  get length(): number {
    return this.end - this.start
  }

  /** Takes what is in a slot; what is no string is null. */
  take(scanner: JsonScanner, slots: Slots, slot: number): void {
    const kind = slots.kinds[slot]!
    this.isNull = (kind & Kind.string) === 0
    if (this.isNull) this.start = this.end = 0
    else if (kind !== Kind.string) this.#set(scanner.decode(slots.starts[slot]!, slots.ends[slot]!))
    else {
      if (this.view !== scanner.view) {
        this.bytes = scanner.bytes
        this.view = scanner.view
      }
      this.start = slots.starts[slot]!
      this.end = slots.ends[slot]!
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

  /** Whether it is this ASCII text. */
  is(text: string): boolean {
    if (this.length !== text.length) return false
    let same = true
    for (let i = 0; i < text.length; i++) same &&= this.bytes[this.start + i] === text.charCodeAt(i)
    return same
  }

  /** Whether it is white space and nothing else, or null. */
  get isBlank(): boolean {
    if (this.length > 0 && isPlain(this.bytes[this.start]!)) return false
    return this.length === 0 || this.toString().trim() === ''
  }

  toString(): string {
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + this.start, this.length).toString('utf8')
  }

  /** White space beyond the space: from an escape, or as Unicode knows it. */
  #trimFully(): void {
    this.#set(this.toString().trim())
    this.isNull = this.length === 0
  }

  /** A surrogate that stands alone becomes U+FFFD, since UTF-8 cannot say it. */
  #set(text: string): void {
    const encoded = Buffer.from(text)
    this.bytes = new Uint8Array(encoded.length + PADDING_BYTES)
    this.bytes.set(encoded)
    this.view = new DataView(this.bytes.buffer)
    this.start = 0
    this.end = encoded.length
  }
}

function isPlain(byte: number): boolean {
  return byte > SPACE && byte < 0x80
}
