/**
 * Which events a source has told, on disk, so that none is told twice after a restart.
 *
 *  0               8                  16             24
 *  +---------------+------------------+--------------+
 *  | position (f64)| fingerprint (u64)| time ms (f64)|  …      fingerprint 0: all rows up to the position are published
 *  +---------------+------------------+--------------+
 *
 * A row is in here before it is published, and counts when the last commit covers its position: so what is known and what is in the
 * log are the same, wherever it was cut. A source that starts again while the process lives goes on from an earlier commit, though
 * what it has published is on its way into the log; for that there are the entries with fingerprint 0.
 */
import { closeSync, fdatasync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { isErrno, replaceFile, writeFully } from '../../../engine/log/disk.ts'
import { FINGERPRINT_DIGITS, MOST_TOLD, type Telling, type Told } from '../decode/mapped/told.ts'
import { POSITIONS_PER_MS } from './positions.ts'

export interface ToldPlace {
  readonly file: string
  /** When this process began, epoch milliseconds: positions begin there. */
  readonly startedMs: number
}

const ENTRY_BYTES = 24
/** When it has more, what is not known any more is left out. */
const MOST_ENTRIES = 4 * MOST_TOLD
const PUBLISHED = '0'.repeat(FINGERPRINT_DIGITS)
const toDisk = promisify(fdatasync)

export class ToldFile {
  readonly #path: string
  readonly #told: Told
  readonly #onProblem: (problem: string | null) => void
  /** Null when the file has to be written anew. */
  #fd: number | null = null
  #entries = 0
  #publishedPosition = -1
  #isFailing = false

  /** Recalls what was told up to the last commit. `onProblem` hears when it cannot be kept, and with null when it can again. */
  constructor(
    { file, startedMs }: ToldPlace,
    told: Told,
    committedPosition: number,
    onProblem: (problem: string | null) => void,
  ) {
    this.#path = file
    this.#told = told
    this.#onProblem = onProblem
    let entries: Telling[] = []
    this.#guard(() => void (entries = readEntries(file)))
    const published = entries.findLast(({ fingerprint }) => fingerprint === PUBLISHED)?.position ?? -1
    if (published >= startedMs * POSITIONS_PER_MS) this.#publishedPosition = published
    const covered = Math.max(committedPosition, this.#publishedPosition)
    told.recall(entries.filter(({ fingerprint, position }) => fingerprint !== PUBLISHED && position <= covered))
    // What is not covered must go now: soon positions after it are.
    if (entries.length > 0) this.#guard(() => this.#rewrite())
  }

  /** Resolves when it is on disk that these, which the decoder has told, are about to be published. */
  async begin(tellings: readonly Telling[]): Promise<void> {
    if (tellings.length === 0) return
    await this.#guard(async () => {
      if (this.#fd === null || this.#entries + tellings.length > MOST_ENTRIES) this.#rewrite()
      else this.#append(tellings)
      await toDisk(this.#fd!)
    })
  }

  /** All rows up to the position are in the source's ring. */
  published(position: number): void {
    this.#publishedPosition = position
    if (this.#fd !== null) this.#guard(() => this.#append([{ fingerprint: PUBLISHED, position, timeMs: 0 }]))
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd)
    this.#fd = null
  }

  /** A disk that is full or broken keeps nobody from polling. */
  async #guard(work: () => void | Promise<void>): Promise<void> {
    try {
      await work()
      if (this.#isFailing) this.#onProblem(null)
      this.#isFailing = false
    } catch (error) {
      this.close()
      this.#isFailing = true
      const { message } = error as Error
      this.#onProblem(`what was told cannot be kept, and may be told twice after a restart: ${message}`)
    }
  }

  #append(tellings: readonly Telling[]): void {
    const bytes = encode(tellings)
    writeFully(this.#fd!, bytes, bytes.length, this.#entries * ENTRY_BYTES)
    this.#entries += tellings.length
  }

  /** With what the decoder knows, and nothing else. */
  #rewrite(): void {
    this.close()
    mkdirSync(dirname(this.#path), { recursive: true })
    const entries = [...this.#told, { fingerprint: PUBLISHED, position: this.#publishedPosition, timeMs: 0 }]
    replaceFile(this.#path, encode(entries))
    this.#entries = entries.length
    this.#fd = openSync(this.#path, 'r+')
  }
}

function encode(tellings: readonly Telling[]): Buffer {
  const bytes = Buffer.alloc(tellings.length * ENTRY_BYTES)
  tellings.forEach(({ position, fingerprint, timeMs }, n) => {
    bytes.writeDoubleLE(position, n * ENTRY_BYTES)
    bytes.write(fingerprint, n * ENTRY_BYTES + 8, 'hex')
    bytes.writeDoubleLE(timeMs, n * ENTRY_BYTES + 16)
  })
  return bytes
}

/** What was cut off in its middle is left out. */
function readEntries(file: string): Telling[] {
  let bytes: Buffer
  try {
    bytes = readFileSync(file)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return []
    throw error
  }
  return Array.from({ length: Math.floor(bytes.length / ENTRY_BYTES) }, (_, n) => ({
    position: bytes.readDoubleLE(n * ENTRY_BYTES),
    fingerprint: bytes.toString('hex', n * ENTRY_BYTES + 8, n * ENTRY_BYTES + 16),
    timeMs: bytes.readDoubleLE(n * ENTRY_BYTES + 16),
  }))
}
