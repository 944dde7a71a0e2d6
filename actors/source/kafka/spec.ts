/** What the kafka source says of itself. */
import { z } from 'zod'
import { defineComponent, duration } from '../../../engine/config/spec.ts'
import { connectionOptions, topicName } from '../../kafka/connection-spec.ts'
import { FORMATS } from '../decode/formats.ts'
import { mapSpec } from '../decode/mapped/index.ts'

/** More do not fit into what is kept of where it is. */
export const MOST_PARTITIONS = 1000

const options = z
  .strictObject({
    ...connectionOptions,
    topics: z.array(topicName()).min(1).max(100).describe('What is read.'),
    group: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe('The consumer group: its members share the partitions. Each record comes at least once.'),
    partitions: z
      .union([z.literal('all'), z.array(z.int().min(0).max(100_000)).min(1).max(MOST_PARTITIONS)])
      .optional()
      .describe(
        'Instead of `group`: which partitions of each topic are this one’s alone. Each record comes exactly once.',
      ),
    startAt: z
      .enum(['earliest', 'latest'])
      .default('earliest')
      .describe('Where to begin in a partition that was never read.'),
    format: z.enum(FORMATS).optional().describe('What the values are, where they are of a kind that Skein knows.'),
    map: mapSpec.optional().describe('What the values mean, where they are not.'),
    maxAge: duration({ min: '1s' })
      .optional()
      .describe('Messages that were written longer ago are left out and counted; none unless given.'),
    commitEvery: duration({ min: '100ms', max: '1h' })
      .default(5000)
      .describe('How often the group is told how far the log has come.'),
    sessionTimeout: duration({ min: '1s', max: '30m' })
      .default(30_000)
      .describe('A member of which the group hears nothing for so long has its partitions given to others.'),
    stalledAfter: duration({ min: '3s', max: '1h' })
      .default(60_000)
      .describe('A partition of which nothing comes for so long, though more was written to it, is connected to anew.'),
  })
  .superRefine(({ group, partitions, format, map }, context) => {
    const complain = (message: string, next: string) => context.addIssue({ code: 'custom', message, params: { next } })
    if ((group === undefined) === (partitions === undefined))
      complain(
        'must have either a group or partitions',
        'write `group: NAME` to share the partitions, or `partitions: all`',
      )
    if ((format === undefined) === (map === undefined))
      complain('must have either a format or a map', 'write `format: envelope` or one of its kind, or a `map`')
  })

export type KafkaSourceSettings = z.output<typeof options>

export const kafkaSourceSpec = defineComponent({
  kind: 'kafka',
  stage: 'source',
  module: new URL('./kafka.ts', import.meta.url).href,
  summary: 'Reads topics from Kafka.',
  deliveryGuarantees:
    'With partitions of its own, each record that is committed there exactly once: where it is stands in the log, not in Kafka. In a ' +
    'consumer group at least once, as partitions move between members; the group hears of what is in the log already.',
  options,
  example: 'brokers: 127.0.0.1:9092\ntopics: [flights.state]\npartitions: all\nformat: envelope\n',
})
