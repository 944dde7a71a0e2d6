/** Runs a plan until its sources have read all there is, or until it is told to stop; either way it drains. */
import { SkeinError } from '../engine/errors.ts'
import { Logging } from '../engine/ops/logging.ts'
import { Engine } from '../engine/runtime/engine.ts'
import type { Plan, RetentionPlan } from '../engine/runtime/plan.ts'
import { onShutdown } from './shutdown.ts'

/** Nothing goes meanwhile: the readers that may still need it are not here to say so. */
const KEEP_ALL: RetentionPlan = {
  maxBytes: Number.POSITIVE_INFINITY,
  maxAgeMs: Number.POSITIVE_INFINITY,
  budgetBytes: Number.POSITIVE_INFINITY,
  everyMs: 60_000,
}

/**
 * Without readers: what they are behind with, they take up when a pipeline runs again. Returns what its sources had to complain of.
 * Throws what ended the engine.
 */
export async function runToEnd(plan: Plan): Promise<string[]> {
  const shutdown = onShutdown()
  const log = new Logging({ level: plan.logLevel }).of('skein')
  const engine = await Engine.start({ plan: { ...plan, readers: [], retention: KEEP_ALL, untilFinished: true }, log })
  const ended = await Promise.race([engine.finished, engine.failed, shutdown.requested])
  const problems = plan.sources.flatMap(({ name }) => engine.health.get(name) ?? [])
  const busy = await engine.drain(shutdown.cut)
  if (ended instanceof SkeinError) throw ended
  if (busy.length > 0) throw new SkeinError('SKEIN_RUNTIME_DRAIN_TIMEOUT', { busy })
  return problems
}
