import { createHash } from 'node:crypto'
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_KEPT_BYTES } from '../../../engine/records/index.ts'
import { scratchDirectory } from '../../engine/runtime/scratch.ts'
import { joined, readBlocks } from './replay-blocks.ts'

const sha256 = (text: string) => createHash('sha256').update(text, 'latin1').digest('hex')

function fileOf(bytes: string | Uint8Array): string {
  const path = join(scratchDirectory(), 'file')
  writeFileSync(path, typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  return path
}

/** Lines that compress badly, so that a cut falls in the middle of many. */
function manyLines(count: number): string {
  let text = ''
  for (let i = 0; i < count; i++) text += `${i} ${sha256(String(i))}\n`
  return text
}

describe('a file is read in blocks of whole lines', () => {
  test('wherever its chunks end', async () => {
    const text = 'one\ntwo\r\n\nthree is longer than a chunk of eight bytes\nlast without an end'
    for (const blockBytes of [1, 2, 3, 8, 64, 1024]) {
      const blocks = await readBlocks(fileOf(text), { blockBytes })
      expect(blocks.every(({ kind }) => kind === 'whole')).toBe(true)
      expect(blocks.slice(0, -1).every((block) => block.text.endsWith('\n'))).toBe(true)
      expect(blocks.map((block) => block.text).join('')).toBe(text)
      for (const { offset, nextOffset, text: part } of blocks) expect(text.slice(offset, nextOffset)).toBe(part)
    }
  })

  test('from any line on', async () => {
    const text = 'one\ntwo\nthree\n'
    expect(joined(await readBlocks(fileOf(text), { fromOffset: 4, blockBytes: 3 }))).toEqual([
      { kind: 'whole', text: 'two\nthree\n', offset: 4, nextOffset: 14 },
    ])
    const compressed = fileOf(gzipSync(text))
    expect(joined(await readBlocks(compressed, { fromOffset: 8 }))).toEqual([
      { kind: 'whole', text: 'three\n', offset: 8, nextOffset: 14 },
    ])
  })

  test('with nothing in it, plain or compressed', async () => {
    expect(await readBlocks(fileOf(''))).toEqual([])
    expect(await readBlocks(fileOf(gzipSync('')))).toEqual([])
  })

  test('or as one document', async () => {
    const text = '{\n  "a": 1\n}\n'
    expect(await readBlocks(fileOf(text), { isDocument: true, blockBytes: 4 })).toEqual([
      { kind: 'whole', text, offset: 0, nextOffset: text.length },
    ])
  })
})

describe('a line that is too long', () => {
  const long = `${'x'.repeat(100_000)}y`

  test('comes as its beginning, its length and its digest, and the next block begins behind it', async () => {
    const path = fileOf(`before\n${long}\nafter\n`)
    for (const blockBytes of [100, 4096, 65_536, 1 << 20]) {
      expect(await readBlocks(path, { blockBytes, maxBodyBytes: 1000 })).toEqual([
        { kind: 'whole', text: 'before\n', offset: 0, nextOffset: 7 },
        {
          kind: 'oversized',
          text: long.slice(0, MAX_KEPT_BYTES),
          offset: 7,
          nextOffset: 7 + long.length + 1,
          fullBytes: long.length,
          sha256: sha256(long),
        },
        { kind: 'whole', text: 'after\n', offset: 8 + long.length, nextOffset: 8 + long.length + 6 },
      ])
    }
  })

  test('is one byte longer than the limit, wherever chunks end and however the file goes on', async () => {
    const atLimit = 'a'.repeat(20)
    const beyond = 'b'.repeat(21)
    for (const blockBytes of [1, 7, 20, 21, 22, 64, 1000]) {
      for (const end of ['\n', '']) {
        const text = [atLimit, beyond, atLimit, beyond, beyond, atLimit].join('\n') + end
        const blocks = joined(await readBlocks(fileOf(text), { blockBytes, maxBodyBytes: 20 }))
        const found = blocks.map(({ kind, text }) => [kind, text.trimEnd()])
        const oversized = ['oversized', beyond]
        expect(found).toEqual([
          ['whole', atLimit],
          oversized,
          ['whole', atLimit],
          oversized,
          oversized,
          ['whole', atLimit],
        ])
      }
    }
  })

  test('or a document that is too long, ends the file', async () => {
    const path = fileOf(long)
    for (const isDocument of [true, false]) {
      expect(await readBlocks(path, { isDocument, maxBodyBytes: 1000 })).toEqual([
        {
          kind: 'oversized',
          text: long.slice(0, MAX_KEPT_BYTES),
          offset: 0,
          nextOffset: long.length,
          fullBytes: long.length,
          sha256: sha256(long),
        },
      ])
    }
  })
})

describe('a compressed file', () => {
  test('reads as what it holds, in several members too', async () => {
    const text = manyLines(5000)
    const halves = [text.slice(0, 70_000), text.slice(70_000)]
    expect(joined(await readBlocks(fileOf(gzipSync(text))))[0]!.text).toBe(text)
    expect(joined(await readBlocks(fileOf(Buffer.concat(halves.map((half) => gzipSync(half))))))[0]!.text).toBe(text)
  })

  test('that is cut off gives every line before the cut, and what follows as a fragment', async () => {
    const text = manyLines(20_000)
    const compressed = gzipSync(text)
    const path = fileOf(compressed)
    const { size } = statSync(path)
    for (const length of [size - 1, size - 8, size - 9, size - 1000, size >> 1, 70_000, 100, 20]) {
      truncateSync(path, length)
      // What the reference implementation can still get out of it.
      const rest = gunzipSync(readFileSync(path), { finishFlush: 2 }).toString('latin1')
      expect(text.startsWith(rest)).toBe(true)
      const blocks = joined(await readBlocks(path, { blockBytes: 1 << 16 }))
      expect(blocks.map((block) => block.text).join('')).toBe(rest)
      const last = blocks.at(-1)!
      if (rest.length > 0 && !rest.endsWith('\n')) {
        expect(last).toMatchObject({ kind: 'fragment', problem: 'unexpected end of file' })
        expect(last.text).toBe(rest.slice(rest.lastIndexOf('\n') + 1))
      }
      writeFileSync(path, compressed)
    }
  })

  test('that is damaged gives what comes before the damage, and what can be had of the rest', async () => {
    const text = manyLines(20_000)
    const bytes = gzipSync(text)
    bytes.fill(0xff, bytes.length >> 1, (bytes.length >> 1) + 64)
    const read = joined(await readBlocks(fileOf(bytes), { blockBytes: 1 << 16 }))
    const rest = read.map((block) => block.text).join('')
    expect(rest.length).toBeGreaterThan(text.length / 2)
    expect(text.startsWith(rest.slice(0, rest.length / 3))).toBe(true)
  })
})

test('lines, offsets and oversized bodies are the same wherever reading begins and however chunks fall', async () => {
  const line = fc.oneof(
    fc.constant(''),
    fc.string({ unit: fc.constantFrom('a', 'b', '\r', ' '), maxLength: 40 }),
    fc.integer({ min: 10, max: 200 }).map((length) => 'z'.repeat(length)),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 20 }),
      fc.boolean(),
      fc.boolean(),
      fc.integer({ min: 1, max: 100 }),
      async (lines, endsInFeed, isCompressed, blockBytes) => {
        const text = lines.join('\n') + (endsInFeed ? '\n' : '')
        const path = fileOf(isCompressed ? gzipSync(text) : text)
        const whole = joined(await readBlocks(path, { blockBytes: 1 << 16, maxBodyBytes: 30 }))
        expect(joined(await readBlocks(path, { blockBytes, maxBodyBytes: 30 }))).toEqual(whole)
        expect(whole.every(({ kind, fullBytes = 0 }) => kind !== 'oversized' || fullBytes > 30)).toBe(true)
        for (const { nextOffset } of whole) {
          const rest = joined(await readBlocks(path, { blockBytes, maxBodyBytes: 30, fromOffset: nextOffset }))
          expect(rest).toEqual(whole.filter(({ offset }) => offset >= nextOffset))
        }
      },
    ),
    { numRuns: 150 },
  )
})
