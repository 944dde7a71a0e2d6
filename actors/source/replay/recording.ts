/** What there is to know of a recorded file before it is replayed. */
import { createHash } from 'node:crypto'
import { open, realpath, stat } from 'node:fs/promises'
import { detectFormat, type Format } from '../decode/index.ts'
import { IDENTITY_DIGITS } from './cursor.ts'
import { FileBlocks } from './file-blocks.ts'

const IDENTITY_BYTES = 4096
const LINE_FEED = 0x0a
/** How much of a file is looked at to tell lines from one document. */
const LOOK_BYTES = 1 << 18

export interface Recording {
  path: string
  /** From path, size and the first 4 KB. */
  identity: string
  format: Format
  /** The whole file is one body, rather than one body a line. */
  isDocument: boolean
}

/** Null for a file with nothing in it. Rejects with the system's error when it cannot be read. */
export async function describeRecording(path: string, format: Format | 'auto'): Promise<Recording | null> {
  const identity = await identify(path)
  const head = await firstBlock(path)
  if (head.length === 0) return null
  const first = firstKnown(head)
  return {
    path,
    identity,
    format: format === 'auto' ? (first?.format ?? 'envelope') : format,
    isDocument: first !== null && spansLines(head, first.start),
  }
}

/** The first body of a known format, and where its line begins: what stands before, such as an error page, tells nothing. */
function firstKnown(head: Buffer): { format: Format; start: number } | null {
  for (let start = 0; start < head.length; ) {
    const end = endOfLine(head, start)
    const detected = isBlank(head, start, end) ? null : detectFormat(head, start)
    if (detected !== null) return { format: detected.format, start }
    start = end + 1
  }
  return null
}

/** Whether the body at `start` goes on behind its line, and is no broken line among whole ones. */
function spansLines(head: Buffer, start: number): boolean {
  const end = endOfLine(head, start)
  if (end === head.length || isJson(textOf(head, start, end))) return false
  const lines = textOf(head, 0, head.length)
    .split('\n')
    .filter((line) => line.trim() !== '')
  return lines.filter((line) => line.startsWith('{') && isJson(line)).length <= lines.length / 2
}

const endOfLine = (bytes: Buffer, start: number): number => {
  const feed = bytes.indexOf(LINE_FEED, start)
  return feed < 0 ? bytes.length : feed
}

/** Without a byte order mark. */
const textOf = (bytes: Buffer, start: number, end: number): string =>
  new TextDecoder().decode(bytes.subarray(start, end))

const isBlank = (bytes: Buffer, start: number, end: number): boolean => textOf(bytes, start, end).trim() === ''

/** Of a regular file. */
export async function identify(path: string): Promise<string> {
  const stats = await stat(path)
  if (!stats.isFile()) throw new Error('it is no regular file') // a pipe would be waited for for ever
  const { size } = stats
  const file = await open(path)
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(IDENTITY_BYTES), 0, IDENTITY_BYTES, 0)
    const hash = createHash('sha256')
      .update(`${await realpath(path)}\0${size}\0`)
      .update(buffer.subarray(0, bytesRead))
    return hash.digest('hex').slice(0, IDENTITY_DIGITS)
  } finally {
    await file.close()
  }
}

async function firstBlock(path: string): Promise<Buffer> {
  const blocks = await FileBlocks.open(path, {
    blockBytes: LOOK_BYTES,
    maxBodyBytes: LOOK_BYTES,
    fromOffset: 0,
    isDocument: false,
  })
  try {
    const block = await blocks.next()
    if (block === null && blocks.problem !== null) throw new Error(blocks.problem)
    return block === null ? Buffer.alloc(0) : Buffer.from(block.bytes.slice(block.start, block.end))
  } finally {
    await blocks.close()
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
