/**
 * The client that is used unless another is asked for: kafkajs.
 *
 * kafkajs sends a batch to each leader at once and may leave out a partition whose leader moves meanwhile, saying nothing
 * (2.2.4, `sendMessages`: only brokers that have not answered are asked again). So each answer is held against what was sent.
 */
import { randomUUID } from 'node:crypto'
import {
  type Admin,
  CompressionTypes,
  type ITopicConfig,
  type Kafka,
  type Producer,
  type RecordMetadata,
} from 'kafkajs'
import type { WorkerLog } from '../../../engine/ops/worker-log.ts'
import { kafkaFor } from '../../kafka/connection.ts'
import type { KafkaConnection } from '../../kafka/connection-spec.ts'
import { OutletFailure } from '../forward/outlet.ts'
import type { KafkaClient, KafkaRecord, KafkaRequest, Opened, TopicRequest, TopicShape } from './client.ts'
import { type KafkaPlace, parsePlace } from './place.ts'

export interface WantedTopic {
  readonly name: string
  readonly partitions: number
  readonly replicas: number | null
  readonly config: Readonly<Record<string, string>>
}

export interface KafkaJsOptions extends KafkaConnection {
  /** Names the log and the sink, for ever: who sends, and whose place it is. */
  readonly id: string
  readonly isTransactional: boolean
  /**
   * Each partition is sent to on its own: slower, but when the leader of one moves the others need not be sent again. Always so
   * without transactions, where that would double them.
   */
  readonly isApart: boolean
  readonly compression: 'none' | 'gzip'
  readonly topics: readonly WantedTopic[]
  readonly offsetsTopic: string
}

/** The broker ends a transaction that has not ended by then. */
const TRANSACTION_TIMEOUT_MS = 60_000
/** So many times a request is made again before the whole is begun anew. */
const RETRY = { retries: 8, initialRetryTime: 20, maxRetryTime: 2000 }
const DEFAULT_MOST_BYTES = 1_048_588
/** What a batch has around its records, generously. */
const BATCH_OVERHEAD_BYTES = 1024
/** How far back the place is looked for first; and by how many times farther then. */
const LOOK_BACK = 2000
const FARTHER = 16
const READ_WAIT_MS = 100
const READ_TIMEOUT_MS = 60_000

const OFFSETS_CONFIG = {
  'cleanup.policy': 'compact',
  'segment.ms': '3600000',
  'min.cleanable.dirty.ratio': '0.1',
}

export class KafkaJsClient implements KafkaClient {
  readonly #options: KafkaJsOptions
  readonly #kafka: Kafka
  readonly #admin: Admin
  readonly #producer: Producer

  constructor(options: KafkaJsOptions, log: WorkerLog) {
    const { id, isTransactional } = options
    this.#options = options
    this.#kafka = kafkaFor(options, RETRY, log)
    this.#admin = this.#kafka.admin()
    this.#producer = this.#kafka.producer({
      allowAutoTopicCreation: false,
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition!,
      idempotent: true,
      maxInFlightRequests: 1,
      ...(isTransactional && { transactionalId: id, transactionTimeout: TRANSACTION_TIMEOUT_MS }),
    })
  }

  open(): Promise<Opened> {
    return failing(() => this.#open())
  }

  send(requests: readonly KafkaRequest[], place: KafkaPlace): Promise<void> {
    return failing(() => this.#send(requests, place))
  }

  addTopic(name: string): Promise<TopicShape> {
    return failing(() => this.#addTopic(name))
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#producer.disconnect(), this.#admin.disconnect()])
  }

  async #open(): Promise<Opened> {
    await this.#admin.connect()
    await this.#makeTopics()
    const topics = await this.#shapes(this.#options.topics.map(({ name }) => name))
    await this.#producer.connect()
    return { place: await this.#readBack(), topics }
  }

  async #send(requests: readonly KafkaRequest[], place: KafkaPlace): Promise<void> {
    const { id, offsetsTopic } = this.#options
    const kept = { topic: offsetsTopic, messages: [record(id, JSON.stringify(place))] }
    const last = requests.at(-1)
    // Without a transaction the place goes out when all else is there.
    if (last === undefined || !this.#options.isTransactional) await this.#whole([...requests, [kept]])
    else await this.#whole([...requests.slice(0, -1), [...last, kept]])
  }

  async #addTopic(name: string): Promise<TopicShape> {
    await this.#make([{ topic: name, numPartitions: 1, replicationFactor: -1 }])
    return (await this.#shapes([name])).get(name)!
  }

  async #makeTopics(): Promise<void> {
    const { topics, offsetsTopic } = this.#options
    const wanted: WantedTopic[] = [
      ...topics,
      { name: offsetsTopic, partitions: 1, replicas: null, config: OFFSETS_CONFIG },
    ]
    const there = new Set(await this.#admin.listTopics())
    await this.#make(
      wanted
        .filter(({ name }) => !there.has(name))
        .map(({ name, partitions, replicas, config }) => ({
          topic: name,
          numPartitions: partitions,
          replicationFactor: replicas ?? -1,
          configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
        })),
    )
  }

  async #make(topics: ITopicConfig[]): Promise<void> {
    if (topics.length > 0) await this.#admin.createTopics({ topics, waitForLeaders: true })
  }

  async #shapes(names: readonly string[]): Promise<Map<string, TopicShape>> {
    const { topics } = await this.#admin.fetchTopicMetadata({ topics: [...names] })
    const { resources } = await this.#admin.describeConfigs({
      includeSynonyms: false,
      resources: names.map((name) => ({ type: 2, name, configNames: ['max.message.bytes'] })), // 2: a topic
    })
    const most = new Map(
      resources.map(({ resourceName, configEntries }) => [resourceName, Number(configEntries[0]?.configValue)]),
    )
    return new Map(
      topics.map(({ name, partitions }) => {
        const mostBytes = (most.get(name) || DEFAULT_MOST_BYTES) - BATCH_OVERHEAD_BYTES
        return [name, { partitions: partitions.length, mostBytes }]
      }),
    )
  }

  /** All of it, in order; in one transaction where there are such. Returns where the last of it is. */
  async #whole(requests: readonly KafkaRequest[]): Promise<RecordMetadata[]> {
    const { isTransactional, isApart } = this.#options
    const sender = isTransactional ? await this.#producer.transaction() : this.#producer
    let answer: RecordMetadata[] = []
    for (const request of requests) {
      const parts = isApart || !isTransactional ? partsOf(request).map((part) => [part]) : [request]
      answer = (await Promise.all(parts.map((part) => this.#sendTo(sender, part)))).flat()
    }
    if ('commit' in sender) await sender.commit()
    return answer
  }

  async #sendTo(sender: Pick<Producer, 'sendBatch'>, request: KafkaRequest): Promise<RecordMetadata[]> {
    const answer = await sender.sendBatch({
      acks: -1,
      compression: this.#options.compression === 'gzip' ? CompressionTypes.GZIP : CompressionTypes.None,
      topicMessages: request.map(({ topic, messages }) => ({ topic, messages: [...messages] })),
    })
    checkAnswer(request, answer)
    return answer
  }

  /**
   * Shuts out whoever sent before, and reads the newest place. A record of this client's own is sent first, as all that others
   * may have sent is before it or will never be seen: with it the topic has been read to the end.
   */
  async #readBack(): Promise<KafkaPlace | null> {
    const { id, offsetsTopic } = this.#options
    const run = randomUUID()
    const [answer] = await this.#whole([[{ topic: offsetsTopic, messages: [record(`${id} opened`, run)] }]])
    const end = Number(answer!.baseOffset)
    const consumer = this.#kafka.consumer({
      groupId: `${id}-${run}`,
      allowAutoTopicCreation: false,
      maxWaitTimeInMs: READ_WAIT_MS, // so long it also takes to disconnect
    })
    const found = Promise.withResolvers<KafkaPlace | null>()
    const timer = setTimeout(
      () => found.reject(new OutletFailure(`${offsetsTopic} could not be read in time`)),
      READ_TIMEOUT_MS,
    )
    try {
      await consumer.connect()
      await consumer.subscribe({ topic: offsetsTopic })
      let back = LOOK_BACK
      let place: KafkaPlace | null = null
      const lookFrom = (offset: number) => consumer.seek({ topic: offsetsTopic, partition: 0, offset: String(offset) })
      await consumer.run({
        autoCommit: false,
        eachMessage: async ({ message: { key, value, offset } }) => {
          if (String(key) === id && value !== null) place = parsePlace(String(value)) ?? place
          if (Number(offset) !== end) return
          if (place !== null || back >= end) found.resolve(place)
          else lookFrom(Math.max(0, end - (back *= FARTHER)))
        },
      })
      consumer.on(consumer.events.CRASH, ({ payload }) => found.reject(payload.error))
      // When the leader moves kafkajs joins again, and goes on at the end.
      consumer.on(consumer.events.GROUP_JOIN, () => lookFrom(Math.max(0, end - back)))
      lookFrom(Math.max(0, end - back))
      return await found.promise
    } finally {
      clearTimeout(timer)
      await consumer.disconnect().catch(() => undefined)
      await this.#admin.deleteGroups([`${id}-${run}`]).catch(() => undefined) // it goes by itself, later
    }
  }
}

/** What kafkajs throws is a `OutletFailure`, and nothing else is. */
async function failing<T>(task: () => Promise<T>): Promise<T> {
  try {
    return await task()
  } catch (error) {
    const isKafkas = error instanceof Error && error.name.startsWith('KafkaJS') // its classes cannot be imported by name
    throw isKafkas ? new OutletFailure(error.message, { cause: error }) : error
  }
}

function record(key: string, value: string): KafkaRecord {
  return { key, value, partition: 0, timestamp: String(Date.now()) }
}

function partsOf(request: KafkaRequest): TopicRequest[] {
  return request.flatMap(({ topic, messages }) =>
    Array.from(Map.groupBy(messages, ({ partition }) => partition).values(), (part) => ({ topic, messages: part })),
  )
}

/** Throws unless each partition that was sent to has answered. */
function checkAnswer(sent: readonly TopicRequest[], answer: readonly RecordMetadata[]): void {
  const answered = new Set(answer.map(({ topicName, partition }) => `${topicName} ${partition}`))
  for (const { topic, messages } of sent) {
    for (const { partition } of messages) {
      if (!answered.has(`${topic} ${partition}`))
        throw new OutletFailure(`partition ${partition} of ${topic} was not sent to: its leader moved`)
    }
  }
}
