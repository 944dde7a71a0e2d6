/** The whole program writes to a real server of MongoDB's protocol. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Db, MongoClient } from 'mongodb'
import { describe, expect, onTestFinished, test } from 'vitest'
import { seeded } from '../../fixtures/seeded.ts'
import { pollingProgram } from '../actors/source/poll/polling-program.ts'
import { scratchDirectory } from '../engine/runtime/scratch.ts'
import { MongoServer, mongoMissing } from '../servers/mongo.ts'

interface Told {
  id: string
  timestamp?: number
  source?: string
  payload: unknown
}

const TIME_MS = 1_764_200_000_000

function recordingOf(events: readonly Told[]): string {
  const file = join(scratchDirectory(), 'events.jsonl')
  const lines = events.map((event, i) => JSON.stringify({ timestamp: TIME_MS + i, source: 'sensors', ...event }))
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''))
  return file
}

const numbered = (count: number): Told[] =>
  Array.from({ length: count }, (_, i) => ({ id: `e${i}`, payload: { number: i, sensor: `s${i % 10}` } }))

/** `skein run`, which writes these events. */
async function writing(events: readonly Told[], more = '') {
  const server = await MongoServer.start()
  const program = pollingProgram(
    `events: { replay: { files: [${recordingOf(events)}], format: event, speed: 0, loop: false } }`,
    `sinks: { out: { mongo: { uri: "\${MONGODB_URI}", batch: 64KB, db: test${more} } } }`,
  )
  const client = new MongoClient(server.uri, { serverSelectionTimeoutMS: 2000 })
  onTestFinished(() => client.close())
  const start = () => program.start({ MONGODB_URI: server.uri })
  const db: Db = client.db('test')
  return { ...program, start, server, db, count: () => db.collection('sensors').countDocuments() }
}

const title = `writing to MongoDB${mongoMissing && ` (skipped, for want of ${mongoMissing}: test/servers/mongo.sh)`}`

describe.skipIf(mongoMissing !== '')(title, () => {
  test('each event is a document, with the names that consumers know', async () => {
    const { start, db, count } = await writing([
      { id: 'one', payload: { mode_s: 'A1B2C3', registration: 'HB-JHA', nested: { list: [1, { deep: null }] } } },
      { id: 'two', payload: ['no object'] },
      { id: 'one', payload: { mode_s: 'ABCDEF', event_id: 'not this', _id: 'nor this' } },
    ])
    start()
    await expect.poll(count).toBe(2)
    await expect.poll(() => db.collection('sensors').findOne({ event_id: 'one' })).toMatchObject({ mode_s: 'ABCDEF' })
    const [one, two] = await db.collection('sensors').find().sort({ event_id: 1 }).toArray()
    expect(one).toEqual({
      _id: 'one',
      mode_s: 'ABCDEF',
      payload_id: 'nor this',
      event_id: 'one',
      event_timestamp: TIME_MS + 2,
      event_timestamp_iso: new Date(TIME_MS + 2).toISOString(),
      ingested_at: expect.any(Number),
      ingested_at_iso: expect.stringMatching(/^20.*Z$/),
      api_version: expect.any(String),
      log_offset: expect.any(Number),
    })
    expect(two).toMatchObject({ event_id: 'two', payload: ['no object'] })
    const indexes = await db.collection('sensors').indexes()
    expect(indexes.map(({ key }) => key)).toEqual([{ _id: 1 }, { event_id: 1 }, { event_timestamp: 1 }])
  })

  test('one document is kept for each key that is asked for', async () => {
    const { start, db } = await writing(
      [
        { id: 'a', source: 'adsbdb', payload: { mode_s: '1', registration: 'X', seen: 1 } },
        { id: 'b', source: 'adsbdb', payload: { mode_s: '1', registration: 'X', seen: 2 } },
        { id: 'c', source: 'adsbdb', payload: { mode_s: '2', seen: 3 } },
        { id: 'd', source: 'other', payload: {} },
      ],
      ', keys: { adsbdb: [mode_s, registration] }, sources: [adsbdb]',
    )
    start()
    const seen = async () => (await db.collection('adsbdb').find().sort({ seen: 1 }).toArray()).map((one) => one.seen)
    await expect.poll(seen).toEqual([2, 3])
    expect(await db.collection('other').countDocuments()).toBe(0)
  })

  test('names that MongoDB would obey are data', async () => {
    const payload = { $where: 'while (true) {}', 'a.b': { $set: { x: 1 } }, 'nul\0l': 1, constructor: 2 }
    const { start, db, count } = await writing([
      { id: '$ne', payload },
      { id: 'after', payload: {} },
    ])
    start()
    await expect.poll(count).toBe(2)
    expect(await db.collection('sensors').findOne({ event_id: { $eq: '$ne' } })).toMatchObject({
      '＄where': 'while (true) {}',
      'a．b': { '＄set': { x: 1 } },
      'nul␀l': 1,
      constructor: 2,
    })
  })

  test('an event that is refused becomes a dead letter, the rest of its batch is written', async () => {
    const events = numbered(1000)
    events[500] = { id: 'bad', payload: { number: 7 } }
    const { start, db, count, metrics } = await writing(events)
    await db.collection('sensors').createIndex({ number: 1 }, { unique: true })
    start()
    await expect.poll(count).toBe(999)
    await expect.poll(() => db.collection('dead_letters').countDocuments()).toBe(1)
    expect(await db.collection('dead_letters').findOne()).toMatchObject({
      source: 'sensors',
      event_id: 'bad',
      reason: 'refused_by_sink',
      detail: expect.stringMatching(/duplicate/i),
    })
    await expect.poll(metrics).toMatch(/skein_mongo_refused_total\{.*\} 1$/m)
  })

  test('each event is there once, however often Skein and the server are killed', async () => {
    const events = numbered(8000)
    const { start, stop, server, db, problemOf } = await writing(events)
    const random = seeded(11)
    let run = start()
    for (let kills = 0; kills < 3; kills++) {
      await delay(1000 + 500 * random())
      run.signal('SIGKILL')
      await run.exited
      run = start()
      await delay(1500 * random())
      server.stop()
      if (kills === 0) await expect.poll(() => problemOf('out')).toContain('cannot be reached')
      server.start()
    }
    const numbers = async () => {
      const found = await db
        .collection('sensors')
        .find({}, { projection: { number: 1 } })
        .toArray()
      return found.map(({ number }) => number).toSorted((a, b) => a - b)
    }
    await expect.poll(async () => (await numbers()).length, { interval: 500 }).toBe(events.length)
    expect(await numbers()).toEqual(events.map((_, i) => i))
    await stop(run, 'SIGTERM')
  })
})
