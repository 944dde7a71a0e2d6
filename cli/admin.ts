/** The admin server of a running engine: on its port, and on the Unix socket of the log directory. */
import { AdminServer } from '../engine/ops/admin-server.ts'
import { engineSources } from '../engine/ops/engine-sources.ts'
import { Metrics } from '../engine/ops/metrics.ts'
import type { MetricsSource } from '../engine/ops/metrics-source.ts'
import { ProcessSource } from '../engine/ops/process-source.ts'
import { readinessOf } from '../engine/ops/readiness.ts'
import { FRAME_VERSION } from '../engine/records/index.ts'
import type { Engine } from '../engine/runtime/engine.ts'
import { VERSION } from './version.ts'

/** Resolves with the server and its URL. Throws `SKEIN_OPS_PORT`. */
export async function serveAdmin(
  engine: Engine,
  { host, port }: { host: string; port: number },
  others: readonly MetricsSource[] = [],
): Promise<{ admin: AdminServer; url: string }> {
  const metrics = new Metrics([...engineSources(engine), new ProcessSource(VERSION), ...others])
  const admin = new AdminServer({
    version: { skein: VERSION, node: process.version, frames: String(FRAME_VERSION) },
    readiness: () => readinessOf(engine.state, componentsOf(engine), engine.health),
    metrics: () => metrics.text(),
  })
  engine.lock.handler = admin.handle
  return { admin, url: await admin.listen(host, port) }
}

function componentsOf({ plan }: Engine): string[] {
  return [...plan.sources, plan.shard, plan.dedupe, plan.journal, ...plan.readers].map(({ name }) => name)
}
