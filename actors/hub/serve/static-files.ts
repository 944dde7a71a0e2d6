/**
 * The built web client, served from memory.
 *
 * The files there are when the hub starts are the files there are: a request can name one of them or nothing, so no path can
 * lead out of the directory. Files whose name carries a hash never change and are cached for ever; others are asked for each
 * time and answered with 304 while they are the same.
 * Memory: the size of the directory, and of what was asked for compressed.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Header, Reply } from './reply.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.avif': 'image/avif',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
}
const UNKNOWN_TYPE = 'application/octet-stream'

/** Worth compressing: all text, and what is not compressed already. */
const COMPRESSIBLE = /^text\/|json|javascript|svg|wasm/
const SMALLEST_COMPRESSED = 1024

/** As Vite names what it builds: `assets/index-BhC9v3xQ.js`. */
const HASHED = /-[A-Za-z0-9_-]{8}\.[a-z0-9]+$/

const YEAR_SECONDS = 31_536_000

interface StaticFile {
  body: Uint8Array
  type: string
  tag: string
  caching: string
  /** Made when first asked for. */
  compressed?: Uint8Array
}

export class StaticFiles {
  readonly #files: ReadonlyMap<string, StaticFile>

  private constructor(files: ReadonlyMap<string, StaticFile>) {
    this.#files = files
  }

  /** Null when there is no such directory: the client has not been built. */
  static load(directory: string): StaticFiles | null {
    let entries: ReturnType<typeof listFiles>
    try {
      entries = listFiles(directory)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw error
    }
    return new StaticFiles(new Map(entries.map((path) => [`/${path.split(sep).join('/')}`, load(directory, path)])))
  }

  /** The answer for a path; undefined when there is no such file. `/` is `/index.html`. */
  reply(path: string, ifNoneMatch: string, gzip: boolean): Reply | undefined {
    const file = this.#files.get(path === '/' ? '/index.html' : path)
    if (file === undefined) return undefined
    const isCompressed = gzip && file.body.length >= SMALLEST_COMPRESSED && COMPRESSIBLE.test(file.type)
    const tag = isCompressed ? `"${file.tag}-gz"` : `"${file.tag}"`
    const headers: Header[] = [
      ['Cache-Control', file.caching],
      ['ETag', tag],
      ['Vary', 'Accept-Encoding'],
    ]
    if (isCompressed) file.compressed ??= gzipSync(file.body)
    const body = isCompressed ? file.compressed! : file.body
    if (ifNoneMatch.split(/\s*,\s*/).includes(tag))
      return { status: '304 Not Modified', headers, body, isBodyLeftOut: true }
    headers.push(['Content-Type', file.type])
    if (isCompressed) headers.push(['Content-Encoding', 'gzip'])
    return { status: '200 OK', headers, body }
  }
}

/** Paths of regular files below `directory`; links are not followed, and what begins with a dot is nobody's business. */
function listFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
    .filter((path) => !path.split(sep).some((part) => part.startsWith('.')))
}

function load(directory: string, path: string): StaticFile {
  const body = readFileSync(join(directory, path))
  return {
    body,
    type: TYPES[extname(path)] ?? UNKNOWN_TYPE,
    tag: createHash('sha256').update(body).digest('base64url').slice(0, 22),
    caching: HASHED.test(path) ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache',
  }
}
