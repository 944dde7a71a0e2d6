import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import snapshotSink, { type SnapshotOptions } from '../../../actors/sink/snapshot.ts'
import { SnapshotState } from '../../../actors/sink/snapshot-state.ts'
import { listSnapshots, logIdOf, newestSnapshot, SnapshotReader, SnapshotWriter } from '../../../engine/log/index.ts'
import { FrameMemory } from '../../../engine/memory/index.ts'
import { Frame, writeBarrier } from '../../../engine/records/index.ts'
import type { BlockingActor } from '../../../engine/runtime/actor.ts'
import { flight } from '../../../schemas/flight.ts'
import { FlightLog, type Told, temporaryDirectory, writeTold } from './flight-log.ts'

const capacity = { capacity: 1000, maxKeyBytes: 16 }

function barrierFrame(): Frame {
  const frame = new Frame(FrameMemory.allocate(1024))
  writeBarrier(frame, { number: 1, sequence: 1, clock: 1, sources: [] })
  return frame
}

type Content = { [key: string]: { accepted: number; mentioned: number; row: number } }

/** What a snapshot holds: rows by their sequence number. */
function contentOf(snapshot: SnapshotReader): Content {
  const content: Content = {}
  snapshot.forEachKey((_, { u8 }, start, length, accepted, mentioned) => {
    content[Buffer.from(u8.slice(start, start + length)).toString()] = { accepted, mentioned, row: -1 }
  })
  snapshot.forEachRow((row) => {
    content[flight.fields.icao24.get(row)!]!.row = row.sequence
  })
  return content
}

function saved(state: SnapshotState): Content {
  const directory = temporaryDirectory()
  const writer = new SnapshotWriter(directory, { logId: '00'.repeat(16), position: 8, barrier: barrierFrame() })
  state.save(writer, () => {})
  const snapshot = new SnapshotReader(writer.commit())
  try {
    return contentOf(snapshot)
  } finally {
    snapshot.close()
  }
}

/** The same, by the plainest means. */
function model(told: readonly Told[]): Content {
  const content: Content = {}
  for (const [index, { key, kind, time, clock = time }] of told.entries()) {
    if (kind === 'removal') delete content[key]
    else if (kind === 'record') content[key] = { accepted: time, mentioned: clock, row: index + 1 }
    else if (content[key] !== undefined) content[key].mentioned = clock
  }
  return content
}

const told: fc.Arbitrary<Told> = fc.record({
  key: fc.constantFrom('4b1801', '4b1802', '~abcde', 'a', 'aa'),
  kind: fc.constantFrom('record', 'duplicate', 'late', 'removal'),
  time: fc.nat(10_000),
})

describe('what the log comes down to', () => {
  test('is the newest accepted frame, its time and the last mention of every key that is not removed', () => {
    fc.assert(
      fc.property(fc.array(told, { maxLength: 60 }), fc.nat(60), (all, cut) => {
        const frame = new Frame(FrameMemory.allocate(4096))
        let state = new SnapshotState(capacity)
        for (const [index, one] of all.entries()) {
          if (index === cut) state = reloaded(state)
          state.apply(writeTold(frame, one, index + 1))
        }
        expect(saved(state)).toEqual(model(all))
      }),
      { numRuns: 60 },
    )
  })

  test('is saved in the order in which keys were mentioned', () => {
    const frame = new Frame(FrameMemory.allocate(4096))
    const state = new SnapshotState(capacity)
    const keys = ['a', 'b', 'c']
    for (const key of keys) state.apply(writeTold(frame, { key, kind: 'record', time: 1 }, 1))
    state.apply(writeTold(frame, { key: 'a', kind: 'duplicate', time: 2 }, 4))
    expect(Object.keys(saved(state))).toEqual(['b', 'c', 'a'])
    expect(Object.keys(saved(reloaded(state)))).toEqual(['b', 'c', 'a'])
  })

  test('takes no more keys than it has room for, and counts the others', () => {
    const frame = new Frame(FrameMemory.allocate(4096))
    const state = new SnapshotState({ capacity: 2, maxKeyBytes: 16 })
    for (const key of ['a', 'b', 'c', 'd']) state.apply(writeTold(frame, { key, kind: 'record', time: 1 }, 1))
    expect(Object.keys(saved(state))).toEqual(['a', 'b'])
    expect(state.refused).toBe(2)
  })
})

function reloaded(state: SnapshotState): SnapshotState {
  const directory = temporaryDirectory()
  const writer = new SnapshotWriter(directory, { logId: '00'.repeat(16), position: 8, barrier: barrierFrame() })
  state.save(writer, () => {})
  const snapshot = new SnapshotReader(writer.commit())
  const loaded = new SnapshotState(capacity)
  loaded.load(snapshot)
  snapshot.close()
  return loaded
}

const often: SnapshotOptions = { ...capacity, intervalMs: 0, everyBytes: 1 }
const seldom: SnapshotOptions = { ...capacity, intervalMs: 1e9, everyBytes: 1e12 }

function start(log: FlightLog, options: SnapshotOptions): BlockingActor {
  return snapshotSink.setup(log.context(options)) as BlockingActor
}

function readOn(sink: BlockingActor): void {
  while (sink.step());
}

function newest(log: FlightLog): { position: number; content: Content } | null {
  const snapshot = newestSnapshot(log.directory, {
    logId: logIdOf(log.directory)!,
    atMost: log.writer.position,
    onUnusable: () => {},
  })
  if (snapshot === null) return null
  const { position } = snapshot
  const content = contentOf(snapshot)
  snapshot.close()
  return { position, content }
}

const record = (key: string, time: number): Told => ({ key, kind: 'record', time })

describe('the snapshot sink', () => {
  test('writes at a barrier what the log up to there comes down to', () => {
    const log = new FlightLog()
    const sink = start(log, often)
    log.commit(record('a', 1), record('b', 2))
    readOn(sink)
    expect(newest(log)).toEqual({ position: log.writer.position, content: model([record('a', 1), record('b', 2)]) })
    log.commit(record('a', 5), { key: 'b', kind: 'removal', time: 9 })
    readOn(sink)
    expect(newest(log)).toMatchObject({ position: log.writer.position, content: { a: { accepted: 5, row: 3 } } })
    sink.close?.()
  })

  test('goes on from the newest snapshot, and comes to the same as one that was never stopped', () => {
    const all = Array.from({ length: 90 }, (_, i): Told => {
      const kind = (['record', 'duplicate', 'record', 'late', 'removal'] as const)[(i * 7) % 5]!
      return { key: `k${(i * 5) % 11}`, kind, time: i }
    })
    const log = new FlightLog()
    for (let i = 0; i < 90; i += 10) {
      log.commit(...all.slice(i, i + 10))
      const sink = start(log, i % 20 === 0 ? often : seldom)
      readOn(sink)
      if (i % 30 === 0) sink.close?.() // else it dies without a word
    }
    const sink = start(log, often)
    log.commit()
    readOn(sink)
    expect(newest(log)?.content).toEqual(model(all))
    sink.close?.()
  })

  test('when it ends, writes what it has, if that is news', () => {
    const log = new FlightLog()
    log.commit(record('a', 1))
    const sink = start(log, seldom)
    readOn(sink)
    expect(listSnapshots(log.directory)).toEqual([])
    sink.close?.()
    expect(newest(log)?.position).toBe(log.writer.position)
    const before = readFileSync(listSnapshots(log.directory)[0]!.path)
    start(log, seldom).close?.()
    expect(readFileSync(listSnapshots(log.directory)[0]!.path).equals(before)).toBe(true)
  })

  test('is done when the journal is and everything is taken', () => {
    const log = new FlightLog()
    const sink = start(log, seldom)
    sink.drain()
    expect(sink.isDone).toBe(false)
    log.commit(record('a', 1))
    log.isUpstreamDone = true
    expect(sink.isDone).toBe(false)
    readOn(sink)
    expect(sink.isDone).toBe(true)
    sink.close?.()
  })

  test('needs the log from the older of its two snapshots on, and passes over one that is damaged', () => {
    const log = new FlightLog()
    expect(log.status.needsFrom).toBe(0)
    const sink = start(log, often)
    const positions: number[] = []
    for (let i = 0; i < 4; i++) {
      log.commit(record('a', i))
      readOn(sink)
      positions.push(log.writer.position)
    }
    expect(log.status.needsFrom).toBe(positions[2])
    const { path } = listSnapshots(log.directory)[0]!
    const bytes = readFileSync(path)
    bytes[bytes.length - 1]! ^= 1
    writeFileSync(path, bytes)
    const next = start(log, often)
    expect(log.status.needsFrom).toBe(positions[2])
    readOn(next)
    log.commit(record('b', 9))
    readOn(next)
    expect(newest(log)?.content).toEqual({
      a: { accepted: 3, mentioned: 3, row: 4 },
      b: { accepted: 9, mentioned: 9, row: 5 },
    })
  })

  test('on a disk that refuses a snapshot says so, goes on reading, and writes one later', () => {
    const log = new FlightLog()
    const sink = start(log, often)
    const obstacle = join(log.directory, 'snapshot.tmp')
    mkdirSync(obstacle) // where the file would be: the disk says EISDIR
    log.commit(record('a', 1))
    readOn(sink)
    expect(newest(log)).toBeNull()
    expect(log.reports).toMatchObject([{ type: 'health', problem: expect.stringContaining('EISDIR') }])
    rmSync(obstacle, { recursive: true })
    log.commit(record('b', 2))
    readOn(sink)
    expect(Object.keys(newest(log)!.content)).toEqual(['a', 'b'])
    expect(log.reports.at(-1)).toMatchObject({ type: 'health', problem: null })
  })
})
