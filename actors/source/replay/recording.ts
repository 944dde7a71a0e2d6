/** What there is to know of a recorded file before it is replayed. */
import { createHash } from 'node:crypto'
import { open, realpath, stat } from 'node:fs/promises'
import { detectFormat, type Format } from '../decode/index.ts'
import { IDENTITY_DIGITS } from './cursor.ts'
import { FileBlocks } from './file-blocks.ts'

const IDENTITY_BYTES = 4096
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
  const detected = detectFormat(head)
  return {
    path,
    identity,
    format: format === 'auto' ? (detected?.format ?? 'envelope') : format,
    isDocument: detected?.framing === 'document' && !hasBodiesOnLines(head),
  }
}

async function identify(path: string): Promise<string> {
  const { size } = await stat(path)
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
    return block === null ? Buffer.alloc(0) : Buffer.from(block.bytes.slice(block.start, block.end))
  } finally {
    await blocks.close()
  }
}

/** Whether most lines are JSON objects by themselves: so it is a file of bodies whose first line is broken. */
function hasBodiesOnLines(head: Buffer): boolean {
  const lines = head
    .toString('utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
  const whole = lines.filter((line) => line.startsWith('{') && isJson(line))
  return whole.length > lines.length / 2
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
