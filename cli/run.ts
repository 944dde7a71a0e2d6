/** `skein run`: runs a pipeline until it is told to stop, and takes over its sources when they change. */
import { SkeinError } from '../engine/errors.ts'
import { Logging } from '../engine/ops/logging.ts'
import type { Engine } from '../engine/runtime/engine.ts'
import { serveAdmin } from './admin.ts'
import { loadPipeline } from './load.ts'
import { serveProducerMetrics } from './producer-metrics.ts'
import { reloadOnChange } from './reload.ts'
import { startPipeline } from './running.ts'
import { onShutdown } from './shutdown.ts'

export async function run(file: string, options: { set: string[]; fresh: boolean }): Promise<void> {
  const shutdown = onShutdown()
  const hangups = noteHangups()
  const request = { file, set: options.set }
  const { config, files } = loadPipeline(request)
  const log = new Logging({ level: config.ops.logLevel }).of('skein')
  const { fresh } = options
  const running = await startPipeline(config, { log, fresh })
  const { engine, polling } = running
  const { admin, url } = await orDrain(engine, () => serveAdmin(engine, config.ops, running.metrics))
  const { producerMetrics, producerMetricsPort } = config.compat
  const producer = producerMetrics
    ? await orDrain(engine, () => serveProducerMetrics(engine, polling, config.ops.host, producerMetricsPort))
    : null
  log.debug('the admin server listens', { url })
  const reloading = reloadOnChange(engine, { request, polling, log, running: config, files })
  if (hangups.came) reloading.reload('SIGHUP')
  log.info('running; Ctrl-C drains and stops', { pipeline: config.name, log: config.log.directory })
  const ended = await Promise.race([engine.failed, shutdown.requested])
  if (typeof ended === 'string') log.info('draining', { signal: ended })
  reloading.stop()
  const busy = await running.stop(shutdown.cut)
  await Promise.all([admin.close(), producer?.server.close()])
  if (ended instanceof SkeinError) throw ended
  if (busy.length > 0) throw new SkeinError('SKEIN_RUNTIME_DRAIN_TIMEOUT', { busy })
  log.info('stopped; the next start goes on from here')
}

/** SIGHUP ends no engine, also while it starts and while it drains: one that came before it could be obeyed is obeyed then. */
function noteHangups(): { came: boolean } {
  const hangups = { came: false }
  process.on('SIGHUP', () => {
    hangups.came = true
  })
  return hangups
}

/** An engine that cannot be seen as it should be stops again. */
async function orDrain<T>(engine: Engine, serve: () => Promise<T>): Promise<T> {
  try {
    return await serve()
  } catch (error) {
    await engine.drain()
    throw error
  }
}
