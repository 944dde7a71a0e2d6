/** Road traffic as Avro, with a real schema registry. */
import { join } from 'node:path'
import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry'
import { Kafka, logLevel } from 'kafkajs'
import { describe, expect, test } from 'vitest'
import { trafficEventAvro } from '../../schemas/traffic-event.ts'
import { pollingProgram } from '../actors/source/poll/polling-program.ts'
import { FakeKafka, fakeKafkaMissing, kafkaMissing } from '../servers/kafka.ts'
import { Registry } from '../servers/registry.ts'
import { forTest } from '../servers/server.ts'

const missing = [fakeKafkaMissing, kafkaMissing].filter((name) => name !== '').join(', ')
const title = `traffic-raw as Avro${missing && ` (skipped, for want of ${missing}: test/servers/registry.sh)`}`
const fixtures = join(import.meta.dirname, '../../fixtures')

/** The sample, to a topic whose schema is registered there. */
const sending = (brokers: string, registry: string) =>
  pollingProgram(
    `readings:
  csv:
    files: [${fixtures}/metr_la_sample.csv]
    schema: traffic
    key: "{sensor_id}"
    time: { from: timestamp, unit: iso8601 }
    fields: { speed_mph: speed_mph, volume: volume, occupancy: occupancy }
    nulls: { speed_mph: ["0"] }
    valid: { speed_mph: { min: 0 } }`,
    `sinks: { out: { kafka: { brokers: "${brokers}", schemaRegistry: { url: "${registry}" }, topics: { traffic-raw: { format: avro } } } } }`,
  )

async function valuesIn(brokers: string, count: number): Promise<Buffer[]> {
  const kafka = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING })
  const consumer = kafka.consumer({ groupId: 'reading' })
  const values: Buffer[] = []
  await consumer.connect()
  await consumer.subscribe({ topic: 'traffic-raw', fromBeginning: true })
  await consumer.run({ eachMessage: async ({ message }) => void values.push(message.value!) })
  await expect.poll(() => values.length, { interval: 100 }).toBe(count)
  await consumer.disconnect()
  return values
}

describe.skipIf(missing !== '')(title, () => {
  test('is what a reader with the registry expects, and waits for a registry that is away', async () => {
    const kafka = forTest(await FakeKafka.start(1))
    const registry = forTest(await Registry.start())
    registry.stop()
    const { start, problemOf } = sending(kafka.brokers, registry.url)
    start()
    await expect.poll(() => problemOf('out').catch(() => null)).toContain('schema registry')
    registry.start()
    await expect.poll(() => problemOf('out'), { interval: 200 }).toBeNull()
    const values = await valuesIn(kafka.brokers, 99)
    const client = new SchemaRegistry({ host: registry.url })
    const records = await Promise.all(values.map((value) => client.decode(value)))
    expect(records.find(({ sensor_id, missing }) => sensor_id === 'METR_LA_013' && missing)).toMatchObject({
      speed_mph: null,
      timestamp: Date.UTC(2012, 2, 1, 0, 15),
      latitude: null,
    })
    expect(records.filter(({ missing }) => missing)).toHaveLength(1)

    // A later schema with a field that has a default reads these, and this one reads what a later one wrote.
    const later = {
      ...trafficEventAvro,
      fields: [...trafficEventAvro.fields, { name: 'lane', type: 'int', default: 0 }],
    }
    const { id } = await client.register(
      { type: SchemaType.AVRO, schema: JSON.stringify(later) },
      { subject: 'traffic-raw-value' },
    )
    const [first] = values
    expect(await client.decode(first!, { [SchemaType.AVRO]: { readerSchema: later as never } })).toMatchObject({
      lane: 0,
    })
    const written = await client.encode(id, { ...records[0], lane: 3 })
    const read = await client.decode(written, { [SchemaType.AVRO]: { readerSchema: trafficEventAvro as never } })
    expect(read).toEqual(records[0])
  })

  test('is not sent where the registry refuses its schema, and says why', async () => {
    const kafka = forTest(await FakeKafka.start(1))
    const registry = forTest(await Registry.start())
    await registry.setCompatibility('BACKWARD')
    const other = {
      type: 'record',
      name: 'TrafficEvent',
      namespace: 'skein',
      fields: [{ name: 'sensor_id', type: 'int' }],
    }
    const client = new SchemaRegistry({ host: registry.url })
    await client.register({ type: SchemaType.AVRO, schema: JSON.stringify(other) }, { subject: 'traffic-raw-value' })
    const { start, problemOf, topic } = sending(kafka.brokers, registry.url)
    start()
    await expect
      .poll(() => problemOf('out').catch(() => null))
      .toMatch(/does not take traffic-raw-value: .*incompatible/i)
    expect(topic('traffic-raw')).toHaveLength(99)
  })
})
