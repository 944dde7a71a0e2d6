/** What is counted of a kafka source, in shared memory: its thread writes, the metrics read. */
import { defineCounters } from '../../../engine/memory/counters.ts'

export const kafkaSourceCounters = defineCounters({
  counters: [
    'messages',
    'bytes',
    /** Messages that came again and were known. */
    'repeated',
    /** Messages that were gone from their topic before they were read. */
    'missed',
    /** Times that the brokers could not be reached, or something else was wrong with them. */
    'failures',
    /** Times that a partition had to be connected to anew because nothing came. */
    'stalls',
    /** Times that partitions were given out. */
    'joins',
    /** Times that the group was told how far the log has come. */
    'group_commits',
  ],
  gauges: ['partitions', 'lag_records'],
})

export type KafkaSourceCounters = ReturnType<typeof kafkaSourceCounters.attach>
