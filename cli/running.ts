/** A pipeline that runs: its engine, and what its poll sources share. What `skein run` and the library have in common. */
import { eraseLog } from '../engine/log/erase.ts'
import type { Log } from '../engine/ops/log.ts'
import type { MetricsSource } from '../engine/ops/metrics-source.ts'
import { Engine } from '../engine/runtime/engine.ts'
import { type Alert, watchTargets } from './alerts.ts'
import type { Pipeline } from './pipeline.ts'
import { planOf } from './plan.ts'
import { Polling } from './polling.ts'

export interface Running {
  readonly engine: Engine
  readonly polling: Polling
  /** Beside those of the engine itself. */
  readonly metrics: readonly MetricsSource[]
  /** Drains. Resolves with who was still busy when it was cut short. */
  stop(cut?: AbortSignal): Promise<string[]>
}

export interface RunningOptions {
  log: Log
  fresh: boolean
  onAlert?: (alert: Alert) => void
}

/** `fresh`: what the log directory holds is erased first. Throws what `Engine.start` does. */
export async function startPipeline(config: Pipeline, { log, fresh, onAlert }: RunningOptions): Promise<Running> {
  const polling = new Polling(config.log.directory)
  const plan = planOf(config, polling)
  if (fresh) await eraseLog(plan.directory)
  const onListening = (component: string, url: string) => log.info(`${component} is at ${url}`)
  const engine = await Engine.start({ plan, log, onListening })
  polling.credentials.startSaving((problem) => engine.noteHealth('limits', problem))
  const targets = config.alerts && watchTargets(config.alerts, () => polling.fetches(), { log, onAlert })
  return {
    engine,
    polling,
    metrics: targets === undefined ? [polling.counters] : [polling.counters, targets.alerts],
    async stop(cut) {
      targets?.stop()
      const busy = await engine.drain(cut)
      polling.credentials.finish()
      return busy
    },
  }
}
