/**
 * What the kafka sink needs of a client library.
 *
 *   open ──► send, send, … ──► close            after any failure: close, and `open` a new one
 *
 * One rule for all failures, an unknown outcome included: who opens shuts out whoever sent with this id before, so that nothing
 * of theirs comes afterwards, and reads back how far they came.
 */
import type { KafkaPlace } from './place.ts'

export interface KafkaRecord {
  readonly key: string
  /** Null for a tombstone. */
  readonly value: string | Buffer | null
  readonly partition: number
  /** Epoch milliseconds. */
  readonly timestamp: string
}

export interface TopicRequest {
  readonly topic: string
  readonly messages: readonly KafkaRecord[]
}

/** What goes out in one request; those of a batch go one after the other. */
export type KafkaRequest = readonly TopicRequest[]

export interface TopicShape {
  readonly partitions: number
  /** A batch of records of one partition may have so many bytes. */
  readonly mostBytes: number
}

export interface Opened {
  /** How far the log has been sent; null when nothing has. */
  readonly place: KafkaPlace | null
  /** By name. */
  readonly topics: ReadonlyMap<string, TopicShape>
}

/** All throw `OutletFailure`. */
export interface KafkaClient {
  open(): Promise<Opened>
  /** Resolves when all of it, and the place, are on as many brokers as are to have it; else rejects, and it is not known how much is. */
  send(requests: readonly KafkaRequest[], place: KafkaPlace): Promise<void>
  /** Makes a topic that was not known when it was opened, with one partition. */
  addTopic(name: string): Promise<TopicShape>
  close(): Promise<void>
}
