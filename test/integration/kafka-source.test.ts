/** The whole program reads from real brokers. */
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { seeded } from '../../fixtures/seeded.ts'
import { pollingProgram } from '../actors/source/poll/polling-program.ts'
import {
  FakeKafka,
  fakeKafkaMissing,
  KafkaServer,
  kafkaMissing,
  makeTopic,
  type Written,
  withAdmin,
  writeTo,
} from '../servers/kafka.ts'
import { forTest } from '../servers/server.ts'

const skipped = (missing: string, script: string): string =>
  missing === '' ? '' : ` (skipped, for want of ${missing}: test/servers/${script})`

let topics = 0

/** A new topic, and what writes to it. */
async function topicAt(brokers: string, partitions = 6) {
  const topic = `in-${++topics}`
  const make = () => makeTopic({ brokers }, topic, partitions)
  await make()
  return { topic, make, write: (messages: readonly Written[]) => writeTo({ brokers }, topic, messages) }
}

/** So many, from `first` on. */
const events = (count: number, first = 0): Written[] =>
  Array.from({ length: count }, (_, n) => ({
    key: `sensor-${(first + n) % 300}`,
    value: JSON.stringify({
      id: `e${first + n}`,
      timestamp: 1_764_200_000_000 + first + n,
      source: 'sensors',
      payload: { number: first + n, padding: 'x'.repeat(100) },
    }),
  }))

const reading = (brokers: string, topic: string, more = 'partitions: all') =>
  pollingProgram(`in: { kafka: { brokers: "${brokers}", topics: [${topic}], format: event, ${more} } }`)

/** Each once, and those of a sensor in their order. */
function expectEachOnce(told: readonly string[], count: number): void {
  const numbers = told.map((id) => Number(id.slice(1)))
  expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i))
  const last = new Map<number, number>()
  for (const number of numbers) {
    const sensor = number % 300
    expect(number).toBeGreaterThan(last.get(sensor) ?? -1)
    last.set(sensor, number)
  }
}

describe.skipIf(kafkaMissing !== '')(`reading from a broker${skipped(kafkaMissing, 'kafka.sh')}`, () => {
  let kafka: KafkaServer

  beforeAll(async () => {
    kafka = await KafkaServer.start()
  })
  afterAll(() => kafka?.dispose())

  test('with partitions of its own, each message is taken once, however often Skein is killed', async () => {
    const count = 60_000
    const { topic, write } = await topicAt(kafka.brokers)
    const { start, stop, told } = reading(kafka.brokers, topic)
    const random = seeded(11)
    let run = start()
    const writing = write(events(count))
    for (let kills = 0; kills < 6; kills++) {
      await delay(900 + 800 * random())
      run.signal('SIGKILL')
      await run.exited
      run = start()
    }
    await writing
    await expect.poll(() => told().length, { interval: 500 }).toBeGreaterThanOrEqual(count)
    await stop(run, 'SIGTERM')
    expectEachOnce(told(), count)
  })

  test('each message is taken once, however often the broker is killed', async () => {
    const count = 20_000
    const { topic, write } = await topicAt(kafka.brokers)
    await write(events(count / 2))
    const { start, stop, told, problemOf } = reading(kafka.brokers, topic)
    const run = start()
    for (let kills = 0; kills < 3; kills++) {
      await delay(1000)
      kafka.stop()
      if (kills === 0) await expect.poll(() => problemOf('in')).not.toBeNull()
      kafka.start()
    }
    await write(events(count / 2, count / 2))
    await expect.poll(() => told().length, { interval: 500 }).toBeGreaterThanOrEqual(count)
    expect(await problemOf('in')).toBeNull()
    await stop(run, 'SIGTERM')
    expectEachOnce(told(), count)
  })

  test('members of a group share the partitions, take over from each other, and repeat nothing after a stop', async () => {
    const { topic, write } = await topicAt(kafka.brokers)
    const group = `group: shared-${topic}`
    const first = reading(kafka.brokers, topic, group)
    const second = reading(kafka.brokers, topic, group)
    const partitionsOf = async ({ metrics }: typeof first) =>
      Number(/^skein_kafka_source_partitions\{.*\} (\d+)/m.exec(await metrics())?.[1])
    const [one, other] = [first.start(), second.start()]
    await expect.poll(() => partitionsOf(first), { interval: 200 }).toBe(3)
    await expect.poll(() => partitionsOf(second), { interval: 200 }).toBe(3)
    await write(events(10_000))
    const all = () => [...first.told(), ...second.told()]
    await expect.poll(() => new Set(all()).size, { interval: 500 }).toBe(10_000)
    await first.stop(one, 'SIGTERM')
    await write(events(10_000, 10_000))
    await expect.poll(() => new Set(all()).size, { interval: 500 }).toBe(20_000)
    await second.stop(other, 'SIGTERM')
    expect(first.told().length).toBeGreaterThan(0)
    expect(all()).toHaveLength(20_000)
  })

  test('what is no message of its format is a dead letter that says where it is', async () => {
    const { topic, write } = await topicAt(kafka.brokers, 1)
    await write([...events(2), { value: '{"id": 7' }, { value: '' }, { key: 'gone', value: null }, ...events(1, 2)])
    const { start, stop, told, skein, log, ledger } = reading(kafka.brokers, topic)
    const run = start()
    await expect.poll(() => told().length, { interval: 200 }).toBe(3)
    await stop(run, 'SIGTERM')
    const letters = skein('dlq', 'list', '--log', log, '--json').trim().split('\n')
    const places = letters.map((line) => JSON.parse(line)).map(({ origin, offset }) => [origin, offset])
    expect(places).toEqual([
      [`${topic}/0`, 2],
      [`${topic}/0`, 3],
    ])
    expect(ledger()).toMatchObject({ received: 6, dead_lettered: 2, discarded: { tombstone: 1 } })
  })

  test('a topic that is made anew is not gone on with, and one that is not there yet is waited for', async () => {
    const { topic, write, make } = await topicAt(kafka.brokers, 1)
    const { start, stop, told, problemOf } = reading(kafka.brokers, topic)
    await withAdmin(kafka, (admin) => admin.deleteTopics({ topics: [topic] }))
    let run = start()
    await expect.poll(() => problemOf('in')).toContain('does not host')
    await make()
    await write(events(10))
    await expect.poll(() => told().length, { interval: 200 }).toBe(10)
    await stop(run, 'SIGTERM')
    await withAdmin(kafka, (admin) => admin.deleteTopics({ topics: [topic] }))
    await delay(500)
    await make()
    await write(events(5))
    run = start()
    expect(await run.exited).toEqual({ code: 65, signal: null })
    expect(run.stderr + run.stdout).toContain('does not fit what is there')
    expect(told()).toHaveLength(10)
  })
})

describe.skipIf(fakeKafkaMissing !== '')(`reading from three brokers${skipped(fakeKafkaMissing, 'kfake.sh')}`, () => {
  test('each message is taken once while leaders move', async () => {
    const kafka = forTest(await FakeKafka.start(3))
    const count = 40_000
    const { topic, write } = await topicAt(kafka.brokers)
    const { start, stop, told } = reading(kafka.brokers, topic)
    await write(events(count / 2))
    const run = start()
    const moving = setInterval(() => void kafka.moveLeaders(), 100)
    await expect.poll(() => told().length, { interval: 500 }).toBeGreaterThanOrEqual(count / 2)
    clearInterval(moving)
    await write(events(count / 2, count / 2))
    await expect.poll(() => told().length, { interval: 500 }).toBeGreaterThanOrEqual(count)
    await stop(run, 'SIGTERM')
    expectEachOnce(told(), count)
  })
})
