/** How fast a running program goes, by what it counts itself. */
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { SKEIN, start, stopped } from './processes.ts'

export interface Job {
  /** The configuration. */
  readonly file: string
  readonly log: string
}

const PATIENCE_MS = 120_000

/** From the first that a counter says to the last, a second. */
export async function rateOf({ file, log }: Job, counter: string, count: number): Promise<number> {
  const engine = start(SKEIN, ['run', file], {})
  const shown = new RegExp(`^skein_${counter}_total(?:\\{.*\\})? (\\d+)$`, 'm')
  const done = async () => Number(shown.exec(await metricsOf(log))?.[1] ?? 0)
  try {
    let first = { count: 0, atMs: 0 }
    const endMs = performance.now() + PATIENCE_MS
    while (performance.now() < endMs) {
      const now = { count: await done(), atMs: performance.now() }
      if (first.count === 0) first = now
      if (now.count >= count) return (1000 * (now.count - first.count)) / (now.atMs - first.atMs)
      await delay(20)
    }
    throw new Error(`${await done()} of ${count} records in ${PATIENCE_MS} ms`)
  } finally {
    await stopped(engine)
  }
}

/** Empty while it does not answer. */
async function metricsOf(log: string): Promise<string> {
  try {
    const request = get({ socketPath: join(log, 'admin.sock'), path: '/metrics' })
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    return (await response.setEncoding('utf8').toArray()).join('')
  } catch {
    return ''
  }
}
