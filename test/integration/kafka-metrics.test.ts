import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { pollingProgram } from '../actors/source/poll/polling-program.ts'
import { scratchDirectory } from '../engine/runtime/scratch.ts'
import { freePort } from '../servers/free-port.ts'
import { FakeKafka, fakeKafkaMissing } from '../servers/kafka.ts'
import { forTest } from '../servers/server.ts'

const skipped = fakeKafkaMissing && ` (skipped, for want of ${fakeKafkaMissing}: test/servers/kfake.sh)`

describe.skipIf(fakeKafkaMissing !== '')(`metrics by their old names${skipped}`, () => {
  test('say what was sent to Kafka, how long it took, and how much a second', async () => {
    const kafka = forTest(await FakeKafka.start(1))
    const file = join(scratchDirectory(), 'events.jsonl')
    const lines = Array.from(
      { length: 500 },
      (_, i) => `{"id":"e${i}","timestamp":1764200000000,"source":"s","payload":1}\n`,
    )
    writeFileSync(file, lines.join(''))
    const port = await freePort()
    const { start } = pollingProgram(
      `events: { replay: { files: [${file}], format: event, speed: 0 } }`,
      `compat: { producerMetrics: true, producerMetricsPort: ${port} }
sinks: { out: { kafka: { brokers: "${kafka.brokers}", topics: { events.raw: {} } } } }`,
    )
    start()
    const metrics = () =>
      fetch(`http://127.0.0.1:${port}/metrics`).then(
        (response) => response.text(),
        () => '',
      )
    await expect.poll(metrics, { interval: 200 }).toMatch(/^kafka_messages_sent_total 500$/m)
    const text = await metrics()
    expect(text).toMatch(/^kafka_send_latency_seconds_count\{sink="out"\} [1-9]/m)
    expect(text).toMatch(/^kafka_throughput_rps [\d.]+$/m)
    expect(text).toMatch(/^producer_polls_total\{status="success"\} 0$/m)
  })
})
