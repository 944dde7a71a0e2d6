/**
 * What a fetch costs: processor time of 10,000 of them over 50 hosts, 500 at once, against undici alone and against aiohttp, each in the same
 * run; and how long they take.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import { Authorizer, Fetcher, type Gate, HttpClient } from '../../actors/source/http/index.ts'
import type { Scale } from '../benchmarks.ts'
import { median, NODE, ROOT, timed } from '../macro/processes.ts'
import { pythonWith } from '../macro/python.ts'

const HOSTS = 50
const AT_ONCE = 500
const LIMITS = {
  headersTimeoutMs: 15_000,
  bodyTimeoutMs: 15_000,
  totalTimeoutMs: 60_000,
  maxBodyBytes: 1 << 24,
  maxRedirects: 5,
}
const signal = new AbortController().signal

type Fetch = (url: string) => Promise<unknown>

export async function measureHttp(scale: Scale): Promise<Record<string, number>> {
  const requests = scale === 'full' ? 50_000 : 10_000
  const rounds = scale === 'full' ? 7 : 3
  const hosts = spawn(NODE, [join(ROOT, 'bench/http/hosts.ts'), String(HOSTS)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const client = new HttpClient()
  const agent = new Agent({ connections: 100, allowH2: false })
  try {
    const [printed] = (await once(hosts.stdout, 'data')) as [Buffer]
    const urls = (JSON.parse(printed.toString()) as number[]).map(
      (port) => `http://127.0.0.1:${port}/v2/point/40.7/-74/250`,
    )
    const fetchers = urls.map(() => fetcherOver(client))
    const ours: Fetch = (url) => fetchers[urls.indexOf(url)]!.fetch({ url, headers: { accept: '*/*' } }, signal)
    const bare: Fetch = async (url) => (await request(url, { dispatcher: agent })).body.arrayBuffer()
    await run(ours, urls, 2000)
    await run(bare, urls, 2000)
    const versusBare: number[] = []
    const p95: number[] = []
    let perSecond = 0
    let cpu_s = 0
    for (let i = 0; i < rounds; i++) {
      const ourRun = await run(ours, urls, requests)
      const bareRun = await run(bare, urls, requests)
      versusBare.push(ourRun.cpu_s / bareRun.cpu_s)
      p95.push(ourRun.p95_ms)
      perSecond = Math.max(perSecond, ourRun.perSecond)
      cpu_s = (ourRun.cpu_s / requests) * 10_000
    }
    const figures: Record<string, number> = {
      'http.versus_undici': median(versusBare),
      'http.fetches_per_second': perSecond,
      'http.p95': median(p95),
    }
    const aiohttp = await aiohttpCpu(urls, requests)
    if (aiohttp !== null) figures['http.versus_aiohttp'] = cpu_s / aiohttp
    return figures
  } finally {
    hosts.kill('SIGTERM')
    await client.close()
    await agent.destroy()
  }
}

function fetcherOver(client: HttpClient): Fetcher {
  let ticket = 0
  const gate: Gate = { pass: () => Promise.resolve(++ticket), answered: () => {} }
  const options = { limits: LIMITS, attempts: 3, breaker: { failures: 5, pauseMs: 60_000 } }
  return new Fetcher(client, options, new Authorizer(undefined, client), { gate, onAttempt: () => {} })
}

async function run(fetch: Fetch, urls: readonly string[], requests: number) {
  const took = new Float64Array(requests)
  let next = 0
  const work = async () => {
    for (let i = next++; i < requests; i = next++) {
      const beganMs = performance.now()
      await fetch(urls[i % urls.length]!)
      took[i] = performance.now() - beganMs
    }
  }
  const before = process.cpuUsage()
  const beganMs = performance.now()
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  const { user, system } = process.cpuUsage(before)
  const seconds = (performance.now() - beganMs) / 1000
  return {
    cpu_s: (user + system) / 1e6,
    perSecond: requests / seconds,
    p95_ms: took.sort()[Math.floor(requests * 0.95)]!,
  }
}

/** Processor seconds for 10,000 requests; null where there is no aiohttp. */
async function aiohttpCpu(urls: readonly string[], requests: number): Promise<number | null> {
  const python = pythonWith('aiohttp', ['aiohttp==3.13.2'])
  if (python === null) return null
  const { output } = await timed(python, ['bench/rivals/python_aiohttp.py', String(requests), String(AT_ONCE), ...urls])
  return (Number(output) / requests) * 10_000
}
