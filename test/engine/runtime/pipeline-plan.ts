/** The plan of a pipeline over recorded files, with small rings and short limits unless a test says otherwise. */
import type { DedupeOptions } from '../../../actors/dedupe/dedupe.ts'
import type { ShardOptions } from '../../../actors/shard/shard.ts'
import type { JournalOptions } from '../../../actors/sink/journal.ts'
import type { ReplayOptions } from '../../../actors/source/replay/replay.ts'
import { DEFAULT_LIMITS, type Plan, type RuntimeLimits, type SourcePlan } from '../../../engine/runtime/plan.ts'

const module = (path: string): string => new URL(`../../../${path}`, import.meta.url).href

export interface PipelineSettings {
  directory: string
  /** Of the one source, `replay`. */
  files: string[]
  /** More sources, each over its files, on a second thread. */
  more?: Record<string, string[]>
  format?: ReplayOptions['format']
  lanes?: number
  barrierIntervalMs?: number
  sourceRingBytes?: number
  laneRingBytes?: number
  committedRingBytes?: number
  replay?: Partial<ReplayOptions>
  dedupe?: Partial<DedupeOptions>
  journal?: Partial<JournalOptions>
  limits?: Partial<RuntimeLimits>
}

export function pipelinePlan(settings: PipelineSettings): Plan {
  const { lanes = 1, laneRingBytes = 1 << 20, committedRingBytes = 1 << 20 } = settings
  const shard: ShardOptions = { barrierIntervalMs: settings.barrierIntervalMs ?? 5 }
  const dedupe: DedupeOptions = {
    admit: 'news',
    toleranceMs: 250,
    windowMs: 5000,
    staleAfterMs: 60_000,
    forgetAfterMs: 86_400_000,
    capacity: 10_000,
    maxKeyBytes: 16,
    ...settings.dedupe,
  }
  const journal: JournalOptions = { segmentBytes: 1 << 26, retryDiskMs: 50, ...settings.journal }
  return {
    directory: settings.directory,
    sourceThread: { module: module('actors/source/source-actor.ts'), count: settings.more === undefined ? 1 : 2 },
    sources: Object.entries({ replay: settings.files, ...settings.more }).map(([name, files]) => ({
      ...replayPlan({ ...settings, files }),
      name,
    })),
    shard: { name: 'shard', module: module('actors/shard/shard.ts'), options: shard },
    dedupe: { name: 'dedupe', module: module('actors/dedupe/dedupe.ts'), options: dedupe, lanes },
    journal: { name: 'journal', module: module('actors/sink/journal.ts'), options: journal },
    readers: [],
    laneRingBytes,
    committedRingBytes,
    limits: { ...DEFAULT_LIMITS, ...settings.limits },
    retention: { maxBytes: Infinity, maxAgeMs: Infinity, budgetBytes: Infinity, everyMs: 60_000 },
    untilFinished: true,
    logLevel: 'silent',
  }
}

function replayPlan({ files, format = 'auto', sourceRingBytes = 1 << 20, replay }: PipelineSettings): SourcePlan {
  const options: ReplayOptions = {
    files,
    format,
    speed: 0,
    loop: false,
    bounds: null,
    maxPositionAgeMs: 300_000,
    maxTimeAheadMs: 60_000,
    maxBodyBytes: 64_000_000,
    maxFrameBytes: sourceRingBytes / 8,
    ...replay,
  }
  const metadata = { provider: 'test', mode: 'replay', bbox: null, poll_interval_s: null }
  return {
    name: 'replay',
    module: module('actors/source/replay/replay.ts'),
    metadata,
    isLive: false,
    company: null,
    ringBytes: sourceRingBytes,
    options,
  }
}
