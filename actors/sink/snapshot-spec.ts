/** What the snapshot sink says of itself. */
import { z } from 'zod'
import { bytes, defineComponent, duration } from '../../engine/config/spec.ts'

export const snapshotSpec = defineComponent({
  kind: 'snapshot',
  stage: 'sink',
  module: new URL('./snapshot.ts', import.meta.url).href,
  summary:
    'Writes down from time to time what the log comes down to, so that starts are quick and old log files can go.',
  deliveryGuarantees:
    'A snapshot stands for the log up to one barrier, exactly. It appears whole or not at all; two are kept, and the log ' +
    'behind them.',
  options: z.strictObject({
    interval: duration({ min: '1s' })
      .default(60_000)
      .describe('At most how long until the next snapshot, if there is news.'),
    every: bytes({ min: '1MiB' })
      .default(256 * 2 ** 20)
      .describe('After how much more log a snapshot is due, however little time has passed.'),
  }),
  example: 'interval: 1m\nevery: 256MiB\n',
})
