import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { HistoryQuery } from '../../../actors/sink/history-query.ts'
import sqliteSink, { type SqliteOptions } from '../../../actors/sink/sqlite.ts'
import type { SkeinError } from '../../../engine/errors.ts'
import type { EventedActor } from '../../../engine/runtime/actor.ts'
import { Failpoints } from '../../../engine/runtime/failpoints.ts'
import { FlightLog, type Told, temporaryDirectory } from './flight-log.ts'

const DAY_MS = 86_400_000
const options: SqliteOptions = { intervalMs: 0, keepMs: 7 * DAY_MS, keys: {} }

const record = (key: string, time: number): Told => ({ key, kind: 'record', time })

function start(log: FlightLog, overrides: Partial<SqliteOptions> = {}, failpoints?: Failpoints): EventedActor {
  return sqliteSink.setup(log.context({ ...options, ...overrides }, failpoints)) as EventedActor
}

/** Runs a sink until it has taken everything and has stopped. */
async function runToEnd(log: FlightLog, overrides?: Partial<SqliteOptions>): Promise<void> {
  log.isUpstreamDone = true
  const sink = start(log, overrides)
  sink.drain()
  await sink.run()
}

const pathOf = (log: FlightLog): string => join(log.directory, 'history.sqlite')

/** The sequence numbers of all rows, and the place in the log that they go up to. */
function stored(log: FlightLog): { sequences: number[]; position: number } {
  const database = new DatabaseSync(pathOf(log), { readOnly: true })
  const tables = database.prepare("SELECT name FROM sqlite_master WHERE name GLOB 'flight_*' AND type = 'table'").all()
  const sequences = tables.flatMap(({ name }) =>
    database
      .prepare(`SELECT sequence FROM ${name}`)
      .all()
      .map(({ sequence }) => sequence as number),
  )
  const { position } = database.prepare('SELECT position FROM place').get() as { position: number }
  database.close()
  return { sequences: sequences.sort((a, b) => a - b), position }
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 25_000
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('it did not come about in time')
    await new Promise((done) => setTimeout(done, 1))
  }
}

describe('the sqlite sink', () => {
  test('keeps accepted records, and nothing else', async () => {
    const log = new FlightLog()
    log.commit(record('a', 1000), { key: 'a', kind: 'duplicate', time: 1000 }, record('b', 2000))
    log.commit({ key: 'a', kind: 'late', time: 1 }, record('a', 3000), { key: 'b', kind: 'removal', time: 9000 })
    await runToEnd(log)
    expect(stored(log)).toEqual({ sequences: [1, 3, 5], position: log.writer.position })
  })

  test('answers where an aircraft was, with what was known of it', async () => {
    const log = new FlightLog()
    for (let i = 1; i <= 30; i++) log.commit(record(i % 2 === 0 ? 'even' : 'odd', i * 1000))
    await runToEnd(log)
    const history = new HistoryQuery(pathOf(log))
    const track = history.track({ icao24: 'even', fromMs: 10_000, toMs: 20_000 })
    expect(track.map(({ time_ms }) => time_ms)).toEqual([10_000, 12_000, 14_000, 16_000, 18_000, 20_000])
    expect(track[0]).toEqual({
      time_ms: 10_000,
      sequence: 10,
      source_id: 1,
      lat: 10,
      lon: null,
      altitude_m: null,
      geo_altitude_m: null,
      velocity_mps: null,
      heading_deg: null,
      vertical_rate_mps: null,
      on_ground: true,
      callsign: 'CS10',
      squawk: null,
    })
    expect(track.map(({ on_ground }) => on_ground)).toEqual([true, null, false, true, null, false])
    expect(history.track({ icao24: 'odd', limit: 2 }).map(({ time_ms }) => time_ms)).toEqual([27_000, 29_000])
    expect(history.track({ icao24: 'nobody' })).toEqual([])
    history.close()
  })

  test('joins a track across days, and forgets whole days that are too old', async () => {
    const log = new FlightLog()
    for (let day = 0; day < 10; day++) log.commit(record('a', day * DAY_MS + 5000), record('a', day * DAY_MS + 6000))
    await runToEnd(log, { keepMs: 1e12 })
    const days = () => {
      const history = new HistoryQuery(pathOf(log))
      const times = history.track({ icao24: 'a' }).map(({ time_ms }) => time_ms)
      history.close()
      return times
    }
    expect(days()).toEqual(Array.from({ length: 20 }, (_, i) => Math.floor(i / 2) * DAY_MS + 5000 + (i % 2) * 1000))
    log.commit(record('b', 9 * DAY_MS + 7000))
    await runToEnd(log, { keepMs: 2 * DAY_MS })
    expect(days().length).toBe(6)
    expect(days()[0]).toBe(7 * DAY_MS + 5000)
  })

  test('goes on where it stopped, each record once, however often it dies and wherever', async () => {
    const log = new FlightLog(temporaryDirectory(), { ringBytes: 2048 })
    let records = 0
    for (let round = 0; round < 12; round++) {
      for (let batch = 0; batch < 4; batch++) {
        const told = Array.from({ length: (round * 5 + batch * 3) % 13 }, (_, i) => record(`k${i}`, ++records * 10))
        log.commit(...told)
      }
      const failpoints = Failpoints.create()
      failpoints.arm('reader.handler', 'throw', { skip: (round * 11) % 29 })
      const sink = start(log, { intervalMs: round % 3 === 0 ? 1e9 : 0 }, failpoints)
      await expect(sink.run()).rejects.toThrow('failpoint')
    }
    await runToEnd(log)
    expect(stored(log)).toEqual({
      sequences: Array.from({ length: records }, (_, i) => i + 1),
      position: log.writer.position,
    })
  })

  test('is made again from the log when its file was deleted', async () => {
    const log = new FlightLog()
    log.commit(record('a', 1), record('a', 2))
    await runToEnd(log)
    for (const suffix of ['', '-wal', '-shm']) rmSync(pathOf(log) + suffix, { force: true })
    log.commit(record('a', 3))
    await runToEnd(log)
    expect(stored(log).sequences).toEqual([1, 2, 3])
  })

  test('commits what is live within its interval, and needs the log from there on', async () => {
    const log = new FlightLog()
    const sink = start(log, { intervalMs: 20 })
    const running = sink.run()
    for (let i = 1; i <= 3; i++) {
      log.commit(record('a', i))
      await until(() => log.status.needsFrom === log.writer.position)
      expect(stored(log).sequences.length).toBe(i)
    }
    log.isUpstreamDone = true
    sink.drain()
    await running
  })

  test('refuses a database that was made from another log, and a newer one', async () => {
    const [one, other] = [new FlightLog(), new FlightLog()]
    one.commit(record('a', 1))
    await runToEnd(one)
    const codeOf = (attempt: () => unknown) => {
      try {
        attempt()
      } catch (error) {
        return (error as SkeinError).code
      }
      return null
    }
    expect(codeOf(() => start(other, { file: pathOf(one) }))).toBe('SKEIN_LOG_OFFSET')
    const database = new DatabaseSync(pathOf(one))
    database.exec('PRAGMA user_version = 3')
    database.close()
    expect(codeOf(() => start(one))).toBe('SKEIN_LOG_NEWER_FORMAT')
  })

  test('goes on with a database of the format before', async () => {
    const log = new FlightLog()
    log.commit(record('a', 1000))
    await runToEnd(log)
    const database = new DatabaseSync(pathOf(log))
    database.exec('DROP TABLE event; PRAGMA user_version = 1')
    database.close()
    log.commit(record('b', 2000))
    await runToEnd(log)
    expect(stored(log).sequences).toEqual([1, 2])
    expect(new HistoryQuery(pathOf(log)).find({ source: 'any' })).toEqual([])
  })

  test('whose place was deleted from the log goes on at the oldest record there is', async () => {
    const log = new FlightLog(temporaryDirectory(), { segmentBytes: 2048 })
    log.commit(record('a', 1))
    await runToEnd(log)
    for (let i = 2; i <= 40; i++) log.commit(record('a', i))
    rmSync(join(log.directory, `${'0'.repeat(20)}.log`))
    await runToEnd(log)
    const { sequences } = stored(log)
    expect(sequences[0]).toBe(1)
    expect(sequences[1]).toBeGreaterThan(2)
    expect(sequences.at(-1)).toBe(40)
  })

  test('waits while another holds the database, says so, and loses nothing', async () => {
    const log = new FlightLog()
    log.commit(record('a', 1))
    await runToEnd(log)
    const other = new DatabaseSync(pathOf(log))
    other.exec('BEGIN IMMEDIATE')
    const sink = start(log)
    const running = sink.run()
    log.commit(record('a', 2))
    await until(() => log.reports.length > 0)
    expect(log.reports).toMatchObject([{ type: 'health', problem: expect.stringContaining('locked') }])
    other.exec('COMMIT')
    other.close()
    await until(() => log.status.needsFrom === log.writer.position)
    expect(log.reports.at(-1)).toMatchObject({ type: 'health', problem: null })
    log.isUpstreamDone = true
    sink.drain()
    await running
    expect(stored(log).sequences).toEqual([1, 2])
  })

  test('says what is wrong with a file that is no database', () => {
    const log = new FlightLog()
    writeFileSync(pathOf(log), 'a file of somebody else, and long enough to be looked at'.repeat(20))
    expect(() => start(log)).toThrow(/not a database/)
  })
})
