import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BatchBuffer, LogReader, LogWriter } from '../../../engine/log/index.ts'
import { FrameMemory } from '../../../engine/memory/index.ts'
import { NO_BARRIER } from '../../../engine/records/index.ts'
import { makeBarrier, makeFrame } from './frames.ts'
import { LogFiller } from './log-filler.ts'
import { codeOf, makeLog, readAll, temporaryDirectory } from './made-log.ts'

describe('a log writer', () => {
  test('begins an empty log at position 0, before any barrier', () => {
    const writer = LogWriter.open(`${temporaryDirectory()}/made/on/the/way`)
    expect(writer.position).toBe(0)
    expect(writer.lastBarrier).toEqual(NO_BARRIER)
    expect(writer.cut).toBeNull()
    writer.close()
  })

  test('goes on, opened again, where it ended', () => {
    const directory = temporaryDirectory()
    makeLog(directory, [3, 0, 5])
    const writer = LogWriter.open(directory)
    expect(writer.end).toMatchObject({ barrier: 3, sequence: 8, clock: 3000 })
    expect(writer.lastBarrier).toMatchObject({ number: 3, sequence: 8, clock: 3000 })
    new LogFiller(writer).append(2)
    writer.close()
    expect(readAll(new LogReader(directory, 0))).toEqual([1, 2, 3, -1, -2, 4, 5, 6, 7, 8, -3, 9, 10, -4])
  })

  test('keeps the id that it gave the log', () => {
    const directory = temporaryDirectory()
    const first = LogWriter.open(directory)
    first.close()
    const second = LogWriter.open(directory)
    second.close()
    expect(second.logId).toEqual(first.logId)
    const other = LogWriter.open(temporaryDirectory())
    other.close()
    expect(other.logId).not.toEqual(first.logId)
  })

  test('takes several barriers in one batch', () => {
    const directory = temporaryDirectory()
    const writer = LogWriter.open(directory)
    const filler = new LogFiller(writer)
    filler.append(2, 4)
    filler.append(1)
    expect(writer.end).toMatchObject({ barrier: 5, sequence: 3 })
    writer.close()
    expect(readAll(new LogReader(directory, 0))).toEqual([1, 2, -4, 3, -5])
  })

  test('seals a full segment with an index and goes on in a new one', () => {
    const directory = temporaryDirectory()
    makeLog(directory, new Array(40).fill(10), { segmentBytes: 4096 })
    const names = readdirSync(directory)
    const segments = names.filter((name) => name.endsWith('.log'))
    expect(segments.length).toBeGreaterThan(5)
    expect(names.filter((name) => name.endsWith('.idx')).length).toBe(segments.length - 1)
    expect(readAll(new LogReader(directory, 0)).filter((n) => n > 0)).toEqual(
      Array.from({ length: 400 }, (_, i) => i + 1),
    )
  })

  test('puts a batch larger than a segment into a segment of its own', () => {
    const directory = temporaryDirectory()
    makeLog(directory, [1, 500, 1], { segmentBytes: 4096 })
    expect(readdirSync(directory).filter((name) => name.endsWith('.log')).length).toBe(3)
    expect(readAll(new LogReader(directory, 0)).length).toBe(505)
  })

  test('opened when its newest segment holds no batch yet, knows the last barrier from the one before', () => {
    const directory = temporaryDirectory()
    const writer = LogWriter.open(directory, { segmentBytes: 256 })
    const filler = new LogFiller(writer)
    for (let i = 0; i < 5; i++) filler.append(1)
    const { end } = writer
    writer.close()
    const empty = LogWriter.open(directory, { segmentBytes: 256 })
    expect(empty.end).toEqual(end)
    expect(empty.lastBarrier.number).toBe(5)
    empty.close()
  })

  test('refuses a batch that does not follow the last barrier, and writes nothing', () => {
    const directory = temporaryDirectory()
    const writer = LogWriter.open(directory)
    const filler = new LogFiller(writer)
    filler.append(3)
    for (const firstBarrier of [0, 1, 3]) {
      const refused = () => writer.append(filler.fill(1), { firstBarrier, epoch: 1 })
      expect(codeOf(refused)).toBe('SKEIN_LOG_BARRIER')
    }
    const buffer = new BatchBuffer()
    buffer.add(makeFrame(4))
    expect(codeOf(() => writer.append(buffer, { firstBarrier: 2, epoch: 1 }))).toBe('SKEIN_LOG_BARRIER')
    buffer.add(makeBarrier(2, 2))
    expect(codeOf(() => writer.append(buffer, { firstBarrier: 2, epoch: 1 }))).toBe('SKEIN_LOG_BARRIER')
    filler.append(1)
    writer.close()
    expect(readAll(new LogReader(directory, 0))).toEqual([1, 2, 3, -1, 4, -2])
  })

  test('refuses a commit of an epoch that is over', () => {
    let epoch = 1
    const writer = LogWriter.open(temporaryDirectory(), { currentEpoch: () => epoch })
    const filler = new LogFiller(writer)
    filler.append(1)
    epoch = 2
    expect(codeOf(() => filler.append(1))).toBe('SKEIN_LOG_STALE_WRITER')
    expect(writer.end.barrier).toBe(1)
    writer.close()
  })

  test('refuses to write behind what another writer has appended', () => {
    const directory = temporaryDirectory()
    const left = LogWriter.open(directory)
    const right = LogWriter.open(directory)
    new LogFiller(left).append(1)
    expect(codeOf(() => new LogFiller(right).append(1))).toBe('SKEIN_LOG_STALE_WRITER')
    left.close()
    right.close()
    expect(readAll(new LogReader(directory, 0))).toEqual([1, -1])
  })

  test('gives back, for any batches, segment size and reopenings, exactly what it was given', () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ frames: fc.nat(30), barriers: fc.integer({ min: 1, max: 3 }) }) },
      { weight: 1, arbitrary: fc.constant('reopen' as const) },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 200, max: 20_000 }), (steps, segmentBytes) => {
        const directory = temporaryDirectory()
        let writer = LogWriter.open(directory, { segmentBytes })
        let filler = new LogFiller(writer)
        const expected: number[] = []
        for (const step of steps) {
          if (step === 'reopen') {
            const { end } = writer
            writer.close()
            writer = LogWriter.open(directory, { segmentBytes })
            filler = new LogFiller(writer)
            expect(writer.end).toEqual(end)
            continue
          }
          const { sequence, barrier } = writer.end
          for (let i = 1; i <= step.frames; i++) expected.push(sequence + i)
          expected.push(-(barrier + step.barriers))
          filler.append(step.frames, step.barriers)
        }
        writer.close()
        expect(readAll(new LogReader(directory, 0))).toEqual(expected)
      }),
      { numRuns: 50 },
    )
  })
})

describe('a batch buffer', () => {
  test('takes runs of frames and single ones alike', () => {
    const single = new BatchBuffer(256)
    for (let sequence = 1; sequence <= 100; sequence++) single.add(makeFrame(sequence))
    single.add(makeBarrier(1, 100))
    const run = new BatchBuffer(256)
    run.addAll(single.memory, single.start, single.length)
    expect(run.frames).toBe(101)
    expect(run.barrierStart).toBe(single.barrierStart)
    expect(run.memory.u8.subarray(run.start, run.length)).toEqual(
      single.memory.u8.subarray(single.start, single.length),
    )
  })

  test('takes nothing behind its barrier until it is reset', () => {
    const buffer = new BatchBuffer()
    buffer.add(makeBarrier(1, 0))
    expect(() => buffer.add(makeFrame(1))).toThrow(/barrier/)
    expect(() => buffer.addAll(new FrameMemory(makeFrame(1).memory.u8.buffer), 0, 56)).toThrow(/barrier/)
    buffer.reset()
    buffer.add(makeFrame(1))
    expect(buffer.frames).toBe(1)
  })
})
