/**
 * Remembers the object or array that was skipped last: what nobody wants is often the same in every body, byte for byte, and then it
 * need not be read again. Compared like a `Pattern`, but in memory of its own, since it may be another one each time.
 */

/** Shorter ones are skipped as fast as compared. */
const MIN_BYTES = 16
const MAX_BYTES = 512

export class LastContainer {
  length = 0
  /** Words of its strings, or-ed together. */
  seen = 0
  #isOfLine = false
  readonly #eights = new Float64Array(MAX_BYTES / 8 + 1)

  /** Whether it is what begins at `position`. White space is another in lines. */
  isAt(view: DataView, position: number, isLine: boolean): boolean {
    const { length } = this
    if (length === 0 || isLine !== this.#isOfLine) return false
    const eights = this.#eights
    const count = length >> 3
    for (let i = 0; i < count; i++) if (view.getFloat64(position + i * 8, true) !== eights[i]) return false
    return view.getFloat64(position + length - 8, true) === eights[count]
  }

  remember(view: DataView, start: number, end: number, seen: number, isLine: boolean): void {
    const length = end - start
    if (length < MIN_BYTES || length > MAX_BYTES) return
    const count = length >> 3
    for (let i = 0; i < count; i++) this.#eights[i] = view.getFloat64(start + i * 8, true)
    this.#eights[count] = view.getFloat64(end - 8, true)
    this.length = length
    this.seen = seen
    this.#isOfLine = isLine
  }
}
