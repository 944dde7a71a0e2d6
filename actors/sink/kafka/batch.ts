/** What goes to Kafka in one transaction: records, and what topics do not take, with the place behind it. */
import type { Frame } from '../../../engine/records/index.ts'
import type { Batch } from '../forward/outlet.ts'
import type { KafkaRequest, TopicShape } from './client.ts'
import { Outgoing } from './outgoing.ts'
import { type Refused, refusal } from './refused.ts'
import type { Route } from './routes.ts'

export class KafkaBatch implements Batch {
  readonly #routes: readonly Route[]
  readonly #shapes: ReadonlyMap<string, TopicShape>
  readonly #outgoing = new Outgoing()
  readonly #refused: Refused[] = []

  constructor(routes: readonly Route[], shapes: ReadonlyMap<string, TopicShape>) {
    this.#routes = routes
    this.#shapes = shapes
  }

  get records(): number {
    return this.#outgoing.records
  }

  get refused(): number {
    return this.#refused.length
  }

  get bytes(): number {
    return this.#outgoing.bytes
  }

  /** All that is to be sent of a frame. */
  take(frame: Frame): void {
    this.takeFor(this.#routes, frame)
  }

  takeFor(routes: readonly Route[], frame: Frame): void {
    for (const { topic, name, avro } of routes) {
      if (!topic.matches(frame)) continue
      const key = topic.key(frame)
      const value = avro?.encode(frame) ?? topic.json?.(frame) ?? textOf(topic.value(frame))
      if (!this.#outgoing.add(name, this.#shapes.get(name)!, key, value, frame.ingested))
        this.#refused.push({ topic: name, key, value: value!, offset: frame.sequence, refusedMs: Date.now() })
    }
  }

  /** `shapeOf` a topic of dead letters makes it, if need be. */
  async requests(shapeOf: (topic: string) => Promise<TopicShape>): Promise<readonly KafkaRequest[]> {
    for (const one of this.#refused) {
      const name = `${one.topic}.dlq`
      const { refusedMs } = one
      this.#outgoing.add(name, await shapeOf(name), one.topic, JSON.stringify(refusal(one)), refusedMs)
    }
    return this.#outgoing.requests()
  }
}

function textOf(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value)
}
