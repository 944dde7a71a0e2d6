/**
 * What the log asks of a file system, and how it names what went wrong there.
 *
 * A new or renamed file is durable only when its directory was synced as well.
 */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { SkeinError } from '../errors.ts'

export function isErrno(error: unknown, ...codes: string[]): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}

/** Whether the operating system refused something, as opposed to a mistake in the program. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error
}

/** Runs disk operations on `path`; a system error leaves as `SKEIN_LOG_DISK`, which is retryable. */
export function onDisk<T>(path: string, operations: () => T): T {
  try {
    return operations()
  } catch (error) {
    if (!isSystemError(error)) throw error
    const { code = '', syscall = '' } = error
    throw new SkeinError('SKEIN_LOG_DISK', { path, code, syscall }, { cause: error })
  }
}

/** Makes a directory and those above it. (Node's own recursion never ends where a file system takes no new ones, as in `/proc`.) */
export function makeDirectory(path: string): void {
  if (existsSync(path)) return
  makeDirectory(dirname(path))
  try {
    mkdirSync(path)
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error
  }
}

export function syncDirectory(directory: string): void {
  const fd = openSync(directory, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Writes all of `bytes[0, length)` at `offset` in the file. */
export function writeFully(fd: number, bytes: Uint8Array, length: number, offset: number): void {
  let written = 0
  while (written < length) written += writeSync(fd, bytes, written, length - written, offset + written)
}

/** Puts a whole file in place of an old one: afterwards either is there, whatever happens. */
export function replaceFile(path: string, bytes: Uint8Array): void {
  onDisk(path, () => {
    const temporary = `${path}.${process.pid}.tmp`
    try {
      const fd = openSync(temporary, 'w', 0o644)
      try {
        writeFully(fd, bytes, bytes.length, 0)
        fsyncSync(fd)
      } finally {
        closeSync(fd)
      }
      renameSync(temporary, path)
    } catch (error) {
      rmSync(temporary, { force: true })
      throw error
    }
    syncDirectory(dirname(path))
  })
}
