/** The whole program sends to real brokers, and librdkafka reads what is committed there. */
import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { seeded } from '../../fixtures/seeded.ts'
import { pollingProgram } from '../actors/source/poll/polling-program.ts'
import { scratchDirectory } from '../engine/runtime/scratch.ts'
import {
  type Consumed,
  consumeAll,
  FakeKafka,
  fakeKafkaMissing,
  KafkaServer,
  kafkaMissing,
  SecureKafka,
  withAdmin,
} from '../servers/kafka.ts'
import { forTest } from '../servers/server.ts'

const SENSORS = 300

/** So many events, each with its number. */
function eventsFile(count: number, padding = 60): string {
  const file = join(scratchDirectory(), 'events.jsonl')
  const line = (i: number) =>
    JSON.stringify({
      id: `e${i}`,
      timestamp: 1_764_200_000_000 + i,
      source: 'sensors',
      payload: { sensor: i % SENSORS, number: i, padding: 'x'.repeat(padding) },
    })
  writeFileSync(file, Array.from({ length: count }, (_, i) => `${line(i)}\n`).join(''))
  return file
}

let topics = 0

/** `skein run`, which sends these events to a topic of their own. */
function sending(brokers: string, file: string, more = '') {
  const topic = `events-${++topics}`
  const program = pollingProgram(
    `events: { replay: { files: [${file}], format: event, speed: 0, loop: false } }`,
    `sinks: { out: { kafka: { brokers: "${brokers}", batch: 64KB, topics: { events.raw: { name: ${topic} } }${more} } } }`,
  )
  return { ...program, topic, consumed: () => consumeAll(brokers, topic) }
}

const numberOf = ({ value }: Consumed): number => JSON.parse(value!).payload.number

/** Each of them once, and those of a partition in the order of the log. */
function expectEachOnce(consumed: readonly Consumed[], count: number): void {
  const numbers = consumed.map(numberOf)
  expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i))
  for (const partition of new Set(consumed.map(({ partition }) => partition))) {
    const inPartition = consumed.filter((one) => one.partition === partition).map(numberOf)
    expect(inPartition).toEqual(inPartition.toSorted((a, b) => a - b))
  }
}

const skipped = (missing: string, script: string): string =>
  missing === '' ? '' : ` (skipped, for want of ${missing}: test/servers/${script})`

describe.skipIf(kafkaMissing !== '')(`sending to a broker${skipped(kafkaMissing, 'kafka.sh')}`, () => {
  let kafka: KafkaServer

  beforeAll(async () => {
    kafka = await KafkaServer.start()
  })
  afterAll(() => kafka?.dispose())

  test('each record is there once, however often Skein is killed', async () => {
    const count = 40_000
    const { start, stop, consumed } = sending(kafka.brokers, eventsFile(count))
    const random = seeded(7)
    let run = start()
    for (let kills = 0; kills < 6; kills++) {
      await delay(1200 + 800 * random())
      run.signal('SIGKILL')
      await run.exited
      run = start()
    }
    await expect.poll(() => consumed().length, { interval: 500 }).toBeGreaterThanOrEqual(count)
    await stop(run, 'SIGTERM')
    expectEachOnce(consumed(), count)
  })

  test('each record is there once, however often the broker is killed', async () => {
    const count = 40_000
    const { start, stop, consumed, problemOf } = sending(kafka.brokers, eventsFile(count))
    const run = start()
    for (let kills = 0; kills < 3; kills++) {
      await delay(1500)
      kafka.stop()
      if (kills === 0) await expect.poll(() => problemOf('out')).toContain('a sink cannot be reached')
      kafka.start()
    }
    await expect.poll(() => consumed().length, { interval: 500 }).toBeGreaterThanOrEqual(count)
    expect(await problemOf('out')).toBeNull()
    await stop(run, 'SIGTERM')
    expectEachOnce(consumed(), count)
  })

  test('a record that its topic does not take becomes a dead letter there, and the others go on', async () => {
    const file = eventsFile(1000, 200)
    appendFileSync(
      file,
      `${JSON.stringify({ id: 'large', timestamp: 1_764_200_001_000, source: 'sensors', payload: 'x'.repeat(20_000) })}\n`,
    )
    appendFileSync(
      file,
      `${JSON.stringify({ id: 'last', timestamp: 1_764_200_001_001, source: 'sensors', payload: { number: 1000 } })}\n`,
    )
    const { start, stop, consumed, topic, metrics } = sending(kafka.brokers, file)
    await withAdmin(kafka, (admin) =>
      admin.createTopics({
        topics: [{ topic, numPartitions: 3, configEntries: [{ name: 'max.message.bytes', value: '10000' }] }],
      }),
    )
    const run = start()
    await expect.poll(() => consumed().length, { interval: 500 }).toBe(1001)
    await expect.poll(metrics).toMatch(/skein_kafka_refused_total\{.*\} 1$/m)
    await stop(run, 'SIGTERM')
    expectEachOnce(consumed(), 1001)
    const letters = consumeAll(kafka.brokers, `${topic}.dlq`).map(({ value }) => JSON.parse(value!))
    expect(letters).toMatchObject([
      { topic, key: 'large', reason: 'too_large', stage: 'sink', full_bytes: expect.any(Number) },
    ])
    const kept = JSON.parse(Buffer.from(letters[0].input_base64, 'base64').toString())
    expect(kept).toMatchObject({ id: 'large', payload: 'x'.repeat(20_000) })
  })

  test('flights.state that begins late has the state of what is gone from the log, and what is removed', async () => {
    const sample = join(import.meta.dirname, '../../fixtures/opensky_nyc_sample.jsonl')
    const sources = `opensky: { replay: { files: [${sample}], speed: 0, loop: false } }`
    const alone = pollingProgram(sources, 'journal: { segment: 1MB }')
    const settings = `journal: { segment: 1MB }\nsinks: { out: { kafka: { brokers: "${kafka.brokers}", topics: { flights.state: { name: late-state } } } } }`
    let run = alone.start()
    await expect.poll(() => alone.ledger().in_flight + alone.ledger().received).toBeGreaterThan(13_000)
    await alone.stop(run, 'SIGTERM')
    const state = Object.fromEntries(
      alone
        .skein('tail', 'flights.state', '--log', alone.log, '--json', '--compacted')
        .split('\n')
        .slice(0, -1)
        .map((line) => [JSON.parse(line).payload.icao24, line]),
    )
    const [oldest, ...others] = readdirSync(alone.log)
      .filter((name) => name.endsWith('.log'))
      .toSorted()
    expect(others.length).toBeGreaterThan(0)
    rmSync(join(alone.log, oldest!)) // as retention does
    writeFileSync(alone.file, readFileSync(alone.file, 'utf8').replace('journal: { segment: 1MB }', settings))
    run = alone.start()
    await expect
      .poll(() => alone.metrics())
      .toMatch(/skein_kafka_records_total\{.*\} [1-9][\s\S]*skein_kafka_lag_bytes\{.*\} 0$/m)
    await alone.stop(run, 'SIGTERM')
    const newest = new Map(consumeAll(kafka.brokers, 'late-state').map(({ key, value }) => [key, value]))
    expect(Object.fromEntries([...newest].filter(([, value]) => value !== null))).toEqual(state)
  })

  test('goes on when the broker hangs for a while, and when a topic is deleted', async () => {
    const count = 30_000
    const { start, stop, consumed, topic, problemOf } = sending(kafka.brokers, eventsFile(count))
    const run = start()
    await expect.poll(() => consumed().length, { interval: 200 }).toBeGreaterThan(0)
    kafka.signal('SIGSTOP')
    await delay(3000)
    kafka.signal('SIGCONT')
    await expect.poll(() => consumed().length, { interval: 500 }).toBe(count)
    expectEachOnce(consumed(), count)
    expect(await problemOf('out')).toBeNull()
    await withAdmin(kafka, (admin) => admin.deleteTopics({ topics: [topic] }))
    await stop(run, 'SIGTERM')
    const again = start()
    await expect.poll(async () => (await withAdmin(kafka, (admin) => admin.listTopics())).includes(topic)).toBe(true)
    expect(consumed()).toEqual([])
    await stop(again, 'SIGTERM')
  })

  test('a place that is not there any more is refused, and nothing is sent twice', async () => {
    const { start, stop, consumed, problemOf } = sending(kafka.brokers, eventsFile(100), ', offsets: forgotten')
    const run = start()
    await expect.poll(() => consumed().length, { interval: 500 }).toBe(100)
    await stop(run, 'SIGTERM')
    await withAdmin(kafka, (admin) => admin.deleteTopics({ topics: ['forgotten'] }))
    const again = start()
    await expect.poll(() => problemOf('out')).toMatch(/does not fit the log.*sink-out.json/)
    await stop(again, 'SIGTERM')
    expect(consumed().length).toBe(100)
  })
})

describe.skipIf(kafkaMissing !== '')(
  `sending to a broker that asks who comes${skipped(kafkaMissing, 'kafka.sh')}`,
  () => {
    test('reaches it with TLS and each mechanism, and says what is wrong otherwise', async () => {
      const kafka = forTest(await SecureKafka.startIn(scratchDirectory()))
      kafka.addUser('SCRAM-SHA-256', 'salted', 'hush256')
      kafka.addUser('SCRAM-SHA-512', 'salted', 'hush512')
      const file = eventsFile(100)
      const secured = (mechanism: string, username: string, password: string) => {
        const sasl = `sasl: { mechanism: ${mechanism}, username: "\${KAFKA_USERNAME}", password: "\${KAFKA_PASSWORD}" }`
        const program = sending(kafka.securedBrokers, file, `, tls: { ca: ${kafka.ca} }, ${sasl}`)
        return { ...program, run: program.start({ KAFKA_USERNAME: username, KAFKA_PASSWORD: password }) }
      }
      for (const [mechanism, username, password] of [
        ['plain', 'skein', 'hush'],
        ['scram-sha-256', 'salted', 'hush256'],
        ['scram-sha-512', 'salted', 'hush512'],
      ] as const) {
        const { topic, run, stop } = secured(mechanism, username, password)
        await expect.poll(() => consumeAll(kafka.brokers, topic).length, { interval: 500 }).toBe(100)
        await stop(run, 'SIGTERM')
      }
      const { run, stop, problemOf } = secured('scram-sha-512', 'salted', 'a-wrong-secret')
      await expect.poll(() => problemOf('out')).toMatch(/authentication/i)
      await stop(run, 'SIGTERM')
      expect(run.stdout + run.stderr).not.toContain('a-wrong-secret')
      const unsecured = sending(kafka.securedBrokers, file)
      const lost = unsecured.start()
      await expect.poll(() => unsecured.problemOf('out')).toContain('cannot be reached')
      await stop(lost, 'SIGTERM')
    })
  },
)

describe.skipIf(fakeKafkaMissing !== '')(`sending to three brokers${skipped(fakeKafkaMissing, 'kfake.sh')}`, () => {
  test.each([
    ['exactly-once', 100],
    ['at-least-once', 200],
  ])('nothing is lost when leaders move (%s)', async (delivery, everyMs) => {
    const kafka = forTest(await FakeKafka.start(3))
    const count = 60_000
    const { start, stop, consumed } = sending(kafka.brokers, eventsFile(count), `, delivery: ${delivery}`)
    const run = start()
    const moving = setInterval(() => void kafka.moveLeaders(), everyMs)
    try {
      await expect.poll(() => new Set(consumed().map(numberOf)).size, { interval: 500 }).toBe(count)
    } finally {
      clearInterval(moving)
    }
    await stop(run, 'SIGTERM')
    if (delivery === 'exactly-once') expectEachOnce(consumed(), count)
  })
})
