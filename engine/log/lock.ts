/**
 * One process writes a log directory.
 *
 * The lock is the operating system's: an exclusive transaction on the empty database `lock`, which ends with the process
 * however it ends, so nothing stale is ever judged and two starters cannot both win. A socket alone could not give that:
 * between finding it dead and binding it anew, another may have.
 *
 * Its holder serves HTTP on the Unix socket `admin.sock` beside it. `GET /lock` says who it is; whoever is refused asks
 * that. Every other request goes to the handler that the engine attaches.
 */
import { chmodSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { createServer, get, type RequestListener, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { SkeinError } from '../errors.ts'
import { makeDirectory, onDisk } from './disk.ts'
import { LOCK_FILE } from './segment-files.ts'

const SOCKET = 'admin.sock'
/** What fits `sun_path` on every Unix, less its final zero: 103 bytes on macOS, 107 on Linux. */
const MAX_SOCKET_PATH_BYTES = 103
const ASK_TIMEOUT_MS = 2000
const ASK_AGAIN_MS = 50

export interface LockHolder {
  pid: number
  /** ISO 8601. */
  started: string
}

export class DirectoryLock {
  readonly directory: string
  /** Listening on the directory's socket. */
  readonly server: Server
  /** Answers what is not `GET /lock`. */
  handler: RequestListener = (_, response) => response.writeHead(404).end()
  readonly #database: DatabaseSync
  readonly #holder: LockHolder = { pid: process.pid, started: new Date().toISOString() }

  private constructor(directory: string, database: DatabaseSync) {
    this.directory = directory
    this.#database = database
    this.server = createServer((request, response) => {
      if (request.method === 'GET' && request.url === '/lock') response.end(JSON.stringify(this.#holder))
      else this.handler(request, response)
    })
  }

  /** Throws `SKEIN_LOG_LOCKED` with the holder's pid and start, `SKEIN_LOG_DISK`. */
  static async take(path: string): Promise<DirectoryLock> {
    const directory = resolve(path)
    onDisk(directory, () => makeDirectory(directory))
    const database = lockExclusively(join(directory, LOCK_FILE))
    if (database === null) {
      const holder = await askPatiently(directory)
      throw new SkeinError('SKEIN_LOG_LOCKED', { directory, ...(holder ?? { pid: 'unknown' }) })
    }
    const lock = new DirectoryLock(directory, database)
    try {
      onDisk(directory, () => removeTemporaryFiles(directory))
      await lock.#listen()
    } catch (error) {
      database.close()
      throw error
    }
    return lock
  }

  /** Lets another process have the directory. Connections still open are cut. */
  async release(): Promise<void> {
    const closed = new Promise((done) => this.server.close(done))
    this.server.closeAllConnections()
    await closed
    rmSync(join(this.directory, SOCKET), { force: true })
    this.#database.close()
  }

  async #listen(): Promise<void> {
    const path = join(this.directory, SOCKET)
    rmSync(path, { force: true }) // we hold the lock: whoever made it is gone
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    await withShortPath(this.directory, (shortDirectory) => {
      this.server.once('error', reject)
      this.server.listen(join(shortDirectory, SOCKET), resolve)
      return promise
    })
    chmodSync(path, 0o600)
  }
}

export function lockDirectory(directory: string): Promise<DirectoryLock> {
  return DirectoryLock.take(directory)
}

/** Who holds a directory; null when nobody does or it does not answer. */
export function askHolder(directory: string): Promise<LockHolder | null> {
  return withShortPath(resolve(directory), (shortDirectory) => {
    const { promise, resolve } = Promise.withResolvers<LockHolder | null>()
    const options = { socketPath: join(shortDirectory, SOCKET), path: '/lock', agent: false }
    const request = get(options, (response) => {
      text(response)
        .then((body) => resolve(JSON.parse(body)))
        .catch(() => resolve(null))
    })
    request.setTimeout(ASK_TIMEOUT_MS, () => request.destroy())
    request.on('error', () => resolve(null))
    return promise
  })
}

/** As `askHolder`; one that has just taken the lock gets a moment to begin listening. */
async function askPatiently(directory: string): Promise<LockHolder | null> {
  const deadline = performance.now() + ASK_TIMEOUT_MS
  for (;;) {
    const holder = await askHolder(directory)
    if (holder !== null || performance.now() > deadline) return holder
    await pause(ASK_AGAIN_MS)
  }
}

/** The transaction that is the lock, or null when another process has it. Throws `SKEIN_LOG_DISK`. */
function lockExclusively(path: string): DatabaseSync | null {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path)
    database.exec('BEGIN EXCLUSIVE')
    return database
  } catch (error) {
    database?.close()
    if (!(error instanceof Error && 'errcode' in error)) throw error
    if (error.errcode === SQLITE_BUSY) return null
    throw new SkeinError('SKEIN_LOG_DISK', { path, reason: error.message }, { cause: error })
  }
}

const SQLITE_BUSY = 5

/** Removes what a process that died was about to put in place; only its own attempts could still need it. */
function removeTemporaryFiles(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (name.endsWith('.tmp')) rmSync(join(directory, name), { force: true })
  }
}

/** Calls with the directory, or with a link to it while its own path is too long for a socket's address. */
async function withShortPath<T>(directory: string, use: (shortDirectory: string) => Promise<T>): Promise<T> {
  if (Buffer.byteLength(join(directory, SOCKET)) <= MAX_SOCKET_PATH_BYTES) return use(directory)
  const temporary = mkdtempSync(join(tmpdir(), 'skein-'))
  try {
    const link = join(temporary, 'log')
    symlinkSync(directory, link)
    return await use(link)
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}
