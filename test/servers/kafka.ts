/**
 * Kafka: a real broker, or a fake cluster of several whose leaders move when they are told to.
 *
 * Both are installed by their scripts, which takes Java and Maven, and Go; `kcat` judges.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type Admin, Kafka, logLevel } from 'kafkajs'
import { freePort, freePorts } from './free-port.ts'
import { Server } from './server.ts'

const has = (command: string, ...args: string[]): boolean => spawnSync(command, args).status === 0

/** What there is none of here; empty when all is there. */
export const kafkaMissing: string = [
  has('java', '-version') && has('mvn', '--version') ? '' : 'Java and Maven',
  has('kcat', '-V') ? '' : 'kcat',
]
  .filter((name) => name !== '')
  .join(', ')
export const fakeKafkaMissing: string = [has('go', 'version') ? '' : 'Go 1.26', has('kcat', '-V') ? '' : 'kcat']
  .filter((name) => name !== '')
  .join(', ')

/** One broker. */
export class KafkaServer extends Server {
  readonly brokers: string

  static async start(): Promise<KafkaServer> {
    const [port] = await freePorts(3)
    return new KafkaServer(port!)
  }

  protected constructor(port: number, env: Readonly<Record<string, string>> = {}) {
    super({ script: 'kafka.sh', args: [String(port)], env })
    this.brokers = `127.0.0.1:${port}`
  }
}

/** One that also listens for TLS and SASL. PLAIN takes `skein` and `hush`. */
export class SecureKafka extends KafkaServer {
  readonly securedBrokers: string
  /** Of its certificate, PEM. */
  readonly ca: string

  /** `directory`: for key and certificate. */
  static async startIn(directory: string): Promise<SecureKafka> {
    const [port] = await freePorts(3)
    const [key, ca, both] = ['key.pem', 'ca.pem', 'both.pem'].map((name) => join(directory, name)) as [
      string,
      string,
      string,
    ]
    const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
    const request = [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      key,
      '-out',
      ca,
      '-days',
      '2',
      ...names,
    ]
    execFileSync('openssl', request, { stdio: 'ignore' })
    writeFileSync(both, readFileSync(key, 'utf8') + readFileSync(ca, 'utf8'))
    return new SecureKafka(port!, both, ca)
  }

  private constructor(port: number, both: string, ca: string) {
    super(port, { SECURE: both })
    this.securedBrokers = `127.0.0.1:${port + 2}`
    this.ca = ca
  }

  /** Makes an account for SCRAM, with the broker's own tool. */
  addUser(mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-512', name: string, password: string): void {
    const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'skein')
    const jars = globSync(join(cache, 'kafka-*/lib/*.jar')).join(':')
    const what = [
      '--alter',
      '--add-config',
      `${mechanism}=[password=${password}]`,
      '--entity-type',
      'users',
      '--entity-name',
      name,
    ]
    const java = [
      '-XX:TieredStopAtLevel=1',
      '-cp',
      jars,
      'kafka.admin.ConfigCommand',
      '--bootstrap-server',
      this.brokers,
    ]
    execFileSync('java', [...java, ...what], { stdio: 'ignore' })
  }
}

/** Several brokers in one process. */
export class FakeKafka extends Server {
  readonly brokers: string
  readonly #control: string

  static async start(count: number): Promise<FakeKafka> {
    const ports = await Promise.all(Array.from({ length: count }, () => freePort()))
    return new FakeKafka(ports, await freePort())
  }

  private constructor(ports: readonly number[], control: number) {
    super({ script: 'kfake.sh', args: [ports.join(','), String(control)] })
    this.brokers = ports.map((port) => `127.0.0.1:${port}`).join(',')
    this.#control = `http://127.0.0.1:${control}`
  }

  async moveLeaders(): Promise<void> {
    await fetch(`${this.#control}/shuffle-leaders`)
  }

  /** Requests of these kinds are answered with an error, `count` times. */
  async fail(fault: { keys: number[]; err: string; count: number; topic?: string; txn?: string }): Promise<void> {
    const response = await fetch(`${this.#control}/fault`, { method: 'POST', body: JSON.stringify(fault) })
    if (!response.ok) throw new Error(await response.text())
  }
}

export interface Consumed {
  readonly partition: number
  readonly offset: number
  readonly key: string
  readonly value: string | null
}

/** All that a consumer sees of a topic that reads what is committed, as librdkafka has it. */
export function consumeAll(brokers: string, topic: string): Consumed[] {
  const format = '%p %o %k %S %s\n'
  const out = execFileSync('kcat', ['-q', '-b', brokers, '-C', '-t', topic, '-o', 'beginning', '-e', '-f', format], {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    stdio: 'pipe',
  })
  const lines = out.split('\n').slice(0, -1)
  return lines.map((line) => {
    const [, partition, offset, key, size, value] = /^(\d+) (\d+) (\S*) (-?\d+) (.*)$/.exec(line)!
    return { partition: Number(partition), offset: Number(offset), key: key!, value: size === '-1' ? null : value! }
  })
}

export async function withAdmin<T>({ brokers }: { brokers: string }, task: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    return await task(admin)
  } finally {
    await admin.disconnect()
  }
}

export interface Written {
  readonly key?: string
  readonly value: string | null
}

export async function makeTopic(server: { brokers: string }, topic: string, numPartitions = 6): Promise<void> {
  await withAdmin(server, (admin) => admin.createTopics({ topics: [{ topic, numPartitions }] }))
}

/** To a topic that is there. */
export async function writeTo(
  { brokers }: { brokers: string },
  topic: string,
  messages: readonly Written[],
): Promise<void> {
  const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING })
  const producer = kafka.producer({ idempotent: true })
  await producer.connect()
  for (let at = 0; at < messages.length; at += 5000)
    await producer.send({ topic, messages: messages.slice(at, at + 5000).map((one) => ({ ...one })) })
  await producer.disconnect()
}
