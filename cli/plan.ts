/** From a checked configuration to the plan that the engine runs. */

import type { HubOptions } from '../actors/hub/spec.ts'
import { hubSpec, sinkSpecs, sourceSpecs, sourceThreadModule, stageSpecs } from '../actors/registry.ts'
import type { KafkaOptions } from '../actors/sink/kafka/kafka.ts'
import type { MongoOptions } from '../actors/sink/mongo/mongo.ts'
import type { SnapshotOptions } from '../actors/sink/snapshot.ts'
import type { SqliteOptions } from '../actors/sink/sqlite.ts'
import type { CsvOptions } from '../actors/source/csv/csv.ts'
import type { KafkaSourceOptions } from '../actors/source/kafka/kafka.ts'
import { kafkaSourceCounters } from '../actors/source/kafka/kafka-counters.ts'
import type { PollOptions } from '../actors/source/poll/poll.ts'
import type { PushOptions } from '../actors/source/push/push.ts'
import { pushCounters } from '../actors/source/push/push-counters.ts'
import type { ReplayOptions } from '../actors/source/replay/replay.ts'
import { packSecrets } from '../engine/config/secret.ts'
import {
  DEFAULT_LIMITS,
  type Plan,
  type ReaderPlan,
  type RetentionPlan,
  type SourcePlan,
} from '../engine/runtime/plan.ts'
import type { Pipeline } from './pipeline.ts'
import { Polling } from './polling.ts'
import { VERSION } from './version.ts'

const MAX_TIME_AHEAD_MS = 60_000
const MAX_REDIRECTS = 5
/** Clients make several objects a record: kafkajs sends an eighth more of them a second than with 2 MB. */
const CLIENT_NURSERY_MB = 32
/** A key of the longest kind that the dedupe judges: a quote's. */
const MAX_KEY_BYTES = 32

/** `polling`: of the engine that the plan is for; what runs goes on with its limits. */
export function planOf(pipeline: Pipeline, polling = new Polling(pipeline.log.directory)): Plan {
  const { engine, shard, dedupe, journal } = pipeline
  return {
    directory: pipeline.log.directory,
    sourceThread: {
      module: sourceThreadModule,
      count: engine.sourceThreads,
      hasListener: Object.values(pipeline.sources).some(isListener),
    },
    sources: Object.entries(pipeline.sources).map(([name, source]) => sourcePlan(name, source, pipeline, polling)),
    shard: {
      name: 'shard',
      module: stageSpecs.shard.module,
      options: { barrierIntervalMs: shard.barrierInterval, activity: polling.activity },
    },
    dedupe: {
      name: 'dedupe',
      module: stageSpecs.dedupe.module,
      lanes: dedupe.lanes,
      options: {
        admit: dedupe.admit,
        toleranceMs: dedupe.tolerance,
        windowMs: dedupe.window,
        staleAfterMs: dedupe.staleAfter,
        forgetAfterMs: dedupe.forgetAfter,
        capacity: dedupe.capacity,
        maxKeyBytes: MAX_KEY_BYTES,
      },
    },
    journal: {
      name: 'journal',
      module: stageSpecs.journal.module,
      options: { segmentBytes: journal.segment, retryDiskMs: journal.retryDisk },
    },
    readers: readerPlans(pipeline),
    laneRingBytes: engine.laneRing,
    committedRingBytes: engine.committedRing,
    limits: {
      ...DEFAULT_LIMITS,
      hangTimeoutMs: engine.hangTimeout,
      commitTimeoutMs: engine.commitTimeout,
      drainTimeoutMs: engine.drainTimeout,
      maxRestarts: engine.maxRestarts,
      windowMs: engine.restartWindow,
    },
    retention: retentionPlan(pipeline),
    untilFinished: false,
    logLevel: pipeline.ops.logLevel,
  }
}

type SourceEntry = Pipeline['sources'][string]
type ReplaySettings = Extract<SourceEntry, { kind: 'replay' }>['options']
type PollSettings = Extract<SourceEntry, { kind: 'poll' }>['options']
type PushSettings = Extract<SourceEntry, { kind: 'push' }>['options']
type KafkaSettings = Extract<SourceEntry, { kind: 'kafka' }>['options']

function sourcePlan(name: string, source: SourceEntry, pipeline: Pipeline, polling: Polling): SourcePlan {
  const { bounds, engine } = pipeline
  const spec = sourceSpecs.find(({ kind }) => kind === source.kind)!
  return {
    name,
    module: spec.module,
    isLive: !isRecorded(source),
    company: source.kind === 'poll' && source.options.tiles !== undefined ? 'tiles' : null, // they share one schedule
    listens: isListener(source),
    ringBytes: engine.sourceRing,
    metadata: {
      provider: source.provider ?? name,
      mode: source.mode ?? (isRecorded(source) ? 'replay' : 'live'),
      bbox:
        bounds === undefined
          ? null
          : { lat_min: bounds.latMin, lat_max: bounds.latMax, lon_min: bounds.lonMin, lon_max: bounds.lonMax },
      poll_interval_s: source.pollInterval === undefined ? null : source.pollInterval / 1000,
    },
    options: sourceOptions(name, source, pipeline, polling),
  }
}

const isListener = ({ kind }: SourceEntry): boolean => kind === 'push'
const isRecorded = ({ kind }: SourceEntry): boolean => kind === 'replay' || kind === 'csv'

function sourceOptions(
  name: string,
  source: SourceEntry,
  pipeline: Pipeline,
  polling: Polling,
): ReplayOptions | PollOptions | KafkaSourceOptions | CsvOptions | PushOptions {
  switch (source.kind) {
    case 'replay':
      return replayOptions(source.options, pipeline)
    case 'poll':
      return pollOptions(name, source.options, pipeline, polling)
    case 'kafka':
      return kafkaOptions(name, source.options, pipeline, polling)
    case 'csv':
      return { settings: packSecrets(source.options), maxFrameBytes: judgeOptions(pipeline).maxFrameBytes }
    case 'push':
      return pushOptions(name, source.options, pipeline, polling)
  }
}

/** What is judged of every record, whatever brings it. */
function judgeOptions({ bounds, engine, maxPositionAge }: Pipeline) {
  return {
    bounds: bounds ?? null,
    maxPositionAgeMs: maxPositionAge,
    maxTimeAheadMs: MAX_TIME_AHEAD_MS,
    maxFrameBytes: Math.min(engine.sourceRing, engine.laneRing) / 8,
  }
}

function replayOptions({ files, format, speed, loop, maxBody }: ReplaySettings, pipeline: Pipeline): ReplayOptions {
  return { files, format, speed, loop, maxBodyBytes: maxBody, ...judgeOptions(pipeline) }
}

function pollOptions(name: string, settings: PollSettings, pipeline: Pipeline, polling: Polling): PollOptions {
  const { url, params, headers, maxInFlight, auth, every, credits, onUnauthorized, format, map, timeouts, breaker } =
    settings
  const { board, coverOf } = polling.boardOf(pipeline)
  const cover = coverOf.get(name)
  return {
    url,
    params,
    headers,
    maxInFlight,
    auth: packSecrets(auth),
    everyMs: every,
    countsCredits: credits === 'opensky',
    stopsWhenUnauthorized: onUnauthorized === 'stop',
    format: format ?? null,
    map: map ?? null,
    pages: settings.pages ?? null,
    since: settings.since ?? null,
    told: polling.toldOf(name),
    fetch: {
      limits: {
        headersTimeoutMs: timeouts.headers,
        bodyTimeoutMs: timeouts.body,
        totalTimeoutMs: timeouts.total,
        maxBodyBytes: settings.maxBody,
        maxRedirects: MAX_REDIRECTS,
      },
      attempts: settings.attempts,
      breaker: { failures: breaker.failures, pauseMs: breaker.pause },
    },
    userAgent: userAgentOf(pipeline),
    tiles: cover === undefined ? null : { board, cover },
    shared: {
      connections: { total: pipeline.polling.connections, perOrigin: pipeline.polling.connectionsPerOrigin },
      decodeThreads: pipeline.polling.decodeThreads,
      redis: packSecrets(pipeline.polling.redis) ?? null,
    },
    limiter: polling.limiterOf(settings),
    counters: polling.countersOf(name),
    ...judgeOptions(pipeline),
  }
}

function kafkaOptions(
  name: string,
  settings: KafkaSettings,
  pipeline: Pipeline,
  { counters }: Polling,
): KafkaSourceOptions {
  const { format, map } = settings
  return {
    settings: packSecrets(settings),
    format: format ?? null,
    map: map ?? null,
    maxAgeMs: settings.maxAge ?? Number.POSITIVE_INFINITY,
    directory: pipeline.log.directory,
    counters: counters.of(name, 'kafka_source', kafkaSourceCounters.bytes),
    ...judgeOptions(pipeline),
  }
}

function pushOptions(name: string, settings: PushSettings, pipeline: Pipeline, polling: Polling): PushOptions {
  const fetches = Object.entries(settings.fetches).map(([fetched, { url, params, payload, ...access }]) => {
    const limiter = polling.limiterOf({ url, ...access, credits: 'none' })
    return [fetched, { url, params, payload, auth: packSecrets(access.auth), limiter }] as const
  })
  return {
    settings: packSecrets(settings),
    fetches: Object.fromEntries(fetches),
    userAgent: userAgentOf(pipeline),
    maxFrameBytes: judgeOptions(pipeline).maxFrameBytes,
    directory: pipeline.log.directory,
    counters: polling.counters.of(name, 'push', pushCounters.bytes),
  }
}

const userAgentOf = ({ operator }: Pipeline): string =>
  operator === undefined || operator === '' ? `skein/${VERSION}` : `skein/${VERSION} (${operator})`

const RETENTION_EVERY_MS = 10_000

/** Without limits everything is kept. The budget is twice the size to keep, unless it is given. */
function retentionPlan({ log: { retention } }: Pipeline): RetentionPlan {
  const { maxBytes = Number.POSITIVE_INFINITY, maxAge = Number.POSITIVE_INFINITY, budget = 2 * maxBytes } = retention
  return { maxBytes, maxAgeMs: maxAge, budgetBytes: budget, everyMs: RETENTION_EVERY_MS }
}

/** The snapshots, the sinks, and the hub: all read what is committed, and none holds up the others. */
function readerPlans({ hub, dedupe, snapshot, sinks }: Pipeline): ReaderPlan[] {
  const snapshots: SnapshotOptions = {
    intervalMs: snapshot.interval,
    everyBytes: snapshot.every,
    capacity: dedupe.capacity * dedupe.lanes,
    maxKeyBytes: MAX_KEY_BYTES,
  }
  const plans = [durable('snapshot', stageSpecs.snapshot.module, snapshots)]
  for (const [name, sink] of Object.entries(sinks))
    plans.push({
      ...durable(name, sinkSpecs.find(({ kind }) => kind === sink.kind)!.module, sinkOptions(sink)),
      ...(sink.kind !== 'sqlite' && { nurseryMb: CLIENT_NURSERY_MB }),
    })
  if (hub === undefined) return plans
  const hubOptions: HubOptions = { ...hub, staleAfterMs: dedupe.staleAfter }
  return [
    ...plans,
    { name: 'hub', module: hubSpec.module, options: hubOptions, neverTerminate: true, isDurable: false },
  ]
}

function sinkOptions(sink: Pipeline['sinks'][string]): SqliteOptions | KafkaOptions | MongoOptions {
  if (sink.kind !== 'sqlite') return { settings: packSecrets(sink.options) }
  const { file, interval, keep, keys } = sink.options
  return { file, intervalMs: interval, keepMs: keep, keys }
}

function durable(name: string, module: string, options: unknown): ReaderPlan {
  return { name, module, options, neverTerminate: false, isDurable: true }
}
