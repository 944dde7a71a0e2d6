/** The shape of a pipeline's configuration: the components' own specs, put together. */
import { z } from 'zod'
import { hubSpec, sinkSpecs, sourceSpecs, stageSpecs } from '../actors/registry.ts'
import { componentMap } from '../engine/config/index.ts'
import { type Secret, secret } from '../engine/config/secret.ts'
import { bytes, duration, path, port } from '../engine/config/spec.ts'
import { LOG_LEVELS } from '../engine/ops/log.ts'
import { DEFAULT_LIMITS } from '../engine/runtime/plan.ts'

const latitude = () => z.number().min(-90).max(90)
const longitude = () => z.number().min(-180).max(180)

const bounds = z
  .strictObject({
    latMin: latitude().describe('Southern edge, degrees.'),
    latMax: latitude().describe('Northern edge, degrees.'),
    lonMin: longitude().describe('Western edge, degrees. Above `lonMax` where the box spans the antimeridian.'),
    lonMax: longitude().describe('Eastern edge, degrees.'),
  })
  .refine(({ latMin, latMax }) => latMin <= latMax, { path: ['latMax'], message: 'must not be below latMin' })

/** A ring's capacity: a power of two. */
const ringBytes = (defaultBytes: number) =>
  bytes()
    .refine((size) => Number.isInteger(Math.log2(size)) && size >= 2 ** 20 && size <= 2 ** 30, {
      message: 'must be a power of two from 1MiB to 1GiB',
    })
    .default(defaultBytes)

const log = z.strictObject({
  directory: path().default('./data').describe('Where the durable log lies.'),
  retention: z
    .strictObject({
      maxBytes: bytes({ min: '1MB' }).optional().describe('Sealed files beyond this size are deleted, oldest first.'),
      maxAge: duration({ min: '1s' }).optional().describe('Sealed files whose newest record is older are deleted.'),
      budget: bytes({ min: '1MB' })
        .optional()
        .describe('At most this much disk, also for what a forwarder has not taken yet; then sources stop.'),
    })
    .prefault({})
    .describe('How much of the log is kept.'),
})

const engine = z.strictObject({
  sourceThreads: z.int().min(1).max(64).default(1).describe('Threads that the sources share.'),
  sourceRing: ringBytes(2 ** 23).describe('Capacity of each source’s ring. A frame is at most an eighth of it.'),
  laneRing: ringBytes(2 ** 22).describe('Capacity of the rings between shard, dedupe and journal.'),
  committedRing: ringBytes(2 ** 23).describe('Capacity of the ring that readers follow while they keep up.'),
  hangTimeout: duration({ min: '100ms' })
    .default(DEFAULT_LIMITS.hangTimeoutMs)
    .describe('An actor without a heartbeat for so long is replaced.'),
  commitTimeout: duration({ min: '100ms' })
    .default(DEFAULT_LIMITS.commitTimeoutMs)
    .describe('A commit that takes longer ends the process.'),
  drainTimeout: duration({ min: '100ms' })
    .default(DEFAULT_LIMITS.drainTimeoutMs)
    .describe('A drain that takes longer is cut short.'),
  maxRestarts: z
    .int()
    .min(0)
    .max(1000)
    .default(DEFAULT_LIMITS.maxRestarts)
    .describe('More restarts of an actor in a window than this end the engine.'),
  restartWindow: duration({ min: '1s' }).default(DEFAULT_LIMITS.windowMs).describe('The window for `maxRestarts`.'),
})

const ops = z.strictObject({
  host: z.string().default('127.0.0.1').describe('Address of the admin server. Beyond loopback, protect it.'),
  port: port().default(9464).describe('Port of the admin server.'),
  logLevel: z.enum(LOG_LEVELS).default('info').describe('The least severe lines that are written.'),
})

const alerts = z.strictObject({
  p95Latency: duration({ min: '1ms' }).default(100).describe('95 of 100 fetches are to end within this.'),
  successRate: z.number().min(0).max(1).default(0.99).describe('This share of the fetches is to end well.'),
  window: duration({ min: '100ms' }).default(30_000).describe('What is judged at a time.'),
  after: z.int().min(1).max(1000).default(2).describe('So many windows in a row raise an alert, or clear it.'),
  minFetches: z.int().min(1).default(10).describe('A window with fewer fetches is not judged.'),
})

const compat = z.strictObject({
  producerMetrics: z
    .boolean()
    .default(false)
    .describe(
      'Whether the metrics of the old producers are served too, by their names (`producer_polls_total`, `kafka_messages_sent_total` …).',
    ),
  producerMetricsPort: port().default(8001).describe('Where; on the address of `ops.host`.'),
})

const polling = z.strictObject({
  connections: z.int().min(1).max(60_000).default(5000).describe('At most so many open at once, to all providers.'),
  connectionsPerOrigin: z.int().min(1).max(10_000).default(100).describe('… and to one of them.'),
  decodeThreads: z.int().min(1).max(64).default(2).describe('Threads that decode bodies of a megabyte and more.'),
  redis: secret()
    .refine((url) => isRedisUrl(url as Secret), 'must be an address such as redis://name:password@host:6379/0')
    .optional()
    .describe(
      'Where nodes that poll with the same credentials, or the same region, share limits and schedule. Nothing is shared unless given.',
    ),
})

/** With TLS or without. */
function isRedisUrl(url: Secret): boolean {
  return ['redis:', 'rediss:'].includes(URL.parse(url.reveal())?.protocol ?? '')
}

/** What sends dead letters again is a source of this name. */
export const RESENDING_SOURCE = 'dead-letters'

const sourceCommon = {
  provider: z
    .string()
    .max(64)
    .optional()
    .describe('Who the records come from, as envelopes name it; the source’s name unless given.'),
  mode: z
    .enum(['replay', 'live'])
    .optional()
    .describe('Whether the records are recorded or live, as envelopes say it; as the kind of source is unless given.'),
  pollInterval: duration().optional().describe('How far apart the source’s polls are or were, as envelopes say it.'),
}

export const pipelineSchema = z.strictObject({
  name: z.string().max(64).describe('What this pipeline is called in logs.'),
  operator: z
    .string()
    .regex(/^[\x20-\x7e]{0,200}$/)
    .optional()
    .describe('Who runs this and how to reach them, as polled providers are told: `Jane Roe, jane@example.org`.'),
  log: log.prefault({}).describe('The durable log.'),
  bounds: bounds.optional().describe('Records outside this box are left out and counted. Everywhere unless given.'),
  maxPositionAge: duration()
    .default(300_000)
    .describe('A position older than this when it was observed is left out and counted.'),
  sources: componentMap(sourceSpecs, { common: sourceCommon, includable: true })
    .superRefine((sources, context) => {
      if (Object.hasOwn(sources, RESENDING_SOURCE))
        context.addIssue({ code: 'custom', path: [RESENDING_SOURCE], message: 'is a name that Skein itself uses' })
    })
    .describe('Where records come from, by name.'),
  shard: stageSpecs.shard.options.prefault({}).describe(stageSpecs.shard.summary),
  dedupe: stageSpecs.dedupe.options.prefault({}).describe(stageSpecs.dedupe.summary),
  journal: stageSpecs.journal.options.prefault({}).describe(stageSpecs.journal.summary),
  snapshot: stageSpecs.snapshot.options.prefault({}).describe(stageSpecs.snapshot.summary),
  polling: polling.prefault({}).describe('What all polled sources share.'),
  sinks: componentMap(sinkSpecs).default({}).describe('Where records go besides the log, by name.'),
  hub: hubSpec.options.optional().describe(hubSpec.summary),
  engine: engine.prefault({}).describe('Threads, rings and limits.'),
  alerts: alerts
    .optional()
    .describe('Says when fetches miss a target: a line, a metric and, in a program, a callback.'),
  compat: compat.prefault({}).describe('What is kept for those who know the systems that this replaces.'),
  ops: ops.prefault({}).describe('Admin server and logging.'),
})

export type Pipeline = z.output<typeof pipelineSchema>
