import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { SnapshotWriter, verifyLog } from '../../../engine/log/index.ts'
import { makeBarrier } from './frames.ts'
import { makeLog, temporaryDirectory } from './made-log.ts'

const filesIn = (directory: string, ending: string) =>
  readdirSync(directory)
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(directory, name))

function flipByte(path: string, offset: number): void {
  const bytes = readFileSync(path)
  bytes[offset]! ^= 0x08
  writeFileSync(path, bytes)
}

describe('verifying a log', () => {
  test('counts everything in one that is whole', () => {
    const directory = temporaryDirectory()
    const ends = makeLog(directory, new Array(50).fill(10), { segmentBytes: 8192 })
    const report = verifyLog(directory)
    expect(report).toMatchObject({ batches: 50, frames: 550, bytes: ends.at(-1), tornTail: null, damage: null })
    expect(report.logId).toMatch(/^[0-9a-f]{32}$/)
    expect(report.segments.length).toBe(filesIn(directory, '.log').length)
    expect(report.segments.at(-1)?.end).toMatchObject({ position: ends.at(-1), barrier: 50, sequence: 500 })
    expect(new Set(report.segments.slice(0, -1).map(({ index }) => index))).toEqual(new Set(['whole']))
    expect(report.segments.at(-1)?.index).toBe('none')
  })

  test('names the first damage, and counts what lies before it', () => {
    const directory = temporaryDirectory()
    makeLog(directory, new Array(50).fill(10), { segmentBytes: 8192 })
    const path = filesIn(directory, '.log')[2]!
    flipByte(path, 2000)
    const report = verifyLog(directory)
    expect(report.damage).toMatchObject({ code: 'SKEIN_LOG_DAMAGED', file: path })
    expect(report.damage!.offset).toBeLessThanOrEqual(2000)
    expect(report.damage!.offset).toBeGreaterThan(80)
    expect(report.segments.length).toBe(2)
  })

  test('tells a torn tail from damage', () => {
    const directory = temporaryDirectory()
    makeLog(directory, [3, 3])
    const [path] = filesIn(directory, '.log')
    appendFileSync(path!, Buffer.alloc(100, 7))
    expect(verifyLog(directory)).toMatchObject({ batches: 2, tornTail: { file: path, bytes: 100 }, damage: null })
  })

  test('notices a segment that is missing', () => {
    const directory = temporaryDirectory()
    makeLog(directory, new Array(50).fill(10), { segmentBytes: 8192 })
    rmSync(filesIn(directory, '.log')[1]!)
    expect(verifyLog(directory).damage).toMatchObject({ code: 'SKEIN_LOG_DAMAGED' })
  })

  test('says which indexes are missing or wrong, which is no damage', () => {
    const directory = temporaryDirectory()
    makeLog(directory, new Array(50).fill(10), { segmentBytes: 8192 })
    const [first, second] = filesIn(directory, '.idx')
    rmSync(first!)
    flipByte(second!, 40)
    const report = verifyLog(directory)
    expect(report.segments.slice(0, 3).map(({ index }) => index)).toEqual(['missing', 'damaged', 'whole'])
    expect(report.damage).toBeNull()
  })

  test('checks the snapshots', () => {
    const directory = temporaryDirectory()
    makeLog(directory, [1])
    for (const position of [8, 16]) {
      const logId = '00'.repeat(16)
      new SnapshotWriter(directory, { logId, position, barrier: makeBarrier(1, 1) }).commit()
    }
    flipByte(filesIn(directory, '.snap')[0]!, 70)
    expect(verifyLog(directory).snapshots).toMatchObject([
      { position: 16, problem: null },
      { position: 8, problem: 'SKEIN_LOG_DAMAGED' },
    ])
  })

  test('refuses a newer format', () => {
    const directory = temporaryDirectory()
    makeLog(directory, [1])
    const [path] = filesIn(directory, '.log')
    const bytes = readFileSync(path!)
    bytes[10] = 9
    writeFileSync(path!, bytes)
    expect(verifyLog(directory).damage).toMatchObject({ code: 'SKEIN_LOG_NEWER_FORMAT', file: path })
  })

  test('of an empty directory finds nothing', () => {
    expect(verifyLog(temporaryDirectory())).toMatchObject({ logId: null, segments: [], batches: 0, damage: null })
  })
})
