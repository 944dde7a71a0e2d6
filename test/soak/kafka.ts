/**
 * Kills Skein and the broker at random moments while records go from a log to Kafka and from Kafka to another log; then Java's
 * console consumer tells what is in the topic, and the other log what came back.
 *
 *   scripts/node test/soak/kafka.ts [--records 2000000] [--kills 200] [--broker-kills 50] [--seed 1]
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { seeded } from '../../fixtures/seeded.ts'
import { SKEIN, SkeinProcess } from '../chaos/skein-process.ts'
import { KafkaServer } from '../servers/kafka.ts'

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '2000000' },
    kills: { type: 'string', default: '200' },
    'broker-kills': { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
  },
})
const records = Number(values.records)
const kills = Number(values.kills)
const brokerKills = Number(values['broker-kills'])
const random = seeded(Number(values.seed))
const TOPIC = 'soak'
const KEYS = 1000
const PATIENCE_MS = 300_000

const directory = mkdtempSync(join(tmpdir(), 'skein-soak-'))
const kafka = await KafkaServer.start()

/** Each with its number, those of a key in order. */
async function writeRecording(): Promise<string> {
  const file = join(directory, 'events.jsonl')
  const out = createWriteStream(file)
  for (let i = 0; i < records; i++) {
    const event = {
      id: `k${i % KEYS}`,
      timestamp: 1_764_200_000_000 + i,
      source: 'soak',
      payload: { number: i, text: 'x'.repeat(90) },
    }
    if (!out.write(`${JSON.stringify(event)}\n`)) await once(out, 'drain')
  }
  out.end()
  await once(out, 'finish')
  return file
}

/** A Skein that is started again and again. */
class Node {
  readonly log: string
  kills = 0
  readonly #file: string
  #run: SkeinProcess | null = null

  constructor(name: string, pipeline: string) {
    this.log = join(directory, name)
    this.#file = join(directory, `${name}.yaml`)
    writeFileSync(
      this.#file,
      `name: ${name}\nlog: { directory: ${this.log} }\nops: { port: 0, logLevel: error }\n${pipeline}\n`,
    )
    this.start()
  }

  start(): void {
    this.#run = new SkeinProcess(SKEIN, ['run', this.#file])
  }

  async kill(): Promise<void> {
    this.#run!.signal('SIGKILL')
    await this.#run!.exited
    this.kills++
    this.start()
  }

  async stop(): Promise<void> {
    this.#run!.signal('SIGTERM')
    await this.#run!.exited
  }
}

class Tally {
  count = 0
  doubled = 0
  outOfOrder = 0
  readonly #seen = new Uint8Array(records)
  readonly #last = new Int32Array(KEYS).fill(-1)

  note(number: number): void {
    this.count++
    if (this.#seen[number]! > 0) this.doubled++
    this.#seen[number] = 1
    const key = number % KEYS
    if (number <= this.#last[key]!) this.outOfOrder++
    this.#last[key] = number
  }

  get missing(): number {
    return this.#seen.reduce((sum, seen) => sum + (1 - seen), 0)
  }
}

/** What a command prints, as numbers of records. */
async function tallyOf(command: string, args: readonly string[]): Promise<Tally> {
  const tally = new Tally()
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  for await (const line of createInterface({ input: child.stdout })) {
    const found = /"number":(\d+)/.exec(line)
    if (found !== null) tally.note(Number(found[1]))
  }
  return tally
}

function consumed(): Promise<Tally> {
  const jars = globSync(join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'skein/kafka-*/lib/*.jar')).join(
    ':',
  )
  const consumer = 'org.apache.kafka.tools.consumer.ConsoleConsumer'
  const options = [
    '--topic',
    TOPIC,
    '--from-beginning',
    '--timeout-ms',
    '10000',
    '--command-property',
    'isolation.level=read_committed',
  ]
  return tallyOf('java', ['-Xmx256m', '-cp', jars, consumer, '--bootstrap-server', kafka.brokers, ...options])
}

const inLog = (log: string): Promise<Tally> => tallyOf(SKEIN, ['tail', 'events.raw', '--log', log, '--json'])

function receivedIn(log: string): number {
  try {
    const ledger = execFileSync(SKEIN, ['ledger', '--log', log, '--json'], { encoding: 'utf8', stdio: 'pipe' })
    return JSON.parse(ledger.trim().split('\n').at(-1)!).received
  } catch {
    return 0 // no log yet
  }
}

function report(what: string, { count, doubled, outOfOrder, missing }: Tally): boolean {
  console.log(`${what}: ${count} records, ${missing} missing, ${doubled} doubled, ${outOfOrder} out of order`)
  return count === records && missing === 0 && doubled === 0 && outOfOrder === 0
}

try {
  const file = await writeRecording()
  const seconds = kills * 1.6 + brokerKills * 4
  const speed = Math.max(1, Math.round(records / seconds / 1000)) // a record is a millisecond
  const connection = `brokers: "${kafka.brokers}"`
  const sender = new Node(
    'sender',
    `sources: { events: { replay: { files: [${file}], format: event, speed: ${speed} } } }
sinks: { out: { kafka: { ${connection}, topics: { events.raw: { name: ${TOPIC} } } } } }`,
  )
  const reader = new Node(
    'reader',
    `sources: { in: { kafka: { ${connection}, topics: [${TOPIC}], partitions: all, format: event } } }`,
  )
  const beganMs = Date.now()
  let ofBroker = 0
  for (let n = 0; n < kills + brokerKills; n++) {
    await delay(300 + 1700 * random())
    const left = kills - sender.kills - reader.kills
    if (random() * (left + brokerKills - ofBroker) < left) await (random() < 0.5 ? sender : reader).kill()
    else {
      kafka.stop()
      await delay(500 * random())
      kafka.start()
      ofBroker++
    }
    if (n % 25 === 24)
      console.log(`${n + 1} kills, ${receivedIn(sender.log)} records in, ${receivedIn(reader.log)} back`)
  }
  const endMs = Date.now() + PATIENCE_MS
  while (Date.now() < endMs && receivedIn(reader.log) < records) await delay(1000)
  await delay(2000)
  await sender.stop()
  await reader.stop()
  console.log(
    `${sender.kills} kills of who sends, ${reader.kills} of who reads, ${ofBroker} of the broker, in ${Math.round((Date.now() - beganMs) / 1000)} s`,
  )
  const isWell = [
    report('in the topic, as Java’s console consumer has it', await consumed()),
    report('in the log behind it', await inLog(reader.log)),
  ]
  process.exitCode = isWell.every(Boolean) ? 0 : 1
} finally {
  kafka.dispose()
  rmSync(directory, { recursive: true, force: true })
}
