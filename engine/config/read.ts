/**
 * Reads a configuration file: at most `MAX_FILE_BYTES`, as strict UTF-8, a leading byte order mark skipped.
 */
import { closeSync, openSync, readSync } from 'node:fs'
import { MAX_FILE_BYTES } from './limits.ts'
import type { Problem } from './problem.ts'

/** The bytes of a file, or an exception with a `code` as `node:fs` throws it. Paths are relative to the working directory. */
export type ReadFile = (path: string) => Uint8Array | string

export type FileText =
  | { readonly text: string }
  | { readonly problem: Pick<Problem, 'reason' | 'message' | 'next'>; readonly missing: boolean }

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a directory',
  EACCES: 'it may not be read',
  ENOTDIR: 'a part of its path is not a directory',
}

export function readText(path: string, readFile: ReadFile = readBounded): FileText {
  try {
    const bytes = readFile(path)
    if (bytes.length > MAX_FILE_BYTES) return unreadable('it is larger than 1 MiB', 'split it with include')
    if (typeof bytes === 'string') return { text: bytes.replace(/^\ufeff/, '') }
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return unreadable('it is not UTF-8', 'save it as UTF-8')
    return unreadable(WHY[code] ?? code, 'correct the path or its permissions', code === 'ENOENT')
  }
}

function unreadable(why: string, next: string, missing = false): FileText {
  return { problem: { reason: 'unreadable', message: `cannot be read: ${why}`, next }, missing }
}

/** One byte more than allowed shows that there is more; a device without end is not read to its end. */
function readBounded(path: string): Uint8Array {
  const file = openSync(path, 'r')
  try {
    const buffer = Buffer.allocUnsafe(MAX_FILE_BYTES + 1)
    let length = 0
    for (let n = -1; n !== 0 && length < buffer.length; length += n)
      n = readSync(file, buffer, length, buffer.length - length, null)
    return buffer.subarray(0, length)
  } finally {
    closeSync(file)
  }
}
