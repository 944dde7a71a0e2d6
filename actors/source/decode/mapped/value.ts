/** The values that a mapping names, wherever they come from: a row, the body around it, the request, the name of a member. */
import type { JsonScanner } from '../scanner.ts'
import { Kind, Slots } from '../slots.ts'
import { Text } from '../text.ts'
import type { Source } from './path.ts'
import { Tree, type WantedPath } from './tree.ts'

export type Value = string | number | boolean | null

/** A slot for each path, the same one for the same path. */
class Part {
  readonly slots = new Slots()
  readonly #wanted: WantedPath[] = []
  #tree: Tree | null = null

  slotOf(path: readonly string[]): number {
    const known = this.#wanted.find((one) => one.path.join('\0') === path.join('\0'))
    if (known !== undefined) return known.slot
    this.#wanted.push({ path, slot: this.#wanted.length })
    return this.#wanted.length - 1
  }

  close(): void {
    this.#tree = new Tree(this.#wanted)
  }

  get isWanted(): boolean {
    return this.#wanted.length > 0
  }

  read(scanner: JsonScanner): void {
    this.slots.clear()
    this.#tree!.read(scanner, this.slots)
  }
}

/** Gives the value of one source for the row that was read last. */
export type Getter = () => Value

export class Values {
  /** Of the request. */
  params: Readonly<Record<string, string>> = {}
  /** The name of the member that the row is. */
  memberName = ''
  readonly #scanner: JsonScanner
  readonly #row = new Part()
  readonly #body = new Part()
  readonly #scalar = new Part()
  readonly #text = new Text()

  constructor(scanner: JsonScanner) {
    this.#scanner = scanner
  }

  /** All getters are made before anything is read. */
  getterOf(source: Source): Getter {
    switch (source.kind) {
      case 'key':
        return () => this.memberName
      case 'param':
        return () => this.params[source.name] ?? null
      case 'value':
        this.#scalar.slotOf(['0'])
        return () => this.#valueIn(this.#scalar.slots, 0)
      default: {
        const part = source.kind === 'row' ? this.#row : this.#body
        const slot = part.slotOf(source.path)
        return () => this.#valueIn(part.slots, slot)
      }
    }
  }

  /** Throws a `RangeError` where what is wanted cannot be had together. */
  close(): void {
    for (const part of [this.#row, this.#body, this.#scalar]) part.close()
  }

  get wantsBody(): boolean {
    return this.#body.isWanted
  }

  readBody(): void {
    this.#body.read(this.#scanner)
  }

  readRow(): void {
    const scanner = this.#scanner
    if (!this.#scalar.isWanted || scanner.atObject || scanner.atArray) this.#row.read(scanner)
    else this.#readScalar()
  }

  #readScalar(): void {
    const { slots } = this.#scalar
    const scanner = this.#scanner
    slots.clear()
    if (scanner.peek() === QUOTE) {
      scanner.string()
      slots.kinds[0] = scanner.textEscaped ? Kind.string | Kind.escaped : Kind.string
      slots.starts[0] = scanner.textStart
      slots.ends[0] = scanner.textEnd
    } else if (isNumberStart(scanner.peek()))
      slots.kinds[0] = scanner.number(slots.numbers, 0) ? Kind.number : Kind.huge
    else scanner.skipValue()
  }

  #valueIn(slots: Slots, slot: number): Value {
    const kind = slots.kinds[slot]!
    if (kind === Kind.number) return slots.numbers[slot]!
    if (kind === Kind.true || kind === Kind.false) return kind === Kind.true
    if ((kind & Kind.string) !== 0) {
      this.#text.take(this.#scanner, slots, slot)
      return this.#text.toString()
    }
    return kind === Kind.huge ? Number.POSITIVE_INFINITY : null
  }
}

const QUOTE = 0x22
const MINUS = 0x2d
const isNumberStart = (byte: number): boolean => byte === MINUS || (byte >= 0x30 && byte <= 0x39)
