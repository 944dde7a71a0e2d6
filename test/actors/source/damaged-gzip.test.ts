import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { constants, createGzip, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { FileBlocks } from '../../../actors/source/replay/file-blocks.ts'
import { scratchDirectory } from '../../engine/runtime/scratch.ts'

const LINES = Array.from({ length: 5000 }, (_, i) => `{"line":${i},"noise":"${(i * 7919) % 10_007}"}\n`)
const TEXT = LINES.join('')

/** All that comes of a file, and what it says of its end. */
async function read(bytes: Buffer, fromOffset = 0) {
  const path = join(scratchDirectory(), 'x.jsonl.gz')
  writeFileSync(path, bytes)
  const blocks = await FileBlocks.open(path, {
    blockBytes: 1 << 16,
    maxBodyBytes: 1 << 20,
    fromOffset,
    isDocument: false,
  })
  let text = ''
  let fragment = ''
  for (let block = await blocks.next(); block !== null; block = await blocks.next()) {
    const piece = Buffer.from(block.bytes.subarray(block.start, block.end)).toString()
    if (block.kind === 'fragment') fragment = piece
    else text += piece
  }
  await blocks.close()
  return { text, fragment, problem: blocks.problem }
}

async function flushedByLine(lines: string[]): Promise<Buffer> {
  const gzip = createGzip()
  const chunks: Buffer[] = []
  gzip.on('data', (chunk: Buffer) => chunks.push(chunk))
  for (const line of lines) {
    gzip.write(line)
    await new Promise<void>((resolve) => gzip.flush(constants.Z_SYNC_FLUSH, resolve))
  }
  const soFar = Buffer.concat(chunks)
  gzip.destroy()
  return soFar
}

const whole = gzipSync(TEXT)

describe('a gzip file gives all that is in it', () => {
  test('and says nothing where it is whole, in several members, or padded with zeros', async () => {
    expect(await read(whole)).toEqual({ text: TEXT, fragment: '', problem: null })
    expect(await read(Buffer.concat([whole, whole]))).toEqual({ text: TEXT + TEXT, fragment: '', problem: null })
    expect(await read(Buffer.concat([whole, Buffer.alloc(512)]))).toEqual({ text: TEXT, fragment: '', problem: null })
  })

  test('and says so where its checksum is wrong, or what follows is no gzip', async () => {
    const wrong = Buffer.from(whole)
    wrong[wrong.length - 6]! ^= 255
    expect(await read(wrong)).toEqual({ text: TEXT, fragment: '', problem: 'incorrect data check' })
    const followed = Buffer.concat([whole, Buffer.from('garbage!')])
    expect(await read(followed)).toEqual({ text: TEXT, fragment: '', problem: 'incorrect header check' })
    expect((await read(wrong, LINES[0]!.length)).text).toBe(LINES.slice(1).join(''))
  })

  test('and says so where it is cut off, be it between two lines', async () => {
    const some = LINES.slice(0, 200)
    expect(await read(await flushedByLine(some))).toEqual({
      text: some.join(''),
      fragment: '',
      problem: 'unexpected end of file',
    })
    const { text, fragment, problem } = await read(whole.subarray(0, whole.length / 2))
    expect(problem).toBe('unexpected end of file')
    expect(TEXT.startsWith(text + fragment)).toBe(true)
    expect(text.length).toBeGreaterThan(TEXT.length / 4)
    expect(await read(whole.subarray(0, 5))).toEqual({ text: '', fragment: '', problem: 'unexpected end of file' })
  })
})
