/** What the shard says of itself. */
import { z } from 'zod'
import { defineComponent, duration } from '../../engine/config/spec.ts'

export const shardSpec = defineComponent({
  kind: 'shard',
  stage: 'shard',
  module: new URL('./shard.ts', import.meta.url).href,
  summary: 'Where all sources meet: numbers the records, finds their cells, sends each to the lane of its key.',
  deliveryGuarantees: 'One order: what it gives depends only on the records and their order.',
  options: z.strictObject({
    barrierInterval: duration()
      .default(20)
      .describe('At most how long a record waits before a commit covers it; the disk may take longer.'),
  }),
  example: 'barrierInterval: 20ms\n',
})
