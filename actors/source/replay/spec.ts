/** What the `replay` source says of itself. */
import { z } from 'zod'
import { bytes, defineComponent, path } from '../../../engine/config/spec.ts'
import { FORMATS } from '../decode/formats.ts'

export const replaySpec = defineComponent({
  kind: 'replay',
  stage: 'source',
  module: new URL('./replay.ts', import.meta.url).href,
  summary: 'Replays recorded files: JSONL of envelopes or of captured API bodies, or single bodies; plain or gzip.',
  deliveryGuarantees:
    'Exactly once: after a stop or a crash it goes on behind the last commit. A file that was replayed to its end adds nothing when it is named again.',
  options: z.strictObject({
    files: z
      .array(path())
      .min(1)
      .describe('The recordings, in the order in which they are replayed, on one running clock.'),
    format: z
      .enum(['auto', ...FORMATS])
      .default('auto')
      .describe('What the bodies are; `auto` tells by the first one.'),
    speed: z.number().min(0).max(100_000).default(1).describe('Times real time; 0 for as fast as it goes.'),
    loop: z
      .boolean()
      .default(false)
      .describe('Whether to begin again at the end, every time moved on by the length of the laps so far.'),
    maxBody: bytes({ min: '1kB' })
      .default(64_000_000)
      .describe('The longest line or document; a longer one is a dead letter.'),
  }),
  example: 'files: [fixtures/opensky_nyc_sample.jsonl]\nspeed: 1\nloop: true\n',
})
