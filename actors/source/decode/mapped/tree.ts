/**
 * The wanted values of an object or array, nested ones too, each with its slot: what `Slots` reads for one level, and below it
 * the same again.
 */
import { END, Members, UNWANTED } from '../members.ts'
import type { JsonScanner } from '../scanner.ts'
import type { Slots } from '../slots.ts'

/** Those that `Slots` has, but for the one of what is unwanted. */
const MOST_SLOTS = UNWANTED

export interface WantedPath {
  readonly path: readonly string[]
  readonly slot: number
}

export class Tree {
  /** Of an object. */
  readonly #members: Members | null
  /** Of an array. */
  readonly #columns: readonly number[] | null
  readonly #below: readonly Tree[]

  /** Throws a `RangeError` where two paths cannot both be. */
  constructor(wanted: readonly WantedPath[]) {
    if (wanted.some(({ slot }) => slot >= MOST_SLOTS)) throw new RangeError(`more than ${MOST_SLOTS} values of a row`)
    const byName = Map.groupBy(wanted, ({ path }) => path[0]!)
    const names = [...byName.keys()]
    const isArray = names.length > 0 && names.every((name) => /^\d{1,3}$/.test(name))
    const below: Tree[] = []
    const slotOf = (name: string): number => {
      const all = byName.get(name)!
      const deeper = all.filter(({ path }) => path.length > 1)
      if (deeper.length === 0) return all[0]!.slot
      if (deeper.length < all.length) throw new RangeError(`"${name}" cannot be a value and have values in it`)
      if (isArray) throw new RangeError(`"${name}" is in an array: nothing below it can be taken`)
      below.push(new Tree(deeper.map(({ path, slot }) => ({ path: path.slice(1), slot }))))
      return END + below.length
    }
    const slots = names.map((name): [string, number] => [name, slotOf(name)])
    this.#members = isArray ? null : new Members(Object.fromEntries(slots))
    this.#columns = isArray ? columnsOf(slots) : null
    this.#below = below
  }

  /** Reads what is at the scanner, whatever it is; what is of another shape leaves its slots as they were. */
  read(scanner: JsonScanner, slots: Slots): void {
    if (this.#columns !== null && scanner.atArray) slots.readArray(scanner, this.#columns)
    else if (this.#members !== null && scanner.atObject) {
      let next = slots.readObject(scanner, this.#members)
      while (next !== END) {
        this.#below[next - END - 1]!.read(scanner, slots)
        next = slots.readMore(scanner, this.#members)
      }
    } else scanner.skipValue()
  }
}

function columnsOf(slots: readonly [string, number][]): number[] {
  const columns = new Array<number>(1 + Math.max(...slots.map(([name]) => Number(name)))).fill(UNWANTED)
  for (const [name, slot] of slots) columns[Number(name)] = slot
  return columns
}
