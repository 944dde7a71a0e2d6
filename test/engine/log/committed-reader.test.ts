import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Committed, CommittedReader, LogWriter } from '../../../engine/log/index.ts'
import { Doorbells, READER_OPTIONAL, Ring, RingWriter } from '../../../engine/memory/index.ts'
import { barrierNumber, Frame, FrameKind } from '../../../engine/records/index.ts'
import { isFrame } from './frames.ts'
import { LogFiller } from './log-filler.ts'
import { codeOf, temporaryDirectory } from './made-log.ts'
import { type JournalTask, pause, randomNumbers } from './ring-journal.ts'

/** Everything a journal writes to, in one thread, so that a test can stop between any two steps. */
class Bench {
  readonly directory = temporaryDirectory()
  readonly bells = Doorbells.create(1)
  readonly ring: Ring
  readonly committed = Committed.create()
  readonly log = LogWriter.open(this.directory, { segmentBytes: 1 << 14 })
  readonly filler = new LogFiller(this.log)
  writer: RingWriter

  constructor(capacityBytes = 2048, startPosition = 0) {
    this.ring = Ring.create({ capacityBytes, startPosition })
    this.writer = new RingWriter(this.ring, this.bells)
    this.committed.restart(this.log.end, this.ring.tail)
    onTestFinished(() => this.log.close())
  }

  /** A whole commit: disk, ring, committed state. */
  commit(frames: number): void {
    this.filler.append(frames)
    this.publish()
    this.committed.publish(this.log.end, this.writer.position)
  }

  /** Publishes the batch that was appended last, or its first `parts` frames. */
  publish(frames = Number.POSITIVE_INFINITY): void {
    const { buffer } = this.filler
    let end = buffer.start
    for (let n = 0; n < frames && end < buffer.length; n++) end += (buffer.memory.i32[end >> 2]! + 7) & ~7
    for (let from = buffer.start; from < end; ) {
      from = this.writer.append(buffer.memory, from, end)
      this.writer.publish()
    }
  }

  /** What a new journal does after the old one has died. */
  restart(): void {
    this.writer = new RingWriter(this.ring, this.bells)
    this.committed.restart(this.log.end, this.ring.tail)
  }

  reader(start: ConstructorParameters<typeof CommittedReader>[3] = 'oldest'): CommittedReader {
    const reader = new CommittedReader(this.directory, this.ring, this.committed, start)
    onTestFinished(() => reader.close())
    return reader
  }
}

/** Takes what there is: sequence numbers, barriers as negative numbers. */
function take(reader: CommittedReader, most = Number.POSITIVE_INFINITY): number[] {
  const taken: number[] = []
  const frame = new Frame(reader.memory)
  while (taken.length < most && reader.poll() > 0) {
    for (let offset = reader.next(); offset >= 0; offset = reader.next()) {
      frame.over(reader.memory, offset)
      const isBarrier = frame.kind === FrameKind.barrier
      if (!isBarrier && !isFrame(frame, frame.sequence))
        throw new Error(`frame ${frame.sequence} is not what was written`)
      taken.push(isBarrier ? -barrierNumber(frame) : frame.sequence)
      if (taken.length === most) break
    }
  }
  return taken
}

describe('a reader of what is committed', () => {
  test('reads the files up to where the log is committed, then the ring', () => {
    const bench = new Bench()
    bench.commit(3)
    const reader = bench.reader()
    expect(reader.isInRing).toBe(false)
    expect(take(reader)).toEqual([1, 2, 3, -1])
    expect(reader.isInRing).toBe(true)
    bench.commit(2)
    expect(take(reader)).toEqual([4, 5, -2])
    expect(reader.isInRing).toBe(true)
  })

  test('tells after each barrier where that is in the log', () => {
    const bench = new Bench()
    bench.commit(1)
    const reader = bench.reader()
    for (let i = 0; i < 20; i++) {
      take(reader)
      expect(reader.mark).toEqual(bench.log.end)
      expect(reader.offset).toEqual({ position: bench.log.position, frames: 0 })
      expect(reader.lagBytes).toBe(0)
      bench.commit(i % 5)
    }
  })

  test('begins at the end unless told otherwise', () => {
    const bench = new Bench()
    bench.commit(3)
    const reader = bench.reader('end')
    expect(take(reader)).toEqual([])
    bench.commit(1)
    expect(take(reader)).toEqual([4, -2])
  })

  test('lapped between batches goes on in the files, and back to the ring', () => {
    const bench = new Bench()
    const reader = bench.reader()
    bench.commit(1)
    expect(take(reader)).toEqual([1, -1])
    for (let i = 0; i < 10; i++) bench.commit(9)
    expect(take(reader).filter((n) => n > 0)).toEqual(Array.from({ length: 90 }, (_, i) => i + 2))
    expect(reader.isInRing).toBe(true)
  })

  test('lapped in the middle of a batch goes on at the next frame', () => {
    const bench = new Bench()
    const reader = bench.reader()
    take(reader)
    bench.filler.append(60)
    bench.publish(5)
    expect(take(reader)).toEqual([1, 2, 3, 4, 5])
    bench.publish() // again from the first frame: far more than the ring holds
    expect(take(reader, 4)).toEqual([6, 7, 8, 9])
    expect(reader.isInRing).toBe(false)
    bench.committed.publish(bench.log.end, bench.writer.position)
    expect(take(reader)).toEqual([...Array.from({ length: 51 }, (_, i) => i + 10), -1])
    bench.commit(1)
    expect(take(reader)).toEqual([61, -2])
    expect(reader.isInRing).toBe(true)
  })

  test('takes over from a journal that died between two parts of a batch', () => {
    const bench = new Bench()
    const reader = bench.reader()
    take(reader)
    bench.filler.append(5)
    bench.publish(2)
    expect(take(reader)).toEqual([1, 2])
    bench.restart()
    expect(reader.hasNews()).toBe(true)
    expect(take(reader)).toEqual([3, 4, 5, -1])
    bench.commit(1)
    expect(take(reader)).toEqual([6, -2])
  })

  test('misses nothing of a batch that a journal put on disk and never showed', () => {
    const bench = new Bench()
    const reader = bench.reader()
    bench.commit(1)
    expect(take(reader)).toEqual([1, -1])
    bench.filler.append(2)
    bench.restart()
    bench.commit(1)
    expect(take(reader)).toEqual([2, 3, -2, 4, -3])
  })

  test('gives nothing that is on disk but not committed', () => {
    const bench = new Bench()
    bench.commit(1)
    const reader = bench.reader()
    bench.filler.append(1)
    expect(take(reader)).toEqual([1, -1])
    bench.publish()
    bench.committed.publish(bench.log.end, bench.writer.position)
    expect(take(reader)).toEqual([2, -2])
  })

  test('goes on exactly behind the frame at which another stopped, wherever that was', () => {
    const bench = new Bench()
    for (let i = 0; i < 12; i++) bench.commit(i)
    const all = take(bench.reader())
    for (let stop = 0; stop <= all.length; stop++) {
      const first = bench.reader()
      take(first, stop)
      const second = bench.reader(first.offset)
      expect(take(second)).toEqual(all.slice(stop))
    }
  })

  test('refuses an offset that the log does not have', () => {
    const bench = new Bench()
    bench.commit(2)
    expect(codeOf(() => bench.reader({ position: bench.log.position + 80, frames: 0 }))).toBe('SKEIN_LOG_OFFSET')
    const tooFar = bench.reader({ position: 0, frames: 9 })
    expect(codeOf(() => tooFar.poll())).toBe('SKEIN_LOG_OFFSET')
  })

  test('says so when what it needs was deleted', () => {
    const bench = new Bench()
    bench.commit(1)
    const reader = bench.reader()
    for (let i = 0; i < 40; i++) bench.commit(40)
    rmSync(join(bench.directory, `${'0'.repeat(20)}.log`))
    expect(codeOf(() => reader.poll())).toBe('SKEIN_LOG_GONE')
    reader.seek('oldest')
    expect(reader.poll()).toBeGreaterThan(0)
    reader.seek('end')
    expect(reader.poll()).toBe(0)
  })

  test('works across the wrap of ring positions', () => {
    const bench = new Bench(2048, 2 ** 31 - 1024)
    const reader = bench.reader()
    const taken: number[] = []
    for (let i = 0; i < 50; i++) {
      bench.commit(5)
      taken.push(...take(reader).filter((n) => n > 0))
    }
    expect(taken).toEqual(Array.from({ length: 250 }, (_, i) => i + 1))
  })
})

describe('a reader and a journal in two threads', () => {
  const cases = [
    { name: 'a ring that laps all the time', capacityBytes: 2048, restartEvery: 0, stall: 0.2 },
    { name: 'a ring that mostly suffices', capacityBytes: 1 << 16, restartEvery: 0, stall: 0.02 },
    { name: 'a journal that keeps dying', capacityBytes: 1 << 13, restartEvery: 17, stall: 0.1 },
  ]
  test.each(cases)(
    'with $name: every frame once, in order, by both ways',
    async ({ capacityBytes, restartEvery, stall }) => {
      const directory = temporaryDirectory()
      const bells = Doorbells.create(1)
      const ring = Ring.create({ capacityBytes })
      ring.attach(0, READER_OPTIONAL, 0)
      const committed = Committed.create()
      const seed = Date.now() & 0xffff
      const task: JournalTask = {
        directory,
        ring: ring.memory,
        committed: committed.memory,
        bells: bells.memory,
        batches: 1500,
        restartEvery,
        seed,
        progress: new SharedArrayBuffer(4),
      }
      const progress = new Int32Array(task.progress)
      LogWriter.open(directory).close()
      const worker = new Worker(new URL('./ring-journal.ts', import.meta.url), { workerData: task })
      const failed = once(worker, 'error').then(([error]) => Promise.reject(error))
      failed.catch(() => {})
      await Promise.race([once(worker, 'message'), failed])
      const reader = new CommittedReader(directory, ring, committed, 'oldest')
      const bell = bells.at(0)
      const random = randomNumbers(seed + 1)
      const frame = new Frame(reader.memory)
      const seen = { ring: 0, files: 0, barrier: 0, sequence: 0 }
      while (seen.barrier < task.batches) {
        if (reader.poll() === 0) {
          Atomics.store(progress, 0, seen.barrier)
          Atomics.notify(progress, 0)
          // No cap: a lost wake-up would show as a test that never ends.
          await Promise.race([reader.wait(bell, Number.POSITIVE_INFINITY), failed])
          continue
        }
        for (let offset = reader.next(); offset >= 0; offset = reader.next()) {
          frame.over(reader.memory, offset)
          if (frame.kind === FrameKind.barrier) {
            expect(barrierNumber(frame), `seed ${seed}`).toBe(++seen.barrier)
          } else {
            if (frame.sequence !== seen.sequence + 1 || !isFrame(frame, frame.sequence))
              throw new Error(`seed ${seed}: frame ${frame.sequence} after ${seen.sequence}`)
            seen.sequence++
          }
          if (reader.isInRing) seen.ring++
          else seen.files++
        }
        if (random() < stall) pause(random() * 3)
      }
      reader.close()
      expect(seen.ring, `seed ${seed}`).toBeGreaterThan(0)
      expect(seen.files, `seed ${seed}`).toBeGreaterThan(0)
      if (worker.threadId !== -1) await once(worker, 'exit')
    },
  )
})
