/** What the kafka sink says of itself. */
import { z } from 'zod'
import { bytes, defineComponent, duration, secret } from '../../../engine/config/spec.ts'
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
  format: z
    .enum(['json', 'avro'])
    .default('json')
    .describe('How values are written; Avro takes `schemaRegistry`, and is there for `traffic-raw`.'),
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

const schemaRegistry = z.strictObject({
  url: z
    .string()
    .refine(
      (text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ''),
      'must be an address that begins with https:// or http://',
    )
    .describe('Where it is, with its path: `http://127.0.0.1:8082`.'),
  username: secret().optional().describe('Who comes, where it asks.'),
  password: secret().optional().describe('… and the password.'),
  compatibility: z
    .enum(['BACKWARD', 'BACKWARD_TRANSITIVE', 'FORWARD', 'FORWARD_TRANSITIVE', 'FULL', 'FULL_TRANSITIVE', 'NONE'])
    .default('BACKWARD')
    .describe('What a later schema must be like, for a subject that is new there.'),
})

/** Topics whose values can be Avro. */
const WITH_AVRO: readonly string[] = ['traffic-raw']

const options = z
  .strictObject({
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
    schemaRegistry: schemaRegistry.optional().describe('Where the schemas of topics in Avro are registered.'),
    linger: duration({ min: '0ms', max: '60s' }).default(50).describe('… or when its first record has waited so long.'),
  })
  .superRefine(({ topics, schemaRegistry }, context) => {
    for (const [name, { format }] of Object.entries(topics)) {
      if (format !== 'avro') continue
      const path = ['topics', name, 'format']
      if (!WITH_AVRO.includes(name))
        context.addIssue({ code: 'custom', path, message: `${name} cannot be Avro`, params: { next: 'write json' } })
      else if (schemaRegistry === undefined)
        context.addIssue({
          code: 'custom',
          path,
          message: 'needs a schemaRegistry',
          params: { next: 'add schemaRegistry: { url: … }' },
        })
    }
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
