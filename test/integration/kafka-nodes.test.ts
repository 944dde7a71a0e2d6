/** Nodes that share the work by way of Kafka, with the shipped configurations. */
import { join } from 'node:path'
import { MongoClient } from 'mongodb'
import { describe, expect, onTestFinished, test } from 'vitest'
import { pollingProgram } from '../actors/source/poll/polling-program.ts'
import { SKEIN, SkeinProcess } from '../chaos/skein-process.ts'
import { scratchDirectory } from '../engine/runtime/scratch.ts'
import { freePort } from '../servers/free-port.ts'
import { FakeKafka, fakeKafkaMissing, makeTopic, writeTo } from '../servers/kafka.ts'
import { MongoServer, mongoMissing } from '../servers/mongo.ts'
import { forTest } from '../servers/server.ts'

const root = join(import.meta.dirname, '../..')
const missing = [fakeKafkaMissing, mongoMissing].filter((name) => name !== '').join(', ')
const title = `nodes with Kafka between them${missing && ` (skipped, for want of ${missing}: test/servers/)`}`

/** `skein run` with a shipped configuration. */
function node(config: string, env: Readonly<Record<string, string>>): SkeinProcess {
  const log = join(scratchDirectory(), 'log')
  const run = new SkeinProcess(SKEIN, ['run', join(root, 'config', config)], {
    ...process.env,
    SKEIN_DATA: log,
    SKEIN_OPS_PORT: '0',
    ...env,
  })
  onTestFinished(async () => {
    run.signal('SIGTERM')
    await run.exited
  })
  return run
}

describe.skipIf(missing !== '')(title, () => {
  test('what one polls another works out, and a third shows', async () => {
    const kafka = forTest(await FakeKafka.start(1))
    const sample = join(root, 'fixtures/opensky_nyc_sample.jsonl')
    const poller = pollingProgram(
      `opensky: { replay: { files: [${sample}], speed: 0, loop: false } }`,
      `sinks: { out: { kafka: { brokers: "${kafka.brokers}", topics: { adsb_raw: {} } } } }`,
    )
    poller.start()
    const port = String(await freePort())
    node('process.yaml', { REDPANDA_BROKER: kafka.brokers, WS_STALE_THRESHOLD_SECONDS: '600' })
    node('hub.yaml', { REDPANDA_BROKER: kafka.brokers, WS_STALE_THRESHOLD_SECONDS: '600', BACKEND_PORT: port })
    const shown = async (): Promise<number> => {
      const response = await fetch(`http://127.0.0.1:${port}/api/flights`).catch(() => null)
      return response === null ? 0 : ((await response.json()) as { flights: unknown[] }).flights.length
    }
    const aircraft = () =>
      new Set(poller.topic('adsb_raw').map(({ payload }) => (payload as { icao24: string }).icao24)).size
    await expect.poll(() => poller.ledger().in_flight === 0 && aircraft(), { interval: 200 }).toBeGreaterThan(50)
    await expect.poll(shown, { interval: 200 }).toBe(aircraft())
  })

  test('events of one source become documents', async () => {
    const kafka = forTest(await FakeKafka.start(1))
    const mongo = await MongoServer.start()
    const events = Array.from({ length: 500 }, (_, i) => ({
      id: `e${i}`,
      timestamp: 1_764_200_000_000 + i,
      source: i % 2 === 0 ? 'adsbdb' : 'other',
      payload: { mode_s: `A${i}`, registration: `N${i}` },
    }))
    await makeTopic(kafka, 'events.raw')
    await writeTo(
      kafka,
      'events.raw',
      events.map((event) => ({ key: event.id, value: JSON.stringify(event) })),
    )
    const consumer = { KAFKA_BROKER: kafka.brokers, MONGODB_URI: mongo.uri, EXPECTED_SOURCE: 'adsbdb' }
    node('mongo-consumer.yaml', consumer)
    node('mongo-consumer.yaml', consumer)
    const client = new MongoClient(mongo.uri, { serverSelectionTimeoutMS: 2000 })
    onTestFinished(() => client.close())
    const db = client.db('kafka_events_db')
    await expect.poll(() => db.collection('adsbdb').countDocuments(), { interval: 200 }).toBe(250)
    expect(await db.collection('other').countDocuments()).toBe(0)
    expect(await db.collection('adsbdb').findOne({ event_id: 'e42' })).toMatchObject({ mode_s: 'A42' })
  })
})
