/** Events over HTTP, 1 KB each over 64 connections, answered when they are on disk and before; against a server that keeps nothing. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../../test/servers/free-port.ts'
import type { Scale } from '../benchmarks.ts'
import { median, NODE, ROOT, SKEIN, start, stopped, timed } from '../macro/processes.ts'

const ROUNDS = 2
const CONNECTIONS = 64
const PATIENCE_MS = 20_000

interface Load {
  readonly perSecond: number
  readonly p99_ms: number
  readonly failed: number
}

export async function measurePush(scale: Scale): Promise<Record<string, number>> {
  const seconds = scale === 'full' ? 20 : 3
  const durable: Load[] = []
  const inMemory: Load[] = []
  const plain: Load[] = []
  for (let round = 0; round < ROUNDS; round++) {
    plain.push(await loadOfPlain(seconds))
    const [one, other] = await loadsOfSkein(seconds)
    durable.push(one)
    inMemory.push(other)
  }
  return {
    'push.durable_per_second': median(durable.map(({ perSecond }) => perSecond)) / 1000,
    'push.durable_p99': median(durable.map(({ p99_ms }) => p99_ms)),
    'push.memory_per_second': median(inMemory.map(({ perSecond }) => perSecond)) / 1000,
    'push.versus_plain': median(durable.map(({ perSecond }, round) => perSecond / plain[round]!.perSecond)),
    'push.failed': Math.max(...[...durable, ...inMemory].map(({ failed }) => failed)),
  }
}

async function loadOfPlain(seconds: number): Promise<Load> {
  const port = await freePort()
  const server = start(NODE, [join(ROOT, 'bench/rivals/plain-uws.mjs'), String(port)], {})
  try {
    await listens(port)
    return await load(`http://127.0.0.1:${port}/ingest`, seconds)
  } finally {
    await stopped(server)
  }
}

async function loadsOfSkein(seconds: number): Promise<[Load, Load]> {
  const directory = mkdtempSync(join(tmpdir(), 'skein-bench-push-'))
  const port = await freePort()
  const file = join(directory, 'pipeline.yaml')
  const log = join(directory, 'log')
  writeFileSync(
    file,
    `name: bench\nlog: { directory: ${log} }\nops: { port: 0, logLevel: error }\nsources: { push: { push: { port: ${port} } } }\n`,
  )
  const engine = start(SKEIN, ['run', file], {})
  try {
    await listens(port)
    const durable = await load(`http://127.0.0.1:${port}/ingest`, seconds)
    return [durable, await load(`http://127.0.0.1:${port}/ingest?ack=memory`, seconds)]
  } finally {
    await stopped(engine)
    rmSync(directory, { recursive: true, force: true })
  }
}

async function load(url: string, seconds: number): Promise<Load> {
  const { output } = await timed(NODE, [join(ROOT, 'bench/push/load.ts'), url, String(CONNECTIONS), String(seconds)])
  return JSON.parse(output) as Load
}

async function listens(port: number): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS
  while (performance.now() < endMs) {
    const isThere = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
      socket.on('connect', () => socket.destroy())
    })
    if (isThere) return
    await delay(50)
  }
  throw new Error(`nobody listens on port ${port}`)
}
