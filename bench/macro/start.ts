/** What a person feels of `npm start`: how soon there is something, what it takes of the machine, and what it takes when idle. */
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Scale } from '../benchmarks.ts'
import { median, processorSeconds, residentMb, SKEIN, start, stopped } from './processes.ts'

const WATCH_SECONDS: Record<Scale, number> = { quick: 60, full: 600 }
/** Memory still settles in the first part of the watch. */
const WARM_UP_FRACTION = 1 / 3
/** For half a minute after work V8 tidies up the memory of each thread: that belongs to the work. */
const SETTLE_MS = 40_000

export async function measureStart(scale: Scale): Promise<Record<string, number>> {
  const firstMs: number[] = []
  for (let round = 0; round < 3; round++)
    firstMs.push(await withEngine([], {}, async (_, port) => untilFirstAircraft(port)))
  const memory = await withEngine([], {}, (child) => watchMemory(child.pid!, WATCH_SECONDS[scale]))
  return { 'start.first_aircraft_ms': median(firstMs), ...memory }
}

/** A replay that has ended: nothing comes in, nobody looks. */
export async function measureIdle(scale: Scale): Promise<Record<string, number>> {
  const seconds = scale === 'full' ? 60 : 15
  const percent = await withEngine(
    ['--set', 'sources.opensky.replay.loop=false'],
    { REPLAY_SPEED: '0' },
    async (child, port) => {
      await untilFirstAircraft(port)
      await delay(SETTLE_MS)
      const before = processorSeconds(child.pid!)
      await delay(seconds * 1000)
      return ((processorSeconds(child.pid!) - before) / seconds) * 100
    },
  )
  return { 'idle.cpu_percent': percent }
}

async function withEngine<T>(
  args: string[],
  env: Record<string, string>,
  work: (child: ChildProcess, port: number) => Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'skein-bench-'))
  const port = await freePort()
  const own = { SKEIN_DATA: join(directory, 'data'), BACKEND_PORT: String(port), SKEIN_OPS_PORT: '0' }
  const child = start(SKEIN, ['run', 'config/nyc-replay.yaml', '--set', 'ops.logLevel=error', ...args], {
    ...own,
    ...env,
  })
  try {
    return await work(child, port)
  } finally {
    await stopped(child)
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Milliseconds until the API lists an aircraft. */
async function untilFirstAircraft(port: number): Promise<number> {
  const startedMs = performance.now()
  for (;;) {
    const count = await fetch(`http://127.0.0.1:${port}/api/flights`).then(
      (answer) => answer.json(),
      () => ({ count: 0 }),
    )
    if ((count as { count: number }).count > 0) return performance.now() - startedMs
    if (performance.now() - startedMs > 60_000) throw new Error('no aircraft within a minute')
    await delay(10)
  }
}

async function watchMemory(pid: number, seconds: number): Promise<Record<string, number>> {
  const samples: { minute: number; mb: number }[] = []
  for (let second = 0; second < seconds; second++) {
    await delay(1000)
    samples.push({ minute: second / 60, mb: residentMb(pid) })
  }
  const warm = samples.slice(Math.floor(samples.length * WARM_UP_FRACTION))
  return { 'start.rss_mb': Math.max(...samples.map(({ mb }) => mb)), 'start.rss_slope_mb_per_minute': slope(warm) }
}

/** Of the line through the samples by least squares. */
function slope(samples: { minute: number; mb: number }[]): number {
  const n = samples.length
  const meanMinute = samples.reduce((sum, { minute }) => sum + minute, 0) / n
  const meanMb = samples.reduce((sum, { mb }) => sum + mb, 0) / n
  const covariance = samples.reduce((sum, { minute, mb }) => sum + (minute - meanMinute) * (mb - meanMb), 0)
  return covariance / samples.reduce((sum, { minute }) => sum + (minute - meanMinute) ** 2, 0)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
