/**
 * The members of one kind of object: which keys are wanted, and into which slot the value of each goes.
 *
 * Objects of one kind are written alike. What stands between two values, `,"callsign":` with whatever white space, is called a gap
 * here, and a gap that came before means again what it meant then. So each is learnt once, and after that only compared: first with
 * the two that followed the gap before this one, then with all others. Right in any case, fast when the order is steady.
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

/** One way to get from a value to the next. The first gap of an object begins with its brace, the last one ends with it. */
class Gap {
  /** The slot of the value behind it, or END. */
  readonly slot: number
  readonly text: Pattern
  /** The gaps that came after this one, the latest first. */
  next: Gap | null = null
  other: Gap | null = null
  /** Another gap of the same bucket. */
  readonly neighbour: Gap | null

  constructor(slot: number, text: Pattern, neighbour: Gap | null) {
    this.slot = slot
    this.text = text
    this.neighbour = neighbour
  }
}

const NOTHING = Pattern.of('')

export class Members {
  readonly #slots: ReadonlyMap<string, number>
  readonly #beforeFirst = new Gap(END, NOTHING, null)
  /** In place of one that is not kept. */
  readonly #forgotten = new Gap(END, NOTHING, null)
  /** The gap passed last. */
  #last = this.#beforeFirst
  readonly #buckets = new Array<Gap | null>(BUCKETS).fill(null)
  #known = 0
  /** Whether the known gaps are those of lines: a line feed is white space elsewhere, and there it is not. */
  #isOfLines = false

  /** A slot for each wanted key. Those beyond END are no slots: the caller reads what belongs to them. */
  constructor(slots: Readonly<Record<string, number>>) {
    this.#slots = new Map(Object.entries(slots))
  }

  /** The scanner is at an object's brace; `next` then goes to its first member. */
  begin(scanner: JsonScanner): void {
    if (scanner.isLine !== this.#isOfLines) this.#forget(scanner.isLine)
    this.#last = this.#beforeFirst
  }

  /** From behind a value to the next one: its slot, or END behind the object. */
  next(scanner: JsonScanner): number {
    const { view, position } = scanner
    const last = this.#last
    const { next } = last
    if (next?.text.isAt(view, position)) return this.#pass(scanner, next)
    const { other } = last
    if (other === null || !other.text.isAt(view, position)) return this.#learn(scanner)
    last.next = other
    last.other = next
    return this.#pass(scanner, other)
  }

  #pass(scanner: JsonScanner, gap: Gap): number {
    this.#last = gap
    scanner.position += gap.text.length
    if (gap.slot !== END) scanner.skipSpace()
    return gap.slot
  }

  /** Reads the gap letter by letter, and remembers what it means and when it came. */
  #learn(scanner: JsonScanner): number {
    const last = this.#last
    const start = scanner.position
    const hasMember = last === this.#beforeFirst ? scanner.enterObject() : scanner.nextMember()
    if (hasMember) scanner.key()
    const gap = this.#gapAt(scanner, start, hasMember)
    if (gap === null) {
      this.#last = this.#forgotten
      return hasMember ? this.#slotOf(scanner) : END
    }
    last.other = last.next
    last.next = gap
    this.#last = gap
    return gap.slot
  }

  /** The gap from `start` to the scanner, known or new; null for one that is not worth it. */
  #gapAt(scanner: JsonScanner, start: number, hasMember: boolean): Gap | null {
    const { view, bytes, position } = scanner
    const head = hasMember ? view.getInt32(scanner.textStart, true) : 0
    const bucket = Math.imul(head ^ (position - start), 0x9e3779b1) >>> 26
    for (let gap: Gap | null = this.#buckets[bucket]!; gap !== null; gap = gap.neighbour)
      if (gap.text.length === position - start && gap.text.isAt(view, start)) return gap
    if (position - start > MAX_GAP_BYTES || !isAscii(bytes, start, position)) return null
    if (this.#known === MAX_GAPS) this.#forget(scanner.isLine)
    this.#known++
    const slot = hasMember ? this.#slotOf(scanner) : END
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
    for (const gap of [this.#beforeFirst, this.#forgotten]) gap.next = gap.other = null
    this.#isOfLines = isOfLines
  }
}

/** What is beyond ASCII is left to the scanner, which looks whether it is UTF-8. */
function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  let all = 0
  for (let i = start; i < end; i++) all |= bytes[i]!
  return all < 0x80
}
