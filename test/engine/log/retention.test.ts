import { readdirSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  enforceRetention,
  LogReader,
  LogWriter,
  planRetention,
  type RetentionLimits,
  verifyLog,
} from '../../../engine/log/index.ts'
import { snapshotPath } from '../../../engine/log/snapshot-files.ts'
import { LogFiller } from './log-filler.ts'
import { temporaryDirectory } from './made-log.ts'

const HOUR_MS = 3_600_000
const unlimited: RetentionLimits = { maxBytes: 1e12, maxAgeMs: 1e12, budgetBytes: 1e12 }
const EVERYTHING = Number.POSITIVE_INFINITY

/** A log with one segment an hour, ten in all. */
function hourlyLog(): string {
  const directory = temporaryDirectory()
  let now = 0
  const writer = LogWriter.open(directory, { segmentBytes: 1000, now: () => now })
  const filler = new LogFiller(writer)
  for (let hour = 0; hour < 10; hour++) {
    now = hour * HOUR_MS
    filler.append(15)
  }
  writer.close()
  return directory
}

const segmentsIn = (directory: string) => readdirSync(directory).filter((name) => name.endsWith('.log')).length
const indexesIn = (directory: string) => readdirSync(directory).filter((name) => name.endsWith('.idx')).length

describe('retention', () => {
  test('by age deletes segments whose last batch is older, and their indexes', () => {
    const directory = hourlyLog()
    expect(segmentsIn(directory)).toBe(10)
    // Segment n ends when n + 1 begins, at hour n + 1.
    const result = enforceRetention(directory, { ...unlimited, maxAgeMs: 4.5 * HOUR_MS }, EVERYTHING, 9 * HOUR_MS)
    expect(result).toMatchObject({ deletedSegments: 4, state: 'ok' })
    expect([segmentsIn(directory), indexesIn(directory)]).toEqual([6, 5])
    const reader = LogReader.open(directory, 'oldest')
    expect(reader.next()?.firstBarrier).toBe(5)
    reader.close()
    expect(verifyLog(directory).damage).toBeNull()
  })

  test('by size keeps the newest that fit', () => {
    const directory = hourlyLog()
    const { bytes } = enforceRetention(directory, unlimited, EVERYTHING, 0)
    const result = enforceRetention(directory, { ...unlimited, maxBytes: bytes / 2 }, EVERYTHING, 0)
    expect(result.bytes).toBeLessThanOrEqual(bytes / 2)
    expect(result.deletedSegments).toBe(5)
    expect(result.bytes + result.deletedBytes).toBe(bytes)
  })

  test('never deletes what somebody still needs', () => {
    const directory = hourlyLog()
    const { position } = LogReader.open(directory, { barrier: 3 })
    const limits = { ...unlimited, maxBytes: 0, maxAgeMs: 0 }
    expect(enforceRetention(directory, limits, position - 8, 1e12).deletedSegments).toBe(2)
    expect(enforceRetention(directory, limits, position, 1e12).deletedSegments).toBe(1)
  })

  test('says so when what must be kept is more than the disk budget', () => {
    const directory = hourlyLog()
    const limits = { ...unlimited, maxBytes: 1000, budgetBytes: 4000 }
    expect(enforceRetention(directory, limits, 0, 0)).toMatchObject({ deletedSegments: 0, state: 'over-budget' })
    expect(enforceRetention(directory, limits, EVERYTHING, 0)).toMatchObject({ state: 'ok' })
  })

  test('leaves the last barrier where the next start finds it', () => {
    const directory = hourlyLog()
    enforceRetention(directory, { maxBytes: 0, maxAgeMs: 0, budgetBytes: 0 }, EVERYTHING, 1e12)
    expect(segmentsIn(directory)).toBe(2)
    writeFileSync(snapshotPath(directory, Number.MAX_SAFE_INTEGER), '')
    const writer = LogWriter.open(directory)
    expect(writer.lastBarrier.number).toBe(10)
    writer.close()
  })

  test('is never of what no snapshot stands for: a log that has lost its beginning is damaged', () => {
    const directory = hourlyLog()
    enforceRetention(directory, { maxBytes: 0, maxAgeMs: 0, budgetBytes: 0 }, EVERYTHING, 1e12)
    expect(() => LogWriter.open(directory)).toThrow('the log is damaged')
    writeFileSync(snapshotPath(directory, 0), '')
    expect(() => LogWriter.open(directory), 'that is of what came before').toThrow('the log is damaged')
  })

  test('of a directory without a log has nothing to do', () => {
    expect(enforceRetention(`${temporaryDirectory()}/nowhere`, unlimited, 0, 0)).toMatchObject({
      bytes: 0,
      state: 'ok',
    })
  })

  test('plans, for any limits, a prefix that is deletable, and no more than the limits ask for', () => {
    const segment = fc.record({ bytes: fc.integer({ min: 1, max: 100 }), sealedMs: fc.nat(1000) })
    fc.assert(
      fc.property(fc.array(segment), fc.nat(1000), fc.nat(1000), fc.nat(2000), (made, maxBytes, maxAgeMs, keepFrom) => {
        let end = 0
        const sealed = made.map(({ bytes, sealedMs }) => ({ start: end, end: (end += bytes), bytes, sealedMs }))
        const limits = { maxBytes, maxAgeMs, budgetBytes: 1e9 }
        const plan = planRetention(sealed, end + 50, limits, keepFrom, 1000)
        expect(plan).toEqual(sealed.slice(0, plan.length))
        let left = end + 50
        for (const { bytes, sealedMs, end } of plan) {
          expect(end).toBeLessThanOrEqual(keepFrom)
          expect(left > maxBytes || 1000 - sealedMs > maxAgeMs).toBe(true)
          left -= bytes
        }
      }),
    )
  })
})
