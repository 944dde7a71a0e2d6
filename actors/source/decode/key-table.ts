/**
 * The keys that a decoder wants, found in the text without making a string.
 *
 * The first three bytes after the opening quote choose a short chain of candidates, and whole words decide, the closing quote
 * included: a wanted key is passed without looking for its end. Written plainly only; escaped keys go through `meaning`.
 */
import type { JsonScanner } from './scanner.ts'

/** What a key stands for that is not in the table. */
export const UNKNOWN = -1

const SLOTS = 128
const HEAD_BYTES = 0xffffff

export class KeyTable {
  readonly #meanings: ReadonlyMap<string, number>
  readonly #meaningOf: Int32Array
  /** The first candidate by hash of the head, and the next one after each; -1 for none. */
  readonly #first = new Int8Array(SLOTS).fill(-1)
  readonly #next: Int8Array
  /** Of each key with its closing quote: its words one after the other, those of key i from `#wordsOf[i]` on. */
  readonly #words: Int32Array
  readonly #wordsOf: Int32Array
  /** Keeps of the last word what belongs to the key. */
  readonly #lastMask: Int32Array
  readonly #lengths: Int32Array

  /** ASCII names of at least two characters, each with what it stands for: a number from 0. */
  constructor(meanings: Readonly<Record<string, number>>) {
    this.#meanings = new Map(Object.entries(meanings))
    const names = [...this.#meanings.keys()]
    const quoted = names.map((name) => Buffer.from(`${name}"`, 'latin1'))
    this.#meaningOf = Int32Array.from(this.#meanings.values())
    this.#next = new Int8Array(names.length).fill(-1)
    this.#lengths = Int32Array.from(names, (name) => name.length)
    this.#lastMask = Int32Array.from(quoted, (key) => (key.length % 4 === 0 ? -1 : (1 << ((key.length % 4) * 8)) - 1))
    this.#wordsOf = new Int32Array(names.length + 1)
    for (const [index, key] of quoted.entries())
      this.#wordsOf[index + 1] = this.#wordsOf[index]! + Math.ceil(key.length / 4)
    this.#words = new Int32Array(this.#wordsOf[names.length]!)
    for (const [index, key] of quoted.entries()) {
      const padded = Buffer.concat([key, Buffer.alloc(3)])
      for (let i = 0; i * 4 < key.length; i++) this.#words[this.#wordsOf[index]! + i] = padded.readInt32LE(i * 4)
      const slot = slotOf(padded.readInt32LE())
      this.#next[index] = this.#first[slot]!
      this.#first[slot] = index
    }
  }

  /** What a key stands for; UNKNOWN for those not in the table. */
  meaning(name: string): number {
    return this.#meanings.get(name) ?? UNKNOWN
  }

  meaningOf(index: number): number {
    return this.#meaningOf[index]!
  }

  /** Characters of a key, without its quotes. */
  lengthOf(index: number): number {
    return this.#lengths[index]!
  }

  /** Index of the key that begins at `start`, behind its opening quote, and ends within the scanner's text; -1 for none. */
  find(scanner: JsonScanner, start: number): number {
    const head = scanner.word(start)
    for (let index = this.#first[slotOf(head)]!; index >= 0; index = this.#next[index]!) {
      const last = this.#wordsOf[index + 1]! - 1
      let at = start
      let word = this.#wordsOf[index]!
      while (word < last && scanner.word(at) === this.#words[word]) {
        word++
        at += 4
      }
      if (word === last && (scanner.word(at) & this.#lastMask[index]!) === this.#words[word])
        return start + this.#lengths[index]! < scanner.end ? index : -1
    }
    return -1
  }
}

function slotOf(head: number): number {
  return Math.imul(head & HEAD_BYTES, 0x9e3779b1) >>> 25
}
