/** What the mongo sink says of itself. */
import { z } from 'zod'
import { bytes, defineComponent, duration, type Secret, secret } from '../../../engine/config/spec.ts'
import { documentKeys } from '../document-keys.ts'

export const DEFAULT_URI = 'mongodb://127.0.0.1:27017'

const options = z.strictObject({
  uri: secret()
    .refine(
      (uri) => /^mongodb(\+srv)?:\/\//.test((uri as Secret).reveal()),
      'must be an address such as mongodb://name:password@host:27017',
    )
    .optional()
    .describe(`Where it is, and who comes: \`mongodb://…\` or \`mongodb+srv://…\`; \`${DEFAULT_URI}\` unless given.`),
  db: z
    .string()
    .regex(/^[\w-]{1,63}$/)
    .default('kafka_events_db')
    .describe('The database.'),
  sources: z
    .array(z.string().max(120))
    .default([])
    .describe('Events of these sources alone; of all when none has a name.'),
  keys: documentKeys(),
  batch: bytes({ min: '16KB', max: '64MB' })
    .default(2 << 20)
    .describe('So much is written at once.'),
  linger: duration({ min: '0ms', max: '60s' })
    .default(50)
    .describe('… or what has come until its first event has waited so long.'),
  timeout: duration({ min: '1s', max: '300s' })
    .default(30_000)
    .describe('A write that takes longer has failed, and is done again.'),
})

export type MongoSettings = z.output<typeof options>

export const mongoSpec = defineComponent({
  kind: 'mongo',
  stage: 'sink',
  module: new URL('./mongo.ts', import.meta.url).href,
  summary: 'Keeps events in MongoDB: a collection for each source, a document for each key.',
  deliveryGuarantees:
    'Each event exactly once: a document says from which place in the log it is, and is only replaced by a later one, so that ' +
    'what is written again after a failure changes nothing. Writes are acknowledged by a majority. What has not been written ' +
    'is kept in the log, within the disk budget.',
  options,
  example: 'uri: { file: /run/secrets/mongodb-uri }\nkeys: { adsbdb: [mode_s, registration, event_timestamp] }\n',
})
