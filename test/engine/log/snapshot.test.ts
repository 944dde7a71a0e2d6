import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { SkeinError } from '../../../engine/errors.ts'
import { newestSnapshot, pruneSnapshots, SnapshotReader, SnapshotWriter } from '../../../engine/log/index.ts'
import { isFrame, makeBarrier, makeFrame } from './frames.ts'
import { codeOf, temporaryDirectory } from './made-log.ts'

const logId = '00112233445566778899aabbccddeeff'

/** A snapshot of the log at `position` with `rows` rows and as many keys. Returns its path. */
function makeSnapshot(directory: string, position: number, rows = 3): string {
  const writer = new SnapshotWriter(directory, { logId, position, barrier: makeBarrier(position / 8, position) })
  for (let row = 1; row <= rows; row++) {
    writer.addRow(makeFrame(row))
    const key = Buffer.from(`key ${'k'.repeat(row % 20)}${row}`)
    writer.addKey(2, key, 4, key.length - 4, row * 1000, row * 1000 + 500)
  }
  return writer.commit()
}

function flipByte(path: string, offset: number): void {
  const bytes = readFileSync(path)
  bytes[offset]! ^= 0x80
  writeFileSync(path, bytes)
}

function newest(directory: string, atMost = 1e9): { position: number | null; problems: string[] } {
  const problems: string[] = []
  const onUnusable = (error: SkeinError) => void problems.push(error.code)
  const snapshot = newestSnapshot(directory, { logId, atMost, onUnusable })
  snapshot?.close()
  return { position: snapshot?.position ?? null, problems }
}

describe('a snapshot', () => {
  test('gives back its rows, keys and barrier, however many', () => {
    for (const rows of [0, 1, 20_000]) {
      const snapshot = new SnapshotReader(makeSnapshot(temporaryDirectory(), 800, rows))
      expect(snapshot).toMatchObject({ logId, position: 800, rowCount: rows, keyCount: rows })
      expect(snapshot.barrier).toMatchObject({ number: 100, sequence: 800 })
      let row = 0
      snapshot.forEachRow((frame) => {
        if (!isFrame(frame, ++row)) throw new Error(`row ${row}`)
        frame.at(0) // what the visitor does to the flyweight is its own business
      })
      let key = 0
      snapshot.forEachKey((schemaId, { u8 }, start, length, accepted, mentioned) => {
        key++
        const text = Buffer.from(u8.slice(start, start + length)).toString()
        const isRight = schemaId === 2 && text === `${'k'.repeat(key % 20)}${key}` && accepted === key * 1000
        if (!isRight || mentioned !== key * 1000 + 500) throw new Error(`key ${key}: ${text}`)
      })
      expect([row, key]).toEqual([rows, rows])
      snapshot.close()
    }
  })

  test('takes a row longer than a chunk', () => {
    const directory = temporaryDirectory()
    const writer = new SnapshotWriter(directory, { logId, position: 8, barrier: makeBarrier(1, 1) })
    const long = makeFrame(1)
    long.length = 60_000
    for (let i = 0; i < 10; i++) writer.addRow(long)
    const snapshot = new SnapshotReader(writer.commit())
    const lengths: number[] = []
    snapshot.forEachRow((frame) => void lengths.push(frame.length))
    expect(lengths).toEqual(new Array(10).fill(60_000))
    snapshot.close()
  })

  test('is there only once it is whole', () => {
    const directory = temporaryDirectory()
    const writer = new SnapshotWriter(directory, { logId, position: 8, barrier: makeBarrier(1, 1) })
    writer.addRow(makeFrame(1))
    expect(newest(directory).position).toBeNull()
    writer.abandon()
    expect(readdirSync(directory)).toEqual([])
  })

  test('with any byte changed or missing is refused', () => {
    const directory = temporaryDirectory()
    const path = makeSnapshot(directory, 800)
    const bytes = readFileSync(path)
    for (let i = 0; i < bytes.length; i++) {
      const changed = Buffer.from(bytes)
      changed[i]! ^= 0x11
      writeFileSync(path, changed)
      expect(
        codeOf(() => new SnapshotReader(path)),
        `byte ${i}`,
      ).toMatch(/^SKEIN_LOG_(DAMAGED|NEWER_FORMAT)$/)
    }
    for (let length = 0; length < bytes.length; length += 5) {
      writeFileSync(path, bytes.subarray(0, length))
      expect(
        codeOf(() => new SnapshotReader(path)),
        `${length} bytes`,
      ).toBe('SKEIN_LOG_DAMAGED')
    }
  })
})

describe('the snapshots of a directory', () => {
  test('the newest whole one counts, and each that is passed over is told', () => {
    const directory = temporaryDirectory()
    makeSnapshot(directory, 800)
    const second = makeSnapshot(directory, 1600)
    const third = makeSnapshot(directory, 2400)
    expect(newest(directory)).toEqual({ position: 2400, problems: [] })
    flipByte(third, 100)
    expect(newest(directory)).toEqual({ position: 1600, problems: ['SKEIN_LOG_DAMAGED'] })
    flipByte(second, 100)
    expect(newest(directory)).toEqual({ position: 800, problems: ['SKEIN_LOG_DAMAGED', 'SKEIN_LOG_DAMAGED'] })
  })

  test('one that lies beyond the end of the log, or is of another log, does not count', () => {
    const directory = temporaryDirectory()
    makeSnapshot(directory, 800)
    makeSnapshot(directory, 1600)
    expect(newest(directory, 1599)).toEqual({ position: 800, problems: ['SKEIN_LOG_OFFSET'] })
    const other = newestSnapshot(directory, { logId: 'ff'.repeat(16), atMost: 1e9, onUnusable: () => {} })
    expect(other).toBeNull()
  })

  test('all but the two newest are removed', () => {
    const directory = temporaryDirectory()
    const paths = [800, 1600, 2400, 3200].map((position) => makeSnapshot(directory, position))
    pruneSnapshots(directory)
    expect(paths.map((path) => existsSync(path))).toEqual([false, false, true, true])
  })

  test('none is no error', () => {
    expect(newest(`${temporaryDirectory()}/nowhere`)).toEqual({ position: null, problems: [] })
  })
})
