/** A pipeline's schema with an option of every kind, as a composition root would put it together. */
import { z } from 'zod'
import {
  bytes,
  componentMap,
  defineComponent,
  duration,
  formatProblems,
  fraction,
  type LoadOptions,
  loadConfig,
  path,
  port,
  rate,
  secret,
} from '../../../engine/config/index.ts'

export const replay = defineComponent({
  kind: 'replay',
  stage: 'source',
  summary: 'Plays recorded files.',
  deliveryGuarantees: 'Each record of a file exactly once, also across restarts.',
  options: z.object({
    files: z.array(path()).min(1).describe('What to play, in this order.'),
    speed: z.number().min(0).max(1000).default(1).describe('Times real time; 0 is flat out.'),
    loop: z.boolean().default(false).describe('Whether to start over at the end.'),
    format: z.enum(['auto', 'envelope', 'opensky', 'readsb']).default('auto').describe('What the files hold.'),
  }),
  example: 'files: [recorded.jsonl]\nspeed: 10\n',
})

export const poll = defineComponent({
  kind: 'poll',
  stage: 'source',
  summary: 'Asks an HTTP API.',
  deliveryGuarantees: 'At most once.',
  options: z.object({
    url: z.string().min(1).describe('What to ask.'),
    every: duration({ min: '1s', max: '1h' }).default(10_000).describe('How often.'),
    limit: rate().optional().describe('What the provider allows.'),
    auth: z
      .discriminatedUnion('type', [
        z.object({ type: z.literal('none').describe('No authentication.') }),
        z.object({
          type: z.literal('basic').describe('Name and password.'),
          user: z.string().describe('The name.'),
          password: secret().describe('The password.'),
        }),
      ])
      .prefault({ type: 'none' })
      .describe('How to authenticate.'),
    token: secret().optional().describe('A bearer token.'),
    retries: z
      .union([z.literal('forever'), z.int().min(0)])
      .default(3)
      .describe('How often to try again.'),
    headers: z.record(z.string(), z.string()).default({}).describe('Sent with each request.'),
  }),
  example: `url: https://example.org/states\ntoken: \${API_TOKEN}\n`,
})

export const sqlite = defineComponent({
  kind: 'sqlite',
  stage: 'sink',
  summary: 'Keeps history in SQLite.',
  deliveryGuarantees: 'Exactly once.',
  options: z.object({ directory: path().prefault('./history').describe('Where the database is.') }),
  example: 'directory: ./history\n',
})

const retention = z.object({
  maxBytes: bytes({ min: '1MB' }).default(1e9).describe('Older segments go beyond this.'),
  maxAge: duration().prefault('7d').describe('Segments go after this.'),
})

const log = z.object({
  directory: path().prefault('./data').describe('Where the log is.'),
  retention: retention.prefault({}).describe('How much is kept.'),
  segmentBytes: bytes().prefault('64MB').describe('Size of a segment.'),
})

const bounds = z
  .object({
    latMin: z.number().min(-90).max(90).describe('Southern edge in degrees.'),
    latMax: z.number().min(-90).max(90).describe('Northern edge in degrees.'),
  })
  .superRefine(({ latMin, latMax }, context) => {
    if (latMin < latMax) return
    const params = { next: 'exchange them' }
    context.addIssue({ code: 'custom', message: '"latMin" must be below "latMax"', path: ['latMin'], params })
  })

const hub = z.object({
  port: port().default(8000).describe('Where the hub listens.'),
  interval: duration().prefault('200ms').describe('Time between deltas.'),
  share: fraction().default(0.5).describe('Share of memory.'),
})

export const root = z.object({
  name: z.string().min(1).describe('What the pipeline is called.'),
  log: log.prefault({}).describe('The durable log.'),
  bounds: bounds.optional().describe('Which records are wanted.'),
  sources: componentMap([replay, poll], {
    includable: true,
    common: { enabled: z.boolean().default(true).describe('Whether it runs.') },
  })
    .default({})
    .describe('Where records come from.'),
  sinks: componentMap([sqlite]).default({}).describe('Where they go.'),
  hub: hub.prefault({}).describe('The live view.'),
})

type Options = Partial<LoadOptions<typeof root>>

export function load(text: string, options: Options = {}) {
  return loadConfig({ file: 'a.yaml', text, root, ...options })
}

/** The configuration of a text that is expected to be right. */
export function read(text: string, options: Options = {}) {
  const result = load(text, options)
  if (!result.ok) throw new Error(formatProblems(result.problems))
  return result.config
}

/** The problems of a text that is expected to be wrong, a line each. */
export function mistakes(text: string, options: Options = {}): string[] {
  const result = load(text, options)
  return result.ok ? [] : formatProblems(result.problems).split('\n')
}

/** Files that exist only here; anything else is missing as `node:fs` would say it. */
export function filesOf(files: Readonly<Record<string, string | Uint8Array>>) {
  return (path: string): string | Uint8Array => {
    const file = files[path]
    if (file === undefined) throw Object.assign(new Error(path), { code: 'ENOENT' })
    return file
  }
}
