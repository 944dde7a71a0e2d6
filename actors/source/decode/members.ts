/**
 * The members of one kind of object: which keys are wanted, and into which slot the value of each goes.
 *
 * Objects of one kind are written alike. What stands between two values, `,"callsign":` with whatever white space, is
 * called a gap here, and a gap that came before means again what it meant then. So each is learnt once, and after that
 * only compared: first with the two that followed the gap before this one, then with all others. A value that nobody
 * wants is learnt with its gap: many never change, and those are passed with it. Right in any case, fast when the order
 * is steady.
 */
import { Pattern } from './pattern.ts'
import type { JsonScanner } from './scanner.ts'

/** The slot of members that nobody wants. */
export const UNWANTED = 31
/** Behind the last member. */
export const END = 32

const MAX_GAP_BYTES = 64
const MAX_GAPS = 512
const BUCKETS = 64
const MAX_WHOLE_BYTES = 512
/** How often an unwanted value is learnt anew. One that is another each time is not worth it. */
const MAX_LESSONS = 16
/** So many that a new majority is not long in coming. */
export const MAX_VOTES = 8

/**
 * One way to get from a value to the next. The first gap of an object begins with its brace, the last one ends with it.
 */
export class Gap {
  /** The slot of the value behind it, or END. */
  slot: number
  length: number
  readonly text: Pattern
  /** The gaps that came after this one, the latest first. */
  next: Gap | null = null
  other: Gap | null = null
  /** The gap with a value that nobody wants and one byte more: as it was once, and so perhaps again. */
  whole: Pattern | null = null
  /** How much more often that came lately than anything else did, and how many more times it may be learnt. */
  votes = 0
  lessons = MAX_LESSONS
  /** Another gap of the same bucket. */
  readonly neighbour: Gap | null

  constructor(slot: number, text: Pattern, neighbour: Gap | null) {
    this.slot = slot
    this.length = text.length
    this.text = text
    this.neighbour = neighbour
  }

  /**
   * Another unwanted value than that came, from `start` with this gap to `end`. The majority stays (R. Boyer and
   * J. Moore, MJRTY).
   */
  outvote(scanner: JsonScanner, start: number, end: number): void {
    if (this.votes-- > 0) return
    this.votes = 1
    this.lessons--
    if (end - start > MAX_WHOLE_BYTES) return
    if (isAscii(scanner.bytes, start, end)) this.whole = new Pattern(scanner.view, start, end + 1)
  }
}

const NOTHING = Pattern.of('')

export class Members {
  /** The gap passed last; that before the first is none. */
  last: Gap
  readonly #slots: ReadonlyMap<string, number>
  readonly #beforeFirst = new Gap(END, NOTHING, null)
  /** Stands for a gap that is not kept. */
  readonly #unkept = new Gap(END, NOTHING, null)
  readonly #buckets = new Array<Gap | null>(BUCKETS).fill(null)
  #known = 0
  /** Whether the known gaps are those of lines: a line feed is white space elsewhere, and there it is not. */
  #isOfLines = false

  /** A slot for each wanted key. Those beyond END are no slots: the caller reads what belongs to them. */
  constructor(slots: Readonly<Record<string, number>>) {
    this.#slots = new Map(Object.entries(slots))
    this.last = this.#beforeFirst
    this.#unkept.lessons = 0
  }

  /** The scanner is at the brace of an object. */
  begin(scanner: JsonScanner): void {
    if (scanner.isLine !== this.#isOfLines) this.#forget(scanner.isLine)
    this.last = this.#beforeFirst
  }

  /** The gap that is at `at`, after the gap `last` and its value. */
  after(last: Gap, scanner: JsonScanner, at: number): Gap {
    const { view } = scanner
    const { next } = last
    if (next?.text.isAt(view, at)) return next
    const { other } = last
    if (other === null || !other.text.isAt(view, at)) return this.#find(last, scanner, at)
    last.next = other
    last.other = next
    return other
  }

  /** Another gap than was expected: one that came elsewhere, or a new one. Remembered as what comes here. */
  #find(last: Gap, scanner: JsonScanner, at: number): Gap {
    const { view } = scanner
    scanner.position = at
    const hasMember = last === this.#beforeFirst ? scanner.enterObject() : scanner.nextMember()
    const bucket = hasMember ? bucketOf(view.getInt32(scanner.position + 1, true)) : 0
    let gap: Gap | null = this.#buckets[bucket]!
    while (gap !== null && !gap.text.isAt(view, at)) gap = gap.neighbour
    if (gap === null) {
      gap = this.#learn(scanner, at, hasMember, bucket)
      if (gap === this.#unkept) return gap
    }
    last.other = last.next
    last.next = gap
    return gap
  }

  /** Reads the gap letter by letter. */
  #learn(scanner: JsonScanner, start: number, hasMember: boolean, bucket: number): Gap {
    if (hasMember) scanner.key()
    const { view, bytes, position } = scanner
    const slot = hasMember ? this.#slotOf(scanner) : END
    if (position - start > MAX_GAP_BYTES || !isAscii(bytes, start, position)) {
      this.#unkept.slot = slot
      this.#unkept.length = position - start
      return this.#unkept
    }
    if (this.#known === MAX_GAPS) this.#forget(scanner.isLine)
    this.#known++
    const gap = new Gap(slot, new Pattern(view, start, position), this.#buckets[bucket]!)
    this.#buckets[bucket] = gap
    return gap
  }

  #slotOf(scanner: JsonScanner): number {
    return this.#slots.get(scanner.text()) ?? UNWANTED
  }

  #forget(isOfLines: boolean): void {
    this.#buckets.fill(null)
    this.#known = 0
    for (const gap of [this.#beforeFirst, this.#unkept]) gap.next = gap.other = null
    this.#isOfLines = isOfLines
  }
}

/** By the first letters of a key. */
const bucketOf = (head: number): number => Math.imul(head, 0x9e3779b1) >>> 26

/** What is beyond ASCII is left to the scanner, which looks whether it is UTF-8. */
function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  let all = 0
  for (let i = start; i < end; i++) all |= bytes[i]!
  return all < 0x80
}
