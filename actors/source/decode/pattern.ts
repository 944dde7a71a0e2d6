/**
 * A piece of ASCII text to be found again, eight bytes at a time.
 *
 * Eight bytes are compared as a double, which is exact here: of different bytes only those of 0 and -0 are equal doubles, and bytes
 * that are not a number equal nothing, and ASCII without NUL is neither.
 */
export class Pattern {
  readonly length: number
  /** Its eights from the start on; the last eight bytes, which may overlap them; or, when shorter, all in two words with what to keep of these. */
  readonly #eights: number[] = []
  readonly #last: number = 0
  readonly #low: number
  readonly #lowMask: number
  readonly #high: number
  readonly #highMask: number

  /** That of the bytes from `start` to `end`, behind which there are eight more. */
  constructor(view: DataView, start: number, end: number) {
    this.length = end - start
    for (let at = start; at + 8 <= end; at += 8) this.#eights.push(view.getFloat64(at, true))
    if (this.length >= 8) this.#last = view.getFloat64(end - 8, true)
    this.#lowMask = maskOf(this.length)
    this.#highMask = maskOf(this.length - 4)
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

/** Keeps the first `bytes` of four. */
function maskOf(bytes: number): number {
  return bytes >= 4 ? -1 : (1 << (Math.max(bytes, 0) * 8)) - 1
}
