/** Which frames go to which topic in Kafka, and what becomes of them there. */
import type { Topic } from '../../../engine/log/index.ts'
import { AvroEncoder } from './avro.ts'
import type { WantedTopic } from './kafkajs-client.ts'
import type { KafkaSettings, KafkaTopicSettings } from './spec.ts'

export interface Route {
  readonly topic: Topic<unknown>
  /** In Kafka. */
  readonly name: string
  /** Of one whose values are Avro. */
  readonly avro: AvroEncoder | null
}

export function routesTo(topics: readonly Topic<unknown>[], settings: KafkaSettings['topics']): Route[] {
  return topics.flatMap((topic) => {
    const own = settings[topic.name as keyof typeof settings]
    if (own === undefined) return []
    const avro = own.format === 'avro' ? new AvroEncoder(topic.avro!) : null
    return [{ topic, name: own.name ?? topic.name, avro }]
  })
}

/** How the topics are to be made, if they are not there. */
export function wantedTopics(routes: readonly Route[], settings: KafkaSettings['topics']): WantedTopic[] {
  return routes.map(({ topic, name }) => {
    const { partitions, replicas, keep } = settings[topic.name as keyof typeof settings] as KafkaTopicSettings
    return {
      name,
      partitions,
      replicas: replicas ?? null,
      config: {
        'cleanup.policy': topic.kind === 'compacted' ? 'compact' : 'delete',
        ...(keep !== undefined && { 'retention.ms': String(keep) }),
      },
    }
  })
}
