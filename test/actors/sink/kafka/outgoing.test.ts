import { expect, test } from 'vitest'
import type { KafkaRequest } from '../../../../actors/sink/kafka/client.ts'
import { Outgoing } from '../../../../actors/sink/kafka/outgoing.ts'

const SHAPE = { partitions: 6, mostBytes: 1000 }

const partitionsIn = (requests: readonly KafkaRequest[]) =>
  requests.flatMap((request) => request.flatMap(({ messages }) => messages.map(({ partition }) => partition)))

/** Of Kafka's own tests of murmur2 (`UtilsTest.testMurmur2`). */
const HASHES = {
  '21': -973932308,
  foobar: -790332482,
  'a-little-bit-long-string': -985981536,
  'a-little-bit-longer-string': -1486304829,
  lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8: -58897971,
  abc: 479470107,
}

test('a key goes to the partition that Java’s client gives it', () => {
  for (const [key, hash] of Object.entries(HASHES)) {
    const outgoing = new Outgoing()
    outgoing.add('topic', { partitions: 1000, mostBytes: 1000 }, key, 'value', 0)
    expect(partitionsIn(outgoing.requests()), key).toEqual([(hash & 0x7fffffff) % 1000])
  }
})

test('no request has more for a partition than its topic takes, and records stay in order', () => {
  const outgoing = new Outgoing()
  const sent = Array.from({ length: 200 }, (_, i) => ({ key: `key ${i % 10}`, value: `${i}`.padEnd(200, '.') }))
  for (const { key, value } of sent) expect(outgoing.add('topic', SHAPE, key, value, 0)).toBe(true)
  const requests = outgoing.requests()
  for (const request of requests) {
    const bytes = new Map<number, number>()
    for (const { messages } of request)
      for (const { partition, key, value } of messages)
        bytes.set(partition, (bytes.get(partition) ?? 0) + key.length + value!.length)
    expect(Math.max(...bytes.values())).toBeLessThanOrEqual(SHAPE.mostBytes)
  }
  const messages = requests.flatMap((request) => request.flatMap(({ messages }) => messages))
  for (const key of new Set(sent.map(({ key }) => key))) {
    const valuesOf = (all: readonly { key: string; value: string | Buffer | null }[]) =>
      all.filter((one) => one.key === key).map(({ value }) => value)
    expect(valuesOf(messages)).toEqual(valuesOf(sent))
  }
  expect(messages.length).toBe(sent.length)
})

test('a record that is larger than its topic takes is refused, and a tombstone is none', () => {
  const outgoing = new Outgoing()
  expect(outgoing.add('topic', SHAPE, 'key', 'x'.repeat(1000), 0)).toBe(false)
  expect(outgoing.add('topic', SHAPE, 'key', 'é'.repeat(480), 0)).toBe(false) // bytes, not characters
  expect(outgoing.requests()).toEqual([])
  expect(outgoing.add('topic', SHAPE, 'key', null, 1234)).toBe(true)
  expect(outgoing.requests()).toMatchObject([[{ topic: 'topic', messages: [{ value: null, timestamp: '1234' }] }]])
})
