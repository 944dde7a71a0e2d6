/** What the journal says of itself. */
import { z } from 'zod'
import { bytes, defineComponent, duration } from '../../engine/config/spec.ts'

export const journalSpec = defineComponent({
  kind: 'journal',
  stage: 'sink',
  module: new URL('./journal.ts', import.meta.url).href,
  summary: 'Puts every record on disk, in one order, and lets everything downstream see only what is there.',
  deliveryGuarantees: 'Exactly once on local disk: a commit is one batch, written and synced before anyone sees it.',
  options: z.strictObject({
    segment: bytes({ min: '64kB' })
      .default(64_000_000)
      .describe('A log file is sealed when the next commit would make it longer than this.'),
    retryDisk: duration({ min: '10ms' })
      .default(500)
      .describe('How long to wait before a commit is tried again that the disk refused.'),
  }),
  example: 'segment: 64MB\n',
})
