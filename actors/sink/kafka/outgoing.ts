/**
 * What is put together for one transaction: records by topic, in requests none of which has more for a partition than its
 * topic takes at once. Records of a key stay in order.
 */
import type { KafkaRecord, KafkaRequest, TopicShape } from './client.ts'
import { partitionOf } from './partition.ts'

/** What a record takes beside key and value, at most. */
const RECORD_OVERHEAD_BYTES = 70

/** kafkajs copies a partition's records once for each (2.2.4, `groupMessagesPerPartition`): more of them cost more each. */
const MOST_RECORDS = 1000

/** Of one topic in one request. */
interface Part {
  readonly messages: KafkaRecord[]
  /** By partition. */
  readonly bytes: number[]
  readonly records: number[]
}

export class Outgoing {
  bytes = 0
  records = 0
  readonly #requests: KafkaRequest[] = []
  readonly #parts = new Map<string, Part>()

  /** False, and it is not taken, when it is larger than its topic takes. */
  add(topic: string, shape: TopicShape, key: string, value: string | Buffer | null, timestampMs: number): boolean {
    const size = RECORD_OVERHEAD_BYTES + Buffer.byteLength(key) + (value === null ? 0 : bytesOf(value))
    if (size > shape.mostBytes) return false
    const partition = partitionOf(key, shape.partitions)
    let part = this.#partOf(topic, shape)
    if (part.bytes[partition]! + size > shape.mostBytes || part.records[partition] === MOST_RECORDS) {
      this.#endRequest()
      part = this.#partOf(topic, shape)
    }
    part.bytes[partition]! += size
    part.records[partition]!++
    part.messages.push({ key, value, partition, timestamp: String(timestampMs) })
    this.bytes += size
    this.records++
    return true
  }

  /** All of it, in order. */
  requests(): readonly KafkaRequest[] {
    this.#endRequest()
    return this.#requests
  }

  #partOf(topic: string, { partitions }: TopicShape): Part {
    let part = this.#parts.get(topic)
    if (part === undefined) {
      const none = () => new Array<number>(partitions).fill(0)
      this.#parts.set(topic, (part = { messages: [], bytes: none(), records: none() }))
    }
    return part
  }

  #endRequest(): void {
    if (this.#parts.size === 0) return
    this.#requests.push(Array.from(this.#parts, ([topic, { messages }]) => ({ topic, messages })))
    this.#parts.clear()
  }
}

const bytesOf = (value: string | Buffer): number =>
  typeof value === 'string' ? Buffer.byteLength(value) : value.length
