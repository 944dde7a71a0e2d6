/**
 * A CSV file (RFC 4180) in blocks of whole rows, and what is in them.
 *
 * A row ends at a line feed that is in no quotes. Quotes that do not end within `maxRowBytes` were none: the row is then the line
 * that they are in, and the next begins behind it. Blank lines are no rows. csv-parse takes a block at a time; when it refuses
 * one, each row by itself, so that only the bad one is lost.
 */
import { isUtf8 } from 'node:buffer'
import { parse } from 'csv-parse/sync'
import type { Block, FileBlocks } from '../replay/file-blocks.ts'

export interface Row {
  /** Null for one that cannot be read, and `problem` says why. */
  readonly cells: readonly string[] | null
  readonly problem: string
  /** In the block's bytes. */
  readonly start: number
  readonly end: number
  /** Of its first line, from 1. */
  readonly line: number
}

export interface RowBlock {
  readonly bytes: Uint8Array
  /** In the file, of `bytes[0]`. */
  readonly offset: number
  readonly rows: readonly Row[]
  /** Where to go on. */
  readonly next: { readonly offset: number; readonly line: number }
  /** What is no row at all: too long, or what a file that is cut off ends with. */
  readonly refused: Exclude<Block, { kind: 'whole' }> | null
}

const QUOTE = 0x22
const LINE_FEED = 0x0a
const RETURN = 0x0d
const NO_BYTES = new Uint8Array(0)

export class RowBlocks {
  readonly #blocks: FileBlocks
  readonly #delimiter: string
  readonly #maxRowBytes: number
  /** A row that is not whole yet. */
  #rest: Uint8Array = NO_BYTES
  #offset: number
  #line: number

  constructor(blocks: FileBlocks, place: { offset: number; line: number }, delimiter: string, maxRowBytes: number) {
    this.#blocks = blocks
    this.#offset = place.offset
    this.#line = place.line
    this.#delimiter = delimiter
    this.#maxRowBytes = maxRowBytes
  }

  /** The next block, valid until the one after it; null at the end. */
  async next(): Promise<RowBlock | null> {
    const block = await this.#blocks.next()
    if (block === null) return this.#rest.length === 0 ? null : this.#rowsOf(this.#taken(NO_BYTES), true, null)
    if (block.kind === 'whole')
      return this.#rowsOf(this.#taken(block.bytes.subarray(block.start, block.end)), false, null)
    return this.#rowsOf(this.#taken(NO_BYTES), true, block)
  }

  /** What was left of the block before, and this. */
  #taken(bytes: Uint8Array): Uint8Array {
    if (this.#rest.length === 0) return bytes
    const together = Buffer.concat([this.#rest, bytes])
    this.#rest = NO_BYTES
    return together
  }

  #rowsOf(bytes: Uint8Array, isEnd: boolean, refused: RowBlock['refused']): RowBlock {
    const offset = this.#offset
    const start = offset === 0 && hasMark(bytes) ? 3 : 0
    const places: Place[] = []
    const end = bytes.includes(QUOTE)
      ? this.#splitQuoted(bytes, start, isEnd, places)
      : this.#splitLines(bytes, start, places)
    if (end < bytes.length) this.#rest = bytes.slice(end)
    this.#offset += end
    const rows = cellsOf(bytes, places, this.#delimiter)
    if (refused !== null) {
      this.#offset = refused.nextOffset
      this.#line++
    }
    return { bytes, offset, rows, next: { offset: this.#offset, line: this.#line }, refused }
  }

  #splitLines(bytes: Uint8Array, start: number, places: Place[]): number {
    for (let at = start; at < bytes.length; ) {
      const end = endOfLine(bytes, at)
      this.#note(bytes, at, end, 1, places)
      at = end
    }
    return bytes.length
  }

  #splitQuoted(bytes: Uint8Array, start: number, isEnd: boolean, places: Place[]): number {
    let at = start
    while (at < bytes.length) {
      const firstEnd = endOfLine(bytes, at)
      let end = firstEnd
      let lines = 1
      let isOpen = isOdd(bytes, at, end)
      while (isOpen && end < bytes.length && end - at <= this.#maxRowBytes) {
        const from = end
        end = endOfLine(bytes, from)
        lines++
        if (isOdd(bytes, from, end)) isOpen = false
      }
      if (isOpen && end - at <= this.#maxRowBytes && !isEnd) return at // the rest is still to come
      if (isOpen) {
        end = firstEnd
        lines = 1
      }
      this.#note(bytes, at, end, lines, places)
      at = end
    }
    return at
  }

  #note(bytes: Uint8Array, start: number, end: number, lines: number, places: Place[]): void {
    if (!isBlank(bytes, start, end)) places.push({ start, end, line: this.#line })
    this.#line += lines
  }
}

type Place = Pick<Row, 'start' | 'end' | 'line'>

function cellsOf(bytes: Uint8Array, places: readonly Place[], delimiter: string): Row[] {
  const [first, last] = [places[0], places.at(-1)]
  if (first === undefined) return []
  const all = isUtf8(bytes) ? parsed(bytes, first.start, last!.end, delimiter) : 'not UTF-8'
  if (typeof all !== 'string' && all.length === places.length)
    return places.map((place, i) => ({ ...place, cells: all[i]!, problem: '' }))
  return places.map((place) => {
    if (!isUtf8(bytes.subarray(place.start, place.end))) return { ...place, cells: null, problem: 'bad_utf8' }
    const own = parsed(bytes, place.start, place.end, delimiter)
    return typeof own === 'string'
      ? { ...place, cells: null, problem: own }
      : { ...place, cells: own[0] ?? [], problem: '' }
  })
}

/** The rows, or what is wrong with them. */
function parsed(bytes: Uint8Array, start: number, end: number, delimiter: string): string[][] | string {
  try {
    return parse(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start), {
      delimiter,
      record_delimiter: ['\r\n', '\n'],
      relax_column_count: true,
      skip_empty_lines: true,
    })
  } catch (error) {
    return (error as Error).message
  }
}

function endOfLine(bytes: Uint8Array, from: number): number {
  const feed = bytes.indexOf(LINE_FEED, from)
  return feed < 0 ? bytes.length : feed + 1
}

/** Whether the number of quotes is odd. */
function isOdd(bytes: Uint8Array, start: number, end: number): boolean {
  let isOdd = false
  for (let at = bytes.indexOf(QUOTE, start); at >= 0 && at < end; at = bytes.indexOf(QUOTE, at + 1)) isOdd = !isOdd
  return isOdd
}

function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start
  return (
    length === 0 ||
    (length === 1 && bytes[start] === LINE_FEED) ||
    (length === 2 && bytes[start] === RETURN && bytes[start + 1] === LINE_FEED)
  )
}

/** A byte order mark. */
const hasMark = (bytes: Uint8Array): boolean => bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
