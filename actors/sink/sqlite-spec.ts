/** What the sqlite sink says of itself. */
import { z } from 'zod'
import { defineComponent, duration, path } from '../../engine/config/spec.ts'
import { documentKeys } from './document-keys.ts'

export const sqliteSpec = defineComponent({
  kind: 'sqlite',
  stage: 'sink',
  module: new URL('./sqlite.ts', import.meta.url).href,
  summary:
    'Keeps the history of flights, and events, in an SQLite database, for questions: where was this aircraft, and when; what was told of this.',
  deliveryGuarantees:
    'Exactly once: rows and the place in the log up to which they go are written in one transaction. The log is kept until ' +
    'it is taken, within the disk budget. The file can be deleted at any time: it is made again from what the log still holds.',
  options: z.strictObject({
    file: path().optional().describe('The database; `history.sqlite` beside the log unless given.'),
    keys: documentKeys(),
    interval: duration({ min: '50ms', max: '60s' })
      .default(1000)
      .describe('At most how long an accepted record waits for its transaction.'),
    keep: duration({ min: '1d' })
      .default(7 * 86_400_000)
      .describe('Whole days before this, and events, are deleted, counted on the stream clock.'),
  }),
  example: 'interval: 1s\nkeep: 7d\n',
})
