/** What the `deadLetters` source says of itself. */
import { z } from 'zod'
import { defineComponent } from '../../../engine/config/spec.ts'
import { DEAD_LETTER_REASONS, STAGES } from '../../../engine/records/index.ts'
import { FORMATS } from '../decode/formats.ts'

const some = <Schema extends z.ZodType>(value: Schema) => z.array(value).min(1).optional()

export const deadLettersSpec = defineComponent({
  kind: 'deadLetters',
  stage: 'source',
  module: new URL('./dead-letters.ts', import.meta.url).href,
  summary: 'Sends dead letters of the log again. `skein dlq replay` runs it; a configuration cannot.',
  deliveryGuarantees:
    'Each dead letter is sent once, whatever ends the process in the middle. One that is refused again is a new dead letter, for a later call. Of those with more than 64 KiB not all bytes were kept: they cannot be sent.',
  options: z.strictObject({
    where: z
      .strictObject({
        reason: some(z.enum(DEAD_LETTER_REASONS)).describe('Only those with one of these reasons.'),
        source: some(z.string()).describe('Only those of one of these sources, by name.'),
        stage: some(z.enum(STAGES)).describe('Only those that one of these stages refused.'),
        origin: some(z.string()).describe('Only those that came from one of these files or addresses.'),
      })
      .prefault({})
      .describe('Which ones; all unless given.'),
    format: z
      .enum(['auto', ...FORMATS])
      .default('auto')
      .describe('What their bytes are; `auto` tells by each one’s own.'),
    until: z.int().min(0).describe('Dead letters from this offset of the log on are left for a later call.'),
  }),
  example: 'where: {reason: [table_full]}\nuntil: 1043\n',
})
