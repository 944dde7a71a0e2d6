/** From the log to one real broker on the same cores and back, exactly once; the former against kafkajs used plainly. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KafkaServer, kafkaMissing, withAdmin } from '../../test/servers/kafka.ts'
import type { Scale } from '../benchmarks.ts'
import { type Job, rateOf } from '../macro/counted.ts'
import { median, NODE, SKEIN, timed } from '../macro/processes.ts'

const PARTITIONS = 6
/** What fits in one of the sink's transactions. */
const PER_SEND = 10_000

export async function measureKafka(scale: Scale): Promise<Record<string, number>> {
  if (kafkaMissing !== '') return {}
  const directory = mkdtempSync(join(tmpdir(), 'skein-bench-kafka-'))
  const kafka = await KafkaServer.start()
  try {
    const count = scale === 'full' ? 1_000_000 : 150_000
    const { values, log } = await prepare(directory, count)
    const plain: number[] = []
    const skein: number[] = []
    const read: number[] = []
    for (let round = 0; round < 3; round++) {
      const topic = `plain-${round}`
      await withAdmin(kafka, (admin) =>
        admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS }], waitForLeaders: true }),
      )
      const rival = join(import.meta.dirname, '../rivals/plain-kafkajs.mjs')
      plain.push(Number((await timed(NODE, [rival, kafka.brokers, topic, values, String(PER_SEND)])).output))
      const name = `skein-${round}`
      skein.push(await rateOf(sending(directory, log, kafka.brokers, name), 'kafka_records', count))
      read.push(await rateOf(reading(directory, kafka.brokers, name), 'kafka_source_messages', count))
    }
    return {
      'kafka.records_per_second': median(skein) / 1000,
      // What else runs on the machine only ever slows: the best of each is what it can.
      'kafka.versus_plain': Math.max(...skein) / Math.max(...plain),
      'kafka.read_per_second': median(read) / 1000,
    }
  } finally {
    kafka.dispose()
    rmSync(directory, { recursive: true, force: true })
  }
}

/** A log of events, and what is sent of them: some 200 bytes each. */
async function prepare(directory: string, count: number): Promise<{ values: string; log: string }> {
  const lines = Array.from({ length: count }, (_, i) => {
    const payload = { sensor: `s${i % 1000}`, number: i, text: 'x'.repeat(40) }
    return { id: `e${i}`, timestamp: 1_764_200_000_000 + i, source: 'bench', payload }
  })
  const recording = join(directory, 'events.jsonl')
  const values = join(directory, 'values.txt')
  writeFileSync(recording, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  const sent = lines.map((line) => JSON.stringify({ ...line, ingested_at: line.timestamp, api_version: '1' }))
  writeFileSync(values, sent.map((line) => `${line}\n`).join(''))
  const log = join(directory, 'log')
  await timed(SKEIN, ['replay', recording, '--log', log, '--set', 'snapshot.every=1TB'])
  return { values, log }
}

function sending(directory: string, log: string, brokers: string, name: string): Job {
  const file = join(directory, 'sending.yaml')
  writeFileSync(
    file,
    `name: bench
log: { directory: ${log} }
ops: { port: 0, logLevel: error }
sources: { none: { replay: { files: [${file}], loop: false } } }
sinks: { ${name}: { kafka: { brokers: "${brokers}", topics: { events.raw: { name: ${name}, partitions: ${PARTITIONS} } } } } }
`,
  )
  return { file, log }
}

/** Into a log of its own. */
function reading(directory: string, brokers: string, topic: string): Job {
  const file = join(directory, 'reading.yaml')
  const log = join(directory, `log-${topic}`)
  writeFileSync(
    file,
    `name: bench
log: { directory: ${log} }
ops: { port: 0, logLevel: error }
sources: { in: { kafka: { brokers: "${brokers}", topics: [${topic}], partitions: all, format: event } } }
`,
  )
  return { file, log }
}
