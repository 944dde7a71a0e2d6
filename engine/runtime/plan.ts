/** What the composition root asks the engine to run: modules, their options, and the limits. Plain data. */
import type { SourceMetadata } from '../log/source-registry.ts'
import type { LogLevel } from '../ops/log.ts'
import type { RestartLimits } from './restart-policy.ts'

export interface ActorPlan {
  name: string
  /** URL of the actor's module. */
  module: string
  options: unknown
  /** Of its thread's heap, for what is young: more for who makes much that is soon forgotten. As the process's unless given. */
  nurseryMb?: number
}

export interface SourcePlan extends ActorPlan {
  /** What its records say of where they come from; kept in the log directory with its id. */
  metadata: SourceMetadata
  /** Whether it tells of what is so now, and not of what was recorded. */
  isLive: boolean
  /** Sources with the same one share what a thread keeps, and so run on one thread; null for a source that shares nothing. */
  company: string | null
  /** It has a server that ends the process when its thread is ended from outside: it runs on the thread for such. */
  listens?: boolean
  ringBytes: number
}

export interface ReaderPlan extends ActorPlan {
  /** Owns native handles that abort the process when its thread is ended from outside: never terminated. */
  neverTerminate: boolean
  /** Keeps a place in the log of its own (`status.needsFrom`): retention waits for it. */
  isDurable: boolean
}

export interface RetentionPlan {
  maxBytes: number
  maxAgeMs: number
  /** At this size nothing more is written, rather than delete what a durable reader has not taken. */
  budgetBytes: number
  everyMs: number
}

export interface Plan {
  directory: string
  /** `hasListener`: there is one more, which is never terminated, for sources that listen. */
  sourceThread: { module: string; count: number; hasListener?: boolean }
  sources: SourcePlan[]
  shard: ActorPlan
  dedupe: ActorPlan & { lanes: number }
  journal: ActorPlan
  readers: ReaderPlan[]
  laneRingBytes: number
  committedRingBytes: number
  limits: RuntimeLimits
  retention: RetentionPlan
  /** Whether the engine ends by itself when all sources have read all they will ever read. */
  untilFinished: boolean
  logLevel: LogLevel
}

export interface RuntimeLimits extends RestartLimits {
  /** An actor whose heartbeat stands still for longer is replaced. */
  hangTimeoutMs: number
  /** One that has not come to work after so long is not replaced: it would not the next time either. */
  startTimeoutMs: number
  /** A commit that takes longer ends the process: its thread is stuck in the kernel and cannot be replaced. */
  commitTimeoutMs: number
  /** A drain that takes longer is cut short. */
  drainTimeoutMs: number
  /** How often the supervisor looks, at least. */
  lookEveryMs: number
  /** At most how long a sleeping actor goes without a heartbeat. */
  maxSleepMs: number
}

/** The limits with looks and heartbeats as frequent as the hang timeout needs them. */
export function consistentLimits(limits: RuntimeLimits): RuntimeLimits {
  const beatMs = limits.hangTimeoutMs / 8
  return {
    ...limits,
    lookEveryMs: Math.min(limits.lookEveryMs, beatMs),
    maxSleepMs: Math.min(limits.maxSleepMs, beatMs),
  }
}

export const DEFAULT_LIMITS: RuntimeLimits = {
  maxRestarts: 5,
  windowMs: 60_000,
  minDelayMs: 100,
  maxDelayMs: 10_000,
  hangTimeoutMs: 10_000,
  startTimeoutMs: 60_000,
  commitTimeoutMs: 30_000,
  drainTimeoutMs: 30_000,
  lookEveryMs: 1000,
  maxSleepMs: 2000,
}

/** All of them; the one for sources that listen is the last. */
export const sourceThreadsOf = ({ sourceThread: { count, hasListener } }: Plan): number => count + (hasListener ? 1 : 0)
