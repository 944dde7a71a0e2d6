/**
 * Which number stands for which source in the frames of this log: `sources.json` in the log's directory.
 *
 * Guarantee: a number is on disk with its name before it is used, and is never given to another name. The metadata beside
 * it is what was registered last. Written by the process that holds the directory's lock; read by anyone.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type PlainData, SkeinError } from '../errors.ts'
import { isErrno, onDisk, replaceFile } from './disk.ts'

const FILE = 'sources.json'
const FORMAT = 1

/** Plain JSON that says what a source is: provider, mode, bounding box, poll interval and the like. */
export type SourceMetadata = { readonly [key: string]: PlainData }

export interface RegisteredSource {
  id: number
  name: string
  metadata: SourceMetadata
}

export class SourceRegistry {
  readonly #path: string
  readonly #byName = new Map<string, RegisteredSource>()
  readonly #byId = new Map<number, RegisteredSource>()

  /** Throws `SKEIN_LOG_DAMAGED`, `SKEIN_LOG_NEWER_FORMAT`. */
  constructor(directory: string) {
    this.#path = join(directory, FILE)
    for (const source of read(this.#path)) this.#take(source)
  }

  /** The number of a source, new or known. Throws `SKEIN_LOG_DISK`, having given no number. */
  register(name: string, metadata: SourceMetadata = {}): number {
    const [source] = this.registerAll([{ name, metadata }])
    return source!.id
  }

  /** As `register` for several, with one write; none when nothing has changed. */
  registerAll(sources: readonly { name: string; metadata?: SourceMetadata }[]): RegisteredSource[] {
    let highestId = Math.max(0, ...this.#byId.keys())
    const registered = sources.map(({ name, metadata = {} }) => {
      return { id: this.#byName.get(name)?.id ?? ++highestId, name, metadata }
    })
    if (registered.some((source) => !this.#isKnown(source))) this.#save(registered)
    return registered
  }

  get(id: number): RegisteredSource | undefined {
    return this.#byId.get(id)
  }

  named(name: string): RegisteredSource | undefined {
    return this.#byName.get(name)
  }

  /** In the order of their numbers. */
  get all(): RegisteredSource[] {
    return [...this.#byId.values()].sort((a, b) => a.id - b.id)
  }

  #isKnown(source: RegisteredSource): boolean {
    const known = this.#byName.get(source.name)
    return known !== undefined && JSON.stringify(known.metadata) === JSON.stringify(source.metadata)
  }

  #save(changed: readonly RegisteredSource[]): void {
    const all = new Map(this.#byId)
    for (const source of changed) all.set(source.id, source)
    const sources = [...all.values()].sort((a, b) => a.id - b.id)
    replaceFile(this.#path, Buffer.from(`${JSON.stringify({ format: FORMAT, sources }, null, 2)}\n`))
    for (const source of changed) this.#take(source)
  }

  #take(source: RegisteredSource): void {
    this.#byName.set(source.name, source)
    this.#byId.set(source.id, source)
  }
}

function read(path: string): RegisteredSource[] {
  const text = onDisk(path, () => {
    try {
      return readFileSync(path, 'utf8')
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return null
      throw error
    }
  })
  if (text === null) return []
  const content = parse(path, text)
  if (content.format > FORMAT) throw new SkeinError('SKEIN_LOG_NEWER_FORMAT', { file: path })
  return content.sources
}

function parse(path: string, text: string): { format: number; sources: RegisteredSource[] } {
  try {
    const content = JSON.parse(text)
    if (typeof content.format !== 'number') throw new TypeError('no format')
    if (content.format <= FORMAT) content.sources.forEach(checkSource)
    return content
  } catch (error) {
    throw new SkeinError('SKEIN_LOG_DAMAGED', { file: path, reason: String(error) }, { cause: error })
  }
}

function checkSource({ id, name }: RegisteredSource): void {
  if (!Number.isSafeInteger(id) || id < 1 || typeof name !== 'string') throw new TypeError(`no source: id ${id}`)
}
