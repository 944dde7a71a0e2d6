/** Runs a whole engine over its plan, in this process, and tells what became of it. */
import type { Log } from '../../engine/ops/log.ts'
import { Engine } from '../../engine/runtime/engine.ts'
import type { Failpoints } from '../../engine/runtime/failpoints.ts'
import type { Plan } from '../../engine/runtime/plan.ts'
import { logDigest } from '../engine/runtime/log-content.ts'

export interface EngineRun {
  digest: string
  /** What the engine said, one line each. */
  said: string[]
  restarts: number
}

/** Rejects when the engine gives up or its drain is cut short. */
export async function runEngine(plan: Plan, failpoints?: Failpoints): Promise<EngineRun> {
  const said: string[] = []
  const engine = await Engine.start({ plan, log: listenerOf(said), failpoints })
  const failure = await Promise.race([engine.finished.then(() => null), engine.failed])
  const busy = await engine.drain()
  if (failure !== null) throw new Error(`the engine gave up: ${failure.message}\n${said.join('\n')}`)
  if (busy.length > 0) throw new Error(`still busy: ${busy}\n${said.join('\n')}`)
  const restarts = [...engine.restarts.values()].reduce((sum, count) => sum + count, 0)
  return { digest: logDigest(plan.directory), said, restarts }
}

function listenerOf(said: string[]): Log {
  const listen = (message: string, details: object = {}) => {
    said.push(`${message} ${JSON.stringify(details)}`)
  }
  return { debug: listen, info: listen, warn: listen, error: listen }
}
