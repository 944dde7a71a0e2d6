import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { LogReader, LogWriter } from '../../../engine/log/index.ts'
import { readLastBarrier } from '../../../engine/log/last-barrier.ts'
import { SEGMENT_HEADER_BYTES } from '../../../engine/log/segment-layout.ts'
import { LogFiller } from './log-filler.ts'
import { codeOf, copyOf, makeLog, readAll, temporaryDirectory } from './made-log.ts'

const segmentsOf = (directory: string): string[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.log'))
    .sort()
    .map((name) => join(directory, name))

/** What a log opened for writing says, and what it holds then; or the error's code. */
function reopened(directory: string): { barrier: number; cut: number; read: number[] } | string {
  let writer: LogWriter
  try {
    writer = LogWriter.open(directory)
  } catch (error) {
    return (error as { code: string }).code
  }
  const barrier = writer.lastBarrier.number
  const cut = writer.cut?.bytes ?? 0
  writer.close()
  return { barrier, cut, read: readAll(new LogReader(directory, 0)) }
}

/** The records and barriers of the first `batches` of a log. */
function contents(sizes: readonly number[], batches: number): number[] {
  const all: number[] = []
  let sequence = 0
  for (const [index, frames] of sizes.slice(0, batches).entries()) {
    for (let i = 0; i < frames; i++) all.push(++sequence)
    all.push(-(index + 1))
  }
  return all
}

describe('opening a log', () => {
  const sizes = [1, 0, 2]

  test('cut off at any byte keeps exactly the batches that are whole', () => {
    const original = temporaryDirectory()
    const ends = makeLog(original, sizes)
    const directory = copyOf(original)
    const [path] = segmentsOf(directory)
    const bytes = readFileSync(path!)
    for (let length = bytes.length; length >= 0; length--) {
      writeFileSync(path!, bytes.subarray(0, length))
      const whole = ends.filter((end) => end + SEGMENT_HEADER_BYTES <= length).length
      const kept = whole === 0 ? 0 : ends[whole - 1]!
      expect(reopened(directory), `${length} bytes`).toEqual({
        barrier: whole,
        cut: Math.max(0, length - SEGMENT_HEADER_BYTES - kept),
        read: contents(sizes, whole),
      })
    }
  })

  test('cut off at any byte and filled up with zeros or noise keeps exactly the batches that are whole', () => {
    const original = temporaryDirectory()
    const ends = makeLog(original, sizes)
    const directory = copyOf(original)
    const [path] = segmentsOf(directory)
    const bytes = readFileSync(path!)
    for (let length = SEGMENT_HEADER_BYTES; length < bytes.length; length += 3) {
      const torn = Buffer.from(bytes)
      for (let i = length; i < torn.length; i++) torn[i] = length % 2 === 0 ? 0 : (i * 131 + length) & 0xff
      writeFileSync(path!, torn)
      const isWhole = (end: number) =>
        !torn.compare(bytes, 0, end + SEGMENT_HEADER_BYTES, 0, end + SEGMENT_HEADER_BYTES)
      const whole = ends.filter(isWhole).length
      expect(reopened(directory), `${length} bytes`).toMatchObject({ barrier: whole, read: contents(sizes, whole) })
    }
  })

  test('with a bit flipped anywhere cuts off the last batch, refuses damage before it, and changes nothing then', () => {
    const original = temporaryDirectory()
    const ends = makeLog(original, sizes)
    const directory = copyOf(original)
    const [path] = segmentsOf(directory)
    const bytes = readFileSync(path!)
    const lastBatch = SEGMENT_HEADER_BYTES + ends.at(-2)!
    for (let bit = 0; bit < bytes.length * 8; bit += 11) {
      const flipped = Buffer.from(bytes)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      writeFileSync(path!, flipped)
      const result = reopened(directory)
      if (bit >> 3 >= lastBatch) {
        expect(result, `bit ${bit}`).toMatchObject({
          barrier: sizes.length - 1,
          read: contents(sizes, sizes.length - 1),
        })
      } else {
        expect(result, `bit ${bit}`).toMatch(/^SKEIN_LOG_(DAMAGED|NEWER_FORMAT)$/)
        expect(readFileSync(path!).equals(flipped)).toBe(true)
      }
    }
  })

  test('names file and offset of the damage', () => {
    const directory = temporaryDirectory()
    const ends = makeLog(directory, sizes)
    const [path] = segmentsOf(directory)
    const bytes = readFileSync(path!)
    bytes[SEGMENT_HEADER_BYTES + ends[0]! + 100]! ^= 0x10
    writeFileSync(path!, bytes)
    expect(() => LogWriter.open(directory)).toThrow(
      `the log is damaged: file=${path}, offset=${SEGMENT_HEADER_BYTES + ends[0]!}`,
    )
  })

  test('serves everything before damage in a sealed segment, and nothing past it', () => {
    const directory = temporaryDirectory()
    makeLog(directory, new Array(30).fill(10), { segmentBytes: 8192 })
    const path = segmentsOf(directory)[1]!
    const bytes = readFileSync(path)
    bytes[bytes.length >> 1]! ^= 1
    writeFileSync(path, bytes)
    LogWriter.open(directory).close() // its batches are checked when they are read
    const reader = new LogReader(directory, 0)
    let last = 0
    const readOn = () => {
      for (let batch = reader.next(); batch !== null; batch = reader.next()) last = batch.lastBarrier
    }
    expect(codeOf(readOn)).toBe('SKEIN_LOG_DAMAGED')
    expect(last).toBeGreaterThan(8)
    expect(last).toBeLessThan(25)
    expect(codeOf(() => reader.next())).toBe('SKEIN_LOG_DAMAGED')
    reader.close()
  })

  test('refuses a sealed segment that is missing, cut short or too long', () => {
    const original = temporaryDirectory()
    makeLog(original, new Array(30).fill(10), { segmentBytes: 8192 })
    const missing = copyOf(original)
    rmSync(segmentsOf(missing)[1]!)
    expect(reopened(missing)).toBe('SKEIN_LOG_DAMAGED')
    const short = copyOf(original)
    truncateSync(segmentsOf(short)[1]!, statSync(segmentsOf(short)[1]!).size - 8)
    expect(reopened(short)).toBe('SKEIN_LOG_DAMAGED')
    const long = copyOf(original)
    appendFileSync(segmentsOf(long)[1]!, Buffer.alloc(8))
    expect(reopened(long)).toBe('SKEIN_LOG_DAMAGED')
  })

  test('refuses a segment of another log', () => {
    const [ours, theirs] = [temporaryDirectory(), temporaryDirectory()]
    makeLog(ours, new Array(30).fill(10), { segmentBytes: 8192 })
    makeLog(theirs, new Array(30).fill(10), { segmentBytes: 8192 })
    writeFileSync(segmentsOf(ours)[1]!, readFileSync(segmentsOf(theirs)[1]!))
    expect(reopened(ours)).toBe('SKEIN_LOG_DAMAGED')
  })

  test('refuses a segment that is not where it belongs, and misses no folder that only has the name of one', () => {
    const directory = temporaryDirectory()
    makeLog(directory, new Array(30).fill(10), { segmentBytes: 8192 })
    mkdirSync(join(directory, '00000000000099999999.log'))
    expect(reopened(directory)).toMatchObject({ barrier: 30, cut: 0 })
    copyFileSync(segmentsOf(directory)[0]!, join(directory, '00000000000088888888.log'))
    expect(reopened(directory)).toBe('SKEIN_LOG_DAMAGED')
    expect(() => readLastBarrier(directory)).toThrow(expect.objectContaining({ code: 'SKEIN_LOG_DAMAGED' }))
  })

  test('refuses a newer format and leaves every byte as it was', () => {
    const directory = temporaryDirectory()
    makeLog(directory, [1])
    const [path] = segmentsOf(directory)
    const bytes = readFileSync(path!)
    bytes[8] = 2
    writeFileSync(path!, bytes)
    appendFileSync(path!, 'a tail that would be cut off')
    const before = readFileSync(path!)
    expect(reopened(directory)).toBe('SKEIN_LOG_NEWER_FORMAT')
    expect(codeOf(() => new LogReader(directory, 0).next())).toBe('SKEIN_LOG_NEWER_FORMAT')
    expect(readFileSync(path!).equals(before)).toBe(true)
  })

  test('takes a payload that looks like a batch for what it is', () => {
    const directory = temporaryDirectory()
    const writer = LogWriter.open(directory)
    const filler = new LogFiller(writer)
    filler.append(2)
    writer.close()
    const [path] = segmentsOf(directory)
    const wholeBatch = readFileSync(path!).subarray(SEGMENT_HEADER_BYTES)
    // A torn batch whose payload is a copy of the first batch: whole, but not at its place.
    appendFileSync(path!, Buffer.concat([Buffer.alloc(160), wholeBatch]))
    expect(reopened(directory)).toMatchObject({ barrier: 1, cut: 160 + wholeBatch.length })
  })

  test.each([0, 1, 79, 80])('begins anew a segment of which only %i bytes of header are there', (length) => {
    const directory = temporaryDirectory()
    makeLog(directory, [5, 5], { segmentBytes: 256 })
    const [, second] = segmentsOf(directory)
    const header = readFileSync(second!).subarray(0, SEGMENT_HEADER_BYTES)
    writeFileSync(second!, length === 80 ? Buffer.alloc(80) : header.subarray(0, length))
    expect(reopened(directory)).toMatchObject({ barrier: 1 })
    const writer = LogWriter.open(directory, { segmentBytes: 256 })
    new LogFiller(writer).append(3)
    writer.close()
    expect(readAll(new LogReader(directory, 0))).toEqual([1, 2, 3, 4, 5, -1, 6, 7, 8, -2])
  })

  test('goes on after a torn tail as if it had never been', () => {
    const directory = temporaryDirectory()
    makeLog(directory, [2, 2])
    const [path] = segmentsOf(directory)
    truncateSync(path!, statSync(path!).size - 1)
    const writer = LogWriter.open(directory)
    expect(writer.cut).toMatchObject({ file: path })
    new LogFiller(writer).append(4)
    writer.close()
    expect(readAll(new LogReader(directory, 0))).toEqual([1, 2, -1, 3, 4, 5, 6, -2])
  })
})
