/**
 * The kafka sink: a log reader that sends topics to Kafka.
 *
 * Guarantee: each record exactly once, in the order of the log for each key, for consumers that read what is committed; at
 * least once without transactions.
 */
import { unpackSecrets } from '../../../engine/config/secret.ts'
import { logIdOf, makeCommittedState, newestSnapshot, type ReaderOffset } from '../../../engine/log/index.ts'
import { type ActorContext, defineActor } from '../../../engine/runtime/actor.ts'
import { sourcesIn } from '../../../schemas/topic-sources.ts'
import { topicsOf } from '../../../schemas/topics.ts'
import { Forwarder } from '../forward/forwarder.ts'
import type { Outlet } from '../forward/outlet.ts'
import { register } from './avro.ts'
import { KafkaBatch } from './batch.ts'
import type { KafkaClient, TopicShape } from './client.ts'
import { KafkaJsClient } from './kafkajs-client.ts'
import type { KafkaPlace } from './place.ts'
import { type Route, routesTo, wantedTopics } from './routes.ts'
import type { KafkaSettings } from './spec.ts'

export interface KafkaOptions {
  /** `KafkaSettings`, packed. */
  readonly settings: unknown
}

/** After a failure, such as that of a leader that moves, others are expected for so long. */
const APART_MS = 60_000

class KafkaOutlet implements Outlet<KafkaBatch> {
  readonly #context: ActorContext<KafkaOptions>
  readonly #routes: readonly Route[]
  readonly #registry: KafkaSettings['schemaRegistry']
  readonly #client: KafkaClient
  readonly #shapes = new Map<string, TopicShape>()
  #place: KafkaPlace | null = null

  constructor(
    context: ActorContext<KafkaOptions>,
    routes: readonly Route[],
    registry: KafkaSettings['schemaRegistry'],
    client: KafkaClient,
  ) {
    this.#context = context
    this.#registry = registry
    this.#routes = routes
    this.#client = client
  }

  async open(): Promise<ReaderOffset | null> {
    for (const { avro, name } of this.#routes) if (avro !== null) await register(avro, name, this.#registry!)
    const { place, topics } = await this.#client.open()
    for (const [topic, shape] of topics) this.#shapes.set(topic, shape)
    this.#place = place
    return place
  }

  /** What compacted topics that begin late would have of what is gone from the log. */
  first(position: number): KafkaBatch {
    const fresh = this.#routes.filter(
      ({ topic, name }) => topic.kind === 'compacted' && !this.#place?.topics.includes(name),
    )
    if (position === 0 || fresh.length === 0) return this.newBatch()
    const { directory, log, committed } = this.#context
    const snapshot = newestSnapshot(directory, {
      logId: logIdOf(directory)!,
      atMost: committed.read(makeCommittedState()).position,
      onUnusable: (error) => log.warn('a snapshot is passed over', { error }),
    })
    const batch = this.newBatch()
    snapshot?.forEachRow((frame) => batch.takeFor(fresh, frame))
    snapshot?.close()
    return batch
  }

  newBatch(): KafkaBatch {
    return new KafkaBatch(this.#routes, this.#shapes)
  }

  async send(batch: KafkaBatch, { position, frames }: ReaderOffset): Promise<void> {
    const requests = await batch.requests((topic) => this.#shapeOf(topic))
    await this.#client.send(requests, { position, frames, topics: this.#routes.map(({ name }) => name) })
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  async #shapeOf(topic: string): Promise<TopicShape> {
    const shape = this.#shapes.get(topic) ?? (await this.#client.addTopic(topic))
    this.#shapes.set(topic, shape)
    return shape
  }
}

function setup(context: ActorContext<KafkaOptions>): Forwarder<KafkaBatch> {
  const { directory, name, log, options } = context
  const settings = unpackSecrets(options.settings) as KafkaSettings
  const { brokers, topics, delivery, offsets, batch, linger } = settings
  const routes = routesTo(topicsOf(sourcesIn(directory)), topics)
  return new Forwarder(context, { target: brokers, mostBytes: batch, lingerMs: linger }, (sinceFailureMs) => {
    const client = {
      ...settings,
      id: `skein-${logIdOf(directory)}-${name}`,
      isTransactional: delivery === 'exactly-once',
      isApart: sinceFailureMs < APART_MS,
      topics: wantedTopics(routes, topics),
      offsetsTopic: offsets,
    }
    return new KafkaOutlet(context, routes, settings.schemaRegistry, new KafkaJsClient(client, log))
  })
}

export default defineActor<KafkaOptions>({ kind: 'kafka', blocking: false, setup })
