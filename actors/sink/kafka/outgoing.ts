/**
 * What is put together for one transaction: records by topic, in requests none of which has more for a partition than its
 * topic takes at once. Records of a key stay in order.
 */
import { Partitioners, type PartitionMetadata } from 'kafkajs'
import type { KafkaRecord, KafkaRequest, TopicShape } from './client.ts'

/** What a record takes beside key and value, at most. */
const RECORD_OVERHEAD_BYTES = 70

/** As Java's: murmur2 of the key. */
const partitioner = Partitioners.DefaultPartitioner()

const ANY_PARTITION = { partitionErrorCode: 0, leader: 0, replicas: [], isr: [] }

/** Of one topic in one request. */
interface Part {
  readonly messages: KafkaRecord[]
  /** By partition. */
  readonly bytes: number[]
}

export class Outgoing {
  bytes = 0
  records = 0
  readonly #requests: KafkaRequest[] = []
  readonly #parts = new Map<string, Part>()

  /** False, and it is not taken, when it is larger than its topic takes. */
  add(topic: string, shape: TopicShape, key: string, value: string | null, timestampMs: number): boolean {
    const size = RECORD_OVERHEAD_BYTES + Buffer.byteLength(key) + (value === null ? 0 : Buffer.byteLength(value))
    if (size > shape.mostBytes) return false
    const partition = partitionOf(key, shape.partitions)
    const inPart = this.#parts.get(topic)?.bytes[partition] ?? 0
    if (inPart + size > shape.mostBytes) this.#endRequest()
    const part = this.#partOf(topic)
    part.bytes[partition] = (part.bytes[partition] ?? 0) + size
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

  #partOf(topic: string): Part {
    let part = this.#parts.get(topic)
    if (part === undefined) this.#parts.set(topic, (part = { messages: [], bytes: [] }))
    return part
  }

  #endRequest(): void {
    if (this.#parts.size === 0) return
    this.#requests.push(Array.from(this.#parts, ([topic, { messages }]) => ({ topic, messages })))
    this.#parts.clear()
  }
}

/** By how many there are, what the partitioner wants to know of them. */
const metadata: PartitionMetadata[][] = []

function partitionOf(key: string, partitions: number): number {
  metadata[partitions] ??= Array.from({ length: partitions }, (_, partitionId) => ({ ...ANY_PARTITION, partitionId }))
  return partitioner({ topic: '', partitionMetadata: metadata[partitions], message: { key, value: null } })
}
