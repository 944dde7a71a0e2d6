/**
 * What a fetch costs: processor time of thousands of them over 50 hosts, 500 at once, against undici alone and against aiohttp, each in the same
 * run; and how long they take. And that as many connections as may be are open at once.
 */
import { Agent, request } from 'undici'
import { Authorizer, DEFAULT_CONNECTIONS, Fetcher, type Gate, HttpClient } from '../../actors/source/http/index.ts'
import type { Scale } from '../benchmarks.ts'
import { median, timed } from '../macro/processes.ts'
import { pythonWith } from '../macro/python.ts'
import { withHosts } from './with-hosts.ts'

const HOSTS = 50
const AT_ONCE = 500
const ANSWER_AFTER_MS = 5
/** So many fetches until all of their code is compiled. */
const WARM_AFTER = 10_000
/** Long enough for all connections to be opened meanwhile. */
const HELD_MS = 5000
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
  return { ...(await measureCost(scale)), 'http.held_connections': await holdConnections() }
}

function measureCost(scale: Scale): Promise<Record<string, number>> {
  const requests = scale === 'full' ? 50_000 : 5000
  const rounds = scale === 'full' ? 7 : 5
  const python = pythonWith('aiohttp', ['aiohttp==3.13.2'])
  return withHosts(HOSTS, ANSWER_AFTER_MS, [], async (urls) => {
    const client = new HttpClient()
    const agent = new Agent({ connections: DEFAULT_CONNECTIONS.perOrigin, allowH2: false })
    const fetchers = urls.map(() => fetcherOver(client))
    const ours: Fetch = (url) => fetchers[urls.indexOf(url)]!.fetch({ url, headers: { accept: '*/*' } }, signal)
    const bare: Fetch = async (url) => (await request(url, { dispatcher: agent })).body.arrayBuffer()
    await run(ours, urls, WARM_AFTER)
    await run(bare, urls, WARM_AFTER)
    const runs = []
    for (let i = 0; i < rounds; i++)
      runs.push({
        ours: await run(ours, urls, requests),
        bare: await run(bare, urls, requests),
        aiohttp_s: python === null ? null : await aiohttpCpu(python, urls, requests),
      })
    await client.close()
    await agent.destroy()
    // What else runs on the machine only ever adds processor time: the least of each is what it costs.
    const cpu_s = Math.min(...runs.map(({ ours }) => ours.cpu_s))
    return {
      'http.versus_undici': cpu_s / Math.min(...runs.map(({ bare }) => bare.cpu_s)),
      'http.fetches_per_second': Math.max(...runs.map(({ ours }) => ours.perSecond)),
      'http.p95': median(runs.map(({ ours }) => ours.p95_ms)),
      ...(python === null
        ? {}
        : { 'http.versus_aiohttp': cpu_s / Math.min(...runs.map(({ aiohttp_s }) => aiohttp_s!)) }),
    }
  })
}

/** How many connections are open while as many requests as may be are under way. */
function holdConnections(): Promise<number> {
  return withHosts(HOSTS, HELD_MS, [], async (urls) => {
    const { total } = DEFAULT_CONNECTIONS
    const client = new HttpClient()
    const sending = Array.from({ length: total }, (_, i) =>
      client.send({ url: urls[i % HOSTS]!, headers: {} }, LIMITS, signal),
    )
    const answers = await Promise.all(sending)
    const held = client.connections
    await client.close()
    const failed = answers.find(({ kind }) => kind !== 'ok')
    if (failed !== undefined) throw new Error(JSON.stringify(failed))
    return held
  })
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

/** Processor seconds for so many requests. */
async function aiohttpCpu(python: string, urls: readonly string[], requests: number): Promise<number> {
  const { output } = await timed(python, ['bench/rivals/python_aiohttp.py', String(requests), String(AT_ONCE), ...urls])
  return Number(output)
}
