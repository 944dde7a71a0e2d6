/**
 * Reads a recording front to back in blocks: whole lines, or the whole file where that is one document.
 *
 * Plain or gzip, told by its first bytes. Offsets are those of the decompressed bytes. A gzip file that is cut off yields
 * its whole lines; what follows the last of them comes as a fragment. A line or document longer than `maxBodyBytes`, be it
 * by one byte, is read to its end without being kept: its first bytes, its length and its digest come instead. What comes
 * depends on the file alone, not on where reading began or how its chunks fell.
 *
 * Memory: one block, at most the longest body.
 */
import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { MAX_KEPT_BYTES } from '../../../engine/records/index.ts'

const LINE_FEED = 0x0a
const GZIP_MAGIC = [0x1f, 0x8b] as const

export type Block = {
  bytes: Uint8Array
  start: number
  end: number
  /** In the file, of `bytes[start]`. */
  offset: number
  /** In the file, behind the block: where to go on. */
  nextOffset: number
} & (
  | { kind: 'whole' }
  /** What a cut-off file ends with. */
  | { kind: 'fragment'; problem: string }
  /** The beginning of a body that is too long. */
  | { kind: 'oversized'; fullBytes: number; sha256: string }
)

export interface FileBlocksOptions {
  blockBytes: number
  maxBodyBytes: number
  /** Where to begin: the start of a line. */
  fromOffset: number
  /** The whole file is one body. */
  isDocument: boolean
}

export class FileBlocks {
  readonly #chunks: AsyncIterator<Uint8Array>
  readonly #options: FileBlocksOptions
  #buffer: Uint8Array
  /** Bytes of `#buffer` that are read but not yet handed out: [#start, #end). */
  #start = 0
  #end = 0
  /** In the file, of `#buffer[0]`. */
  #base: number
  #pending: Uint8Array = new Uint8Array(0)
  #isOver = false
  #problem: string | null = null
  /** Up to where in `#buffer` there is no line feed behind `#start`. */
  #searched = 0
  /** Of the oversized body being read: how many bytes are hashed and kept, and how many are hashed and dropped. */
  #kept = 0
  #dropped = 0

  private constructor(chunks: AsyncIterator<Uint8Array>, options: FileBlocksOptions) {
    this.#chunks = chunks
    this.#options = options
    this.#base = options.fromOffset
    this.#buffer = new Uint8Array(options.blockBytes * 2)
  }

  static async open(path: string, options: FileBlocksOptions): Promise<FileBlocks> {
    const isGzip = await beginsWithGzipMagic(path)
    const chunks = isGzip ? inflated(path, options.fromOffset) : plain(path, options)
    return new FileBlocks(chunks[Symbol.asyncIterator](), options)
  }

  /** The next block, valid until the one after it; null at the end. */
  async next(): Promise<Block | null> {
    for (;;) {
      const lineEnd = this.#lastLineEnd()
      if (lineEnd > this.#start) {
        const end = this.#endOfAdmitted(lineEnd)
        return end > this.#start ? this.#take(end) : this.#oversized()
      }
      if (this.#isOver) return this.#rest()
      if (this.#end - this.#start > this.#options.maxBodyBytes) return this.#oversized()
      await this.#fill()
    }
  }

  /** Why the file ended where it did, if that was not its end. */
  get problem(): string | null {
    return this.#problem
  }

  async close(): Promise<void> {
    await this.#chunks.return?.()
  }

  /** Behind the last line feed among the bytes that were not searched yet; -1 for none. */
  #lastLineEnd(): number {
    if (this.#options.isDocument) return -1
    const from = Math.max(this.#searched, this.#start)
    const feed = this.#buffer.subarray(from, this.#end).lastIndexOf(LINE_FEED)
    this.#searched = this.#end
    return feed < 0 ? -1 : from + feed + 1
  }

  /** Behind the last of the lines up to `end` that stands before one that is too long. */
  #endOfAdmitted(end: number): number {
    const { maxBodyBytes } = this.#options
    let at = this.#start
    if (end - at <= maxBodyBytes) return end // none of them can be
    while (at < end) {
      const feed = this.#buffer.indexOf(LINE_FEED, at)
      if (feed - at > maxBodyBytes) return at
      at = feed + 1
    }
    return end
  }

  #take(end: number): Block {
    const block: Block = {
      kind: 'whole',
      bytes: this.#buffer,
      start: this.#start,
      end,
      offset: this.#base + this.#start,
      nextOffset: this.#base + end,
    }
    this.#start = end
    this.#searched = Math.min(this.#searched, end)
    return block
  }

  /** What is left at the end of the file: a last line without a line feed, or a fragment. */
  #rest(): Block | null {
    if (this.#start === this.#end) return null
    if (this.#end - this.#start > this.#options.maxBodyBytes)
      return this.#describeOversized(createHash('sha256'), this.#end)
    const block = this.#take(this.#end)
    return this.#problem === null ? block : { ...block, kind: 'fragment', problem: this.#problem }
  }

  /** Reads the long body to its end, keeping only its beginning and its digest. */
  async #oversized(): Promise<Block> {
    const hash = createHash('sha256')
    for (;;) {
      const feed = this.#options.isDocument
        ? -1
        : this.#buffer.subarray(0, this.#end).indexOf(LINE_FEED, this.#start + this.#kept)
      if (feed >= 0) return this.#describeOversized(hash, feed)
      if (this.#isOver) return this.#describeOversized(hash, this.#end)
      if (this.#end - this.#start > MAX_KEPT_BYTES) this.#forgetBeyondKept(hash)
      await this.#fill()
    }
  }

  #forgetBeyondKept(hash: ReturnType<typeof createHash>): void {
    if (this.#kept === 0) {
      this.#kept = MAX_KEPT_BYTES
      hash.update(this.#buffer.subarray(this.#start, this.#start + MAX_KEPT_BYTES))
    }
    const from = this.#start + MAX_KEPT_BYTES
    hash.update(this.#buffer.subarray(from, this.#end))
    this.#dropped += this.#end - from
    this.#end = from
    this.#searched = from
  }

  #describeOversized(hash: ReturnType<typeof createHash>, end: number): Block {
    hash.update(this.#buffer.subarray(this.#start + this.#kept, end))
    const fullBytes = end - this.#start + this.#dropped
    const block = this.#take(end)
    this.#base += this.#dropped
    this.#dropped = 0
    this.#kept = 0
    if (this.#start < this.#end && this.#buffer[this.#start] === LINE_FEED) this.#start++
    return {
      ...block,
      end: Math.min(end, block.start + MAX_KEPT_BYTES),
      nextOffset: this.#base + this.#start,
      kind: 'oversized',
      fullBytes,
      sha256: hash.digest('hex'),
    }
  }

  /** Moves what is left to the front and adds what comes next. */
  async #fill(): Promise<void> {
    if (this.#pending.length === 0) {
      const result = await this.#chunks.next().catch((error: Error) => {
        this.#problem = error.message
        return { done: true as const, value: undefined }
      })
      if (result.done) {
        this.#isOver = true
        return
      }
      this.#pending = result.value
    }
    if (this.#start > 0) {
      this.#buffer.copyWithin(0, this.#start, this.#end)
      this.#base += this.#start
      this.#end -= this.#start
      this.#searched = Math.max(0, this.#searched - this.#start)
      this.#start = 0
    }
    if (this.#end + this.#pending.length > this.#buffer.length) this.#grow(this.#end + this.#pending.length)
    this.#buffer.set(this.#pending, this.#end)
    this.#end += this.#pending.length
    this.#pending = new Uint8Array(0)
  }

  #grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, this.#buffer.length * 2))
    grown.set(this.#buffer.subarray(0, this.#end))
    this.#buffer = grown
  }
}

async function beginsWithGzipMagic(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(2), 0, 2, 0)
    return bytesRead === 2 && buffer[0] === GZIP_MAGIC[0] && buffer[1] === GZIP_MAGIC[1]
  } finally {
    await file.close()
  }
}

/** Chunks of a plain file, into the same memory each time. */
async function* plain(path: string, { blockBytes, fromOffset }: FileBlocksOptions): AsyncGenerator<Uint8Array> {
  const file: FileHandle = await open(path)
  try {
    const buffer = new Uint8Array(blockBytes)
    let at = fromOffset
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, blockBytes, at)
      if (bytesRead === 0) return
      at += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}

/** Chunks of a gzip file, from an offset in what it holds. Throws behind the last byte that can be had. */
async function* inflated(path: string, fromOffset: number): AsyncGenerator<Uint8Array> {
  let skip = fromOffset
  for await (const chunk of inflatedChunks(path)) {
    if (skip >= chunk.length) skip -= chunk.length
    else {
      yield skip > 0 ? chunk.subarray(skip) : chunk
      skip = 0
    }
  }
}

/** How much goes in at a time; then, of the piece in which a file goes wrong, less and less. */
const PIECES = [1 << 16, 1 << 9, 1] as const

/**
 * All that can be had of a gzip file, and then an error where it is cut off or damaged.
 *
 * A stream that fails forgets what it has not yet been asked for: of the piece that went in last, all. So the file is read once
 * more, up to that piece as before and then in smaller ones, until the piece is a byte.
 */
async function* inflatedChunks(path: string): AsyncGenerator<Uint8Array> {
  let given = 0
  let wrongAt = 0
  for (const pieceBytes of PIECES) {
    const inflation = new Inflation(path, wrongAt, pieceBytes)
    let skip = given
    for await (const chunk of inflation.chunks()) {
      const fresh = chunk.subarray(Math.min(skip, chunk.length))
      skip -= chunk.length - fresh.length
      given += fresh.length
      if (fresh.length > 0) yield fresh
    }
    if (inflation.error === null) return
    if (pieceBytes === 1 || isGarbled(inflation.error)) throw inflation.error
    wrongAt = inflation.wrongAt
  }
}

/** Whether what came last may be anything: not where the file is cut off, or has something wrong behind its data. */
const isGarbled = ({ message }: Error): boolean => message.startsWith('invalid ')

class Inflation {
  error: Error | null = null
  /** Where the piece begins with which it went wrong. */
  wrongAt = 0
  readonly #path: string
  readonly #fineFrom: number
  readonly #pieceBytes: number

  /** Goes in pieces of `pieceBytes` from `fineFrom` on. */
  constructor(path: string, fineFrom: number, pieceBytes: number) {
    this.#path = path
    this.#fineFrom = fineFrom
    this.#pieceBytes = pieceBytes
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    const gunzip = createGunzip({ chunkSize: 1 << 18 })
    const ready: Uint8Array[] = []
    gunzip.on('data', (chunk: Uint8Array) => ready.push(chunk))
    const failed = new Promise<Error>((resolve) => gunzip.once('error', resolve))
    // Before the file's own end where zeros follow, as some writers pad with: it takes no more then, and says so to nobody.
    const ended = new Promise<null>((resolve) => gunzip.once('end', () => resolve(null)))
    const file = await open(this.#path)
    const buffer = Buffer.alloc(PIECES[0])
    try {
      for (let at = 0; !gunzip.readableEnded; ) {
        const wanted = at < this.#fineFrom ? Math.min(PIECES[0], this.#fineFrom - at) : this.#pieceBytes
        const { bytesRead } = await file.read(buffer, 0, wanted, at)
        const taken = new Promise<null>((resolve) => {
          if (bytesRead === 0) gunzip.end()
          else gunzip.write(Buffer.from(buffer.subarray(0, bytesRead)), () => resolve(null))
        })
        this.error = await Promise.race([failed, ended, taken])
        yield* ready.splice(0)
        this.wrongAt = at
        if (this.error !== null || bytesRead === 0) return
        at += bytesRead
      }
    } finally {
      gunzip.destroy()
      await file.close()
    }
  }
}
