/** What the dedupe says of itself. */
import { z } from 'zod'
import { defineComponent, duration } from '../../engine/config/spec.ts'

export const dedupeSpec = defineComponent({
  kind: 'dedupe',
  stage: 'dedupe',
  module: new URL('./dedupe.ts', import.meta.url).href,
  summary: 'Drops observations that bring no news, and notices what has gone silent.',
  deliveryGuarantees: 'For one key, accepted times never decrease. Duplicates and late records stay in the log.',
  options: z.strictObject({
    lanes: z
      .int()
      .min(1)
      .max(64)
      .default(1)
      .describe('How many threads share the keys. The log is the same for any number.'),
    admit: z
      .enum(['news', 'first'])
      .default('news')
      .describe('`news`: whatever is newer by the tolerance. `first`: at most one record per key and window.'),
    tolerance: duration().default(250).describe('Times closer than this are the same moment.'),
    window: duration().default(5000).describe('For `first`: how long after an accepted record the next may be.'),
    staleAfter: duration({ min: '1s' })
      .default(60_000)
      .describe('How long after its last mention an aircraft is gone, on the stream clock.'),
    forgetAfter: duration({ min: '1s' })
      .default(7 * 86_400_000)
      .describe(
        'How long after its last mention any other key is forgotten: longer than its source takes from poll to poll.',
      ),
    capacity: z
      .int()
      .min(1)
      .max(100_000_000)
      .default(200_000)
      .describe('Keys per lane. A new key beyond them is a dead letter.'),
  }),
  example: 'admit: news\ntolerance: 250ms\nstaleAfter: 60s\n',
})
