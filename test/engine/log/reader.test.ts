import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { LogReader, LogWriter } from '../../../engine/log/index.ts'
import { LogFiller } from './log-filler.ts'
import { codeOf, copyOf, makeLog, readAll, temporaryDirectory } from './made-log.ts'

const SMALL = { segmentBytes: 4096 }

function removeOldest(directory: string, count: number): void {
  const names = readdirSync(directory)
    .filter((name) => name.endsWith('.log'))
    .sort()
  for (const name of names.slice(0, count)) {
    rmSync(join(directory, name))
    rmSync(join(directory, name.replace('.log', '.idx')), { force: true })
  }
}

describe('a log reader', () => {
  test('finds the batch behind a barrier, of a sequence number, of a time and at a position, as a scan would', () => {
    const directory = temporaryDirectory()
    const sizes = Array.from({ length: 120 }, (_, i) => (i * 7) % 13)
    const ends = makeLog(directory, sizes, SMALL)
    const sequences: number[] = []
    for (const size of sizes) sequences.push((sequences.at(-1) ?? 0) + size)
    const firstOf = (isBehind: (index: number) => boolean) => {
      const index = sizes.findIndex((_, i) => isBehind(i))
      return index < 0 ? ends.at(-1) : (ends[index - 1] ?? 0)
    }
    const positionOf = (start: Parameters<typeof LogReader.open>[1]) => LogReader.open(directory, start).position
    fc.assert(
      fc.property(fc.nat(130), fc.nat(sequences.at(-1)! + 5), (barrier, sequence) => {
        expect(positionOf({ barrier })).toBe(firstOf((i) => i + 1 > barrier))
        expect(positionOf({ sequence })).toBe(firstOf((i) => sequences[i]! >= sequence))
        expect(positionOf({ time: barrier * 1000 - 1 })).toBe(firstOf((i) => (i + 1) * 1000 >= barrier * 1000 - 1))
        const position = ends[barrier % ends.length]!
        expect(positionOf({ position })).toBe(position)
      }),
    )
    expect(positionOf('oldest')).toBe(0)
    expect(positionOf('end')).toBe(ends.at(-1))
  })

  test('finds its way without indexes, and with damaged ones', () => {
    const directory = temporaryDirectory()
    makeLog(directory, new Array(200).fill(9), { segmentBytes: 1 << 16 })
    const expected = LogReader.open(directory, { barrier: 120 }).position
    for (const name of readdirSync(directory).filter((name) => name.endsWith('.idx'))) {
      const path = join(directory, name)
      const bytes = readFileSync(path)
      bytes[30]! ^= 4
      writeFileSync(path, bytes)
    }
    expect(LogReader.open(directory, { barrier: 120 }).position).toBe(expected)
    for (const name of readdirSync(directory).filter((name) => name.endsWith('.idx'))) rmSync(join(directory, name))
    expect(LogReader.open(directory, { barrier: 120 }).position).toBe(expected)
    LogWriter.open(directory).close()
    expect(readdirSync(directory).filter((name) => name.endsWith('.idx')).length).toBeGreaterThan(0)
  })

  test('refuses a position at which no batch begins', () => {
    const directory = temporaryDirectory()
    const ends = makeLog(directory, [3, 3])
    expect(codeOf(() => LogReader.open(directory, { position: ends[0]! + 8 }))).toBe('SKEIN_LOG_OFFSET')
    expect(codeOf(() => LogReader.open(directory, { position: ends[1]! + 800 }))).toBe('SKEIN_LOG_OFFSET')
  })

  test('gives nothing beyond the limit, and the rest when the limit has moved', () => {
    const directory = temporaryDirectory()
    const ends = makeLog(directory, [1, 1, 1, 1], { segmentBytes: 512 })
    const reader = new LogReader(directory, 0)
    const barriers: number[] = []
    for (const limit of [0, ends[1]!, ends[1]!, ends[3]!]) {
      for (let batch = reader.next(limit); batch !== null; batch = reader.next(limit)) barriers.push(batch.lastBarrier)
      expect(reader.position).toBe(limit)
    }
    expect(barriers).toEqual([1, 2, 3, 4])
    reader.close()
  })

  test('of an empty directory gives nothing until a log is begun there', () => {
    const directory = temporaryDirectory()
    const reader = LogReader.open(directory, 'oldest')
    expect(reader.next()).toBeNull()
    makeLog(directory, [2])
    expect(readAll(reader)).toEqual([1, 2, -1])
  })

  test('of a log whose first segment is still being made begins at the beginning', () => {
    const directory = temporaryDirectory()
    writeFileSync(join(directory, `${'0'.repeat(20)}.log`), '')
    for (const start of ['oldest', 'end', { sequence: 5 }] as const) {
      const reader = LogReader.open(directory, start)
      expect([reader.position, reader.next()]).toEqual([0, null])
      reader.close()
    }
  })

  test('follows a writer from segment to segment', () => {
    const directory = temporaryDirectory()
    const writer = LogWriter.open(directory, { segmentBytes: 2048 })
    const filler = new LogFiller(writer)
    const reader = LogReader.open(directory, 'end')
    for (let barrier = 1; barrier <= 60; barrier++) {
      expect(reader.next()).toBeNull()
      filler.append(barrier % 7)
      expect(reader.next()?.lastBarrier).toBe(barrier)
    }
    expect(reader.next()).toBeNull()
    writer.close()
    reader.close()
  })

  test('waits for a batch that another process has written half of, and takes it when it is whole', () => {
    const directory = temporaryDirectory()
    const ends = makeLog(directory, [4, 4])
    const [name] = readdirSync(directory).filter((name) => name.endsWith('.log'))
    const path = join(directory, name!)
    const whole = readFileSync(path)
    const first = ends[0]! + 80
    for (const length of [first + 1, first + 80, first + 100, whole.length - 1]) {
      writeFileSync(path, whole.subarray(0, length))
      const reader = new LogReader(directory, 0)
      expect(reader.next()?.lastBarrier).toBe(1)
      expect(reader.next()).toBeNull()
      writeFileSync(path, whole)
      expect(reader.next()?.lastBarrier).toBe(2)
      reader.close()
    }
  })

  test('takes a batch of which at first not all bytes had arrived', () => {
    const directory = temporaryDirectory()
    makeLog(directory, [4, 4])
    const [name] = readdirSync(directory).filter((name) => name.endsWith('.log'))
    const path = join(directory, name!)
    const whole = readFileSync(path)
    const patchy = Buffer.from(whole).fill(0, whole.length - 40)
    writeFileSync(path, patchy)
    const reader = new LogReader(directory, 0)
    expect(reader.next()?.lastBarrier).toBe(1)
    expect(reader.next()).toBeNull()
    writeFileSync(path, whole)
    expect(reader.next()?.lastBarrier).toBe(2)
    reader.close()
  })

  test('follows another process that begins a new segment all the time, and misses nothing', async () => {
    const directory = temporaryDirectory()
    const script = new URL('./endless-writer.ts', import.meta.url).pathname
    const writer = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, directory, '3000'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const exited = once(writer, 'exit')
    onTestFinished(async () => {
      writer.kill('SIGKILL')
      await exited
    })
    const reader = new LogReader(directory, 0)
    let [barrier, sequence] = [0, 0]
    while (barrier < 400) {
      const batch = reader.next()
      if (batch === null) {
        await new Promise(setImmediate)
        continue
      }
      expect([batch.firstBarrier, batch.firstSequence]).toEqual([barrier + 1, sequence + 1])
      barrier = batch.lastBarrier
      sequence = batch.lastSequence
    }
    reader.close()
  })

  test('names damage in the newest segment when a whole batch follows it', () => {
    const directory = temporaryDirectory()
    const ends = makeLog(directory, [4, 4, 4])
    const [name] = readdirSync(directory).filter((name) => name.endsWith('.log'))
    const path = join(directory, name!)
    const bytes = readFileSync(path)
    bytes[ends[0]! + 80 + 8]! ^= 0x40 // the length of the second batch
    writeFileSync(path, bytes)
    const reader = new LogReader(directory, 0)
    expect(reader.next()?.lastBarrier).toBe(1)
    expect(() => reader.next()).toThrow(`offset=${ends[0]! + 80}`)
    reader.close()
  })

  test('reads on in a segment that was deleted under it, then says that what follows is gone', () => {
    const directory = temporaryDirectory()
    makeLog(directory, new Array(60).fill(10), SMALL)
    const reader = new LogReader(directory, 0)
    expect(reader.next()?.lastBarrier).toBe(1)
    removeOldest(directory, 3)
    let last = 1
    const readOn = () => {
      for (let batch = reader.next(); batch !== null; batch = reader.next()) last = batch.lastBarrier
    }
    expect(codeOf(readOn)).toBe('SKEIN_LOG_GONE')
    expect(last).toBeGreaterThan(1)
    reader.close()
  })

  test('says so when the place to begin is gone, and what is the oldest', () => {
    const directory = temporaryDirectory()
    makeLog(directory, new Array(60).fill(10), SMALL)
    removeOldest(directory, 2)
    const { position } = LogReader.open(directory, 'oldest')
    expect(position).toBeGreaterThan(0)
    for (const start of [{ position: 0 }, { barrier: 1 }, { sequence: 5 }, { time: 1 }]) {
      expect(() => LogReader.open(directory, start)).toThrow(`oldest=${position}`)
    }
    expect(codeOf(() => new LogReader(directory, 0).next())).toBe('SKEIN_LOG_GONE')
    expect(LogReader.open(directory, { position }).next()?.position).toBe(position)
  })

  test('within what is committed, calls missing bytes damage', () => {
    const directory = temporaryDirectory()
    const ends = makeLog(directory, [1, 1])
    const copy = copyOf(directory)
    const reader = new LogReader(copy, 0)
    const read = () => {
      while (reader.next(ends[1]! + 800) !== null);
    }
    expect(codeOf(read)).toBe('SKEIN_LOG_DAMAGED')
    reader.close()
    expect(existsSync(copy)).toBe(true)
  })
})
