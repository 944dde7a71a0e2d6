/** What the kafka sink says of itself. */
import { z } from 'zod'
import { bytes, defineComponent, duration } from '../../../engine/config/spec.ts'
import { connectionOptions, topicName } from '../../kafka/connection-spec.ts'

const topic = z.strictObject({
  name: topicName().optional().describe('Its name in Kafka; the same unless given.'),
  partitions: z.int().min(1).max(1000).default(6).describe('How many it gets, where it is made.'),
  replicas: z
    .int()
    .min(1)
    .max(9)
    .optional()
    .describe('… and on how many brokers each; as the brokers say unless given.'),
  keep: duration({ min: '1h' }).optional().describe('… and for how long; as the brokers say unless given.'),
})

export type KafkaTopicSettings = z.output<typeof topic>

/** By their names here. */
export const FORWARDED = [
  'adsb_raw',
  'flights.state',
  'flights.updates',
  'events.raw',
  'market.quotes',
  'traffic-raw',
  'adsb_raw.dlq',
] as const

const options = z.strictObject({
  ...connectionOptions,
  topics: z
    .partialRecord(z.enum(FORWARDED), topic.prefault({}))
    .refine((topics) => Object.keys(topics).length > 0, 'must name a topic')
    .describe('What is sent.'),
  offsets: topicName()
    .default('skein.offsets')
    .describe('The topic in which it is kept how far the log has been sent.'),
  delivery: z
    .enum(['exactly-once', 'at-least-once'])
    .default('exactly-once')
    .describe(
      'In transactions, seen whole or not at all by consumers that read what is committed; or without, and some twice after a failure.',
    ),
  compression: z.enum(['none', 'gzip']).default('none').describe('Of what is sent.'),
  batch: bytes({ min: '16KB', max: '64MB' })
    .default(4 << 20)
    .describe('A transaction is ended at this size.'),
  linger: duration({ min: '0ms', max: '60s' }).default(50).describe('… or when its first record has waited so long.'),
})

export type KafkaSettings = z.output<typeof options>

export const kafkaSpec = defineComponent({
  kind: 'kafka',
  stage: 'sink',
  module: new URL('./kafka.ts', import.meta.url).href,
  summary: 'Sends topics to Kafka.',
  deliveryGuarantees:
    'Exactly once, for consumers that read what is committed: records and the place in the log up to which they go are one ' +
    'transaction; after any failure that place is read back. Records of a key stay in order. Or at least once. What has not ' +
    'been sent is kept in the log, within the disk budget.',
  options,
  example: 'brokers: 127.0.0.1:9092\ntopics: { flights.state: {}, flights.updates: { partitions: 12 } }\n',
})
