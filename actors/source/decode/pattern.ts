/**
 * A piece of ASCII text to be found again, eight bytes at a time.
 *
 * Eight bytes are compared as a double. That is exact: only 0 and -0 are equal doubles of different bytes, a NaN equals
 * nothing, and eight bytes of text are neither.
 */
import { firstBytes } from './words.ts'

export class Pattern {
  readonly length: number
  /** Its eights from the start on, and the last eight bytes, which may overlap them. */
  readonly #eights: number[] = []
  readonly #last: number = 0
  /** When it is shorter: all of it in two words. */
  readonly #low: number
  readonly #lowMask: number
  readonly #high: number
  readonly #highMask: number

  /** That of the bytes from `start` to `end`, behind which there are eight more. */
  constructor(view: DataView, start: number, end: number) {
    this.length = end - start
    for (let at = start; at + 8 <= end; at += 8) this.#eights.push(view.getFloat64(at, true))
    if (this.length >= 8) this.#last = view.getFloat64(end - 8, true)
    this.#lowMask = firstBytes(this.length)
    this.#highMask = firstBytes(this.length - 4)
    this.#low = view.getInt32(start, true) & this.#lowMask
    this.#high = view.getInt32(start + 4, true) & this.#highMask
  }

  static of(text: string): Pattern {
    const bytes = Buffer.from(`${text}        `, 'latin1')
    return new Pattern(new DataView(bytes.buffer, bytes.byteOffset), 0, text.length)
  }

  isAt(view: DataView, position: number): boolean {
    const { length } = this
    if (length < 8)
      return (
        (view.getInt32(position, true) & this.#lowMask) === this.#low &&
        (view.getInt32(position + 4, true) & this.#highMask) === this.#high
      )
    const eights = this.#eights
    let at = position
    for (let i = 0; i < eights.length; i++) {
      if (view.getFloat64(at, true) !== eights[i]) return false
      at += 8
    }
    return view.getFloat64(position + length - 8, true) === this.#last
  }
}
