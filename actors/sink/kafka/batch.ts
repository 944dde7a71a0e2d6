/** What goes to Kafka in one transaction: records, and what topics do not take, with the place behind it. */
import type { Frame } from '../../../engine/records/index.ts'
import type { KafkaRequest, TopicShape } from './client.ts'
import { Outgoing } from './outgoing.ts'
import { type Refused, refusal } from './refused.ts'
import type { Route } from './routes.ts'

export class Batch {
  /** `performance.now()` when its first record came; infinite before. */
  beganMs = Number.POSITIVE_INFINITY
  readonly #outgoing = new Outgoing()
  readonly #refused: Refused[] = []

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
  take(frame: Frame, routes: readonly Route[], shapes: ReadonlyMap<string, TopicShape>): void {
    for (const { topic, name } of routes) {
      if (!topic.matches(frame)) continue
      const key = topic.key(frame)
      const value = topic.value(frame)
      const text = value === null ? null : JSON.stringify(value)
      if (!this.#outgoing.add(name, shapes.get(name)!, key, text, frame.ingested))
        this.#refused.push({ topic: name, key, value: text!, offset: frame.sequence, refusedMs: Date.now() })
      if (this.beganMs === Number.POSITIVE_INFINITY) this.beganMs = performance.now()
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
