/**
 * What sources do to one another in one engine: eighteen side by side, undisturbed and with one that hangs, one that fails and one
 * that answers garbage; what becomes of fetches when 3 % of them go wrong; and the memory that 5,000 open connections take.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import type { Scale } from '../benchmarks.ts'
import { median, residentMb, SKEIN, start, stopped } from '../macro/processes.ts'
import { withHosts } from './with-hosts.ts'

const SIDE_BY_SIDE = 18
const AFTER_MS = 5
const DISTURBING = ['hang', 'fail', 'garbage']
const OTHERS = SIDE_BY_SIDE - DISTURBING.length
const PATIENCE_MS = 60_000

const FETCH_P95 = /^skein_poll_fetch_recent_seconds\{source="s(\d+)",quantile="0.95"\} (.+)$/gm
const ANSWERS = counted('answers_total')
const FAILURES = counted('failures_total')
const SERVER_ERRORS = counted('failed_server_error_total')
const IN_FLIGHT = counted('in_flight')

export async function measurePolling(scale: Scale): Promise<Record<string, number>> {
  const answers = scale === 'full' ? 400 : 100
  const rounds = scale === 'full' ? 7 : 3
  const slower = []
  for (let i = 0; i < rounds; i++) slower.push((await othersP95(answers, DISTURBING)) / (await othersP95(answers, [])))
  return {
    'polling.others_p95': median(slower),
    'polling.success_percent': await successPercent(answers),
    ...(await holdConnections()),
  }
}

/** Of the sources that are not disturbed: the mean of the times within which 95 of 100 fetches end. */
function othersP95(answers: number, ways: readonly string[]): Promise<number> {
  const sources = { hosts: SIDE_BY_SIDE, delayMs: AFTER_MS, ways, every: '50ms', inFlight: 4 }
  return withEngine(sources, async ({ metrics }) => {
    const isOther = ([host]: number[]) => host! >= DISTURBING.length
    const enough = ([, count]: number[]) => count! >= answers
    await until(async () => (await metrics(ANSWERS)).filter(isOther).filter(enough).length === OTHERS)
    const times = (await metrics(FETCH_P95)).filter(isOther)
    return sum(times) / OTHERS
  })
}

function successPercent(answers: number): Promise<number> {
  const ways = new Array<string>(SIDE_BY_SIDE).fill('flaky')
  const sources = { hosts: SIDE_BY_SIDE, delayMs: AFTER_MS, ways, every: '20ms', inFlight: 8 }
  return withEngine(sources, async ({ metrics }) => {
    await until(async () => sum(await metrics(ANSWERS)) >= answers * SIDE_BY_SIDE)
    if (sum(await metrics(SERVER_ERRORS)) === 0) throw new Error('nothing went wrong')
    const [ended, failed] = [sum(await metrics(ANSWERS)), sum(await metrics(FAILURES))]
    return (ended / (ended + failed)) * 100
  })
}

const HOSTS = 50
const HELD_MS = 12_000

function holdConnections(): Promise<Record<string, number>> {
  const sources = { hosts: HOSTS, delayMs: HELD_MS, ways: [], every: '1h', inFlight: 100 }
  return withEngine(sources, async ({ metrics, pid }) => {
    let most = 0
    let mb = 0
    await until(async () => {
      most = Math.max(most, sum(await metrics(IN_FLIGHT)))
      mb = Math.max(mb, residentMb(pid))
      return most >= HOSTS * 100 || sum(await metrics(ANSWERS)) > 0
    })
    return { 'polling.in_flight': most, 'polling.rss_mb': mb }
  })
}

interface Sources {
  hosts: number
  delayMs: number
  ways: readonly string[]
  every: string
  inFlight: number
}

interface Running {
  pid: number
  /** All matches: the two numbers in each. */
  metrics: (pattern: RegExp) => Promise<number[][]>
}

/** An engine that polls each of the hosts with a source of its own, as often as it can. */
function withEngine<T>({ hosts, delayMs, ways, every, inFlight }: Sources, work: (running: Running) => Promise<T>) {
  return withHosts(hosts, delayMs, ways, async (urls): Promise<T> => {
    const directory = mkdtempSync(join(tmpdir(), 'skein-bench-'))
    const log = join(directory, 'log')
    const params = Array.from({ length: inFlight }, (_, i) => i).join(', ')
    const sources = urls.map(
      (url, i) =>
        `  s${i}: { poll: { url: "${url}?n={n}", params: { n: [${params}] }, every: ${every}, maxInFlight: ${inFlight}, format: readsb, limits: [] } }\n`,
    )
    const file = join(directory, 'polling.yaml')
    writeFileSync(
      file,
      `name: polling\nlog: { directory: ${log} }\nops: { port: 0, logLevel: error }\nsources:\n${sources.join('')}`,
    )
    const child = start(SKEIN, ['run', file], {})
    const metrics = async (pattern: RegExp) => {
      const page = await scrape(join(log, 'admin.sock'))
      return Array.from(page.matchAll(pattern), ([, ...numbers]) => numbers.map(Number))
    }
    try {
      return await work({ pid: child.pid!, metrics })
    } finally {
      await stopped(child)
      rmSync(directory, { recursive: true, force: true })
    }
  })
}

/** The metrics page; empty as long as nobody serves it. */
function scrape(socketPath: string): Promise<string> {
  return new Promise((resolve) => {
    get({ socketPath, path: '/metrics', agent: false }, (response) => resolve(text(response))).on('error', () =>
      resolve(''),
    )
  })
}

function counted(name: string): RegExp {
  return new RegExp(`^skein_poll_${name}\\{source="s(\\d+)"\\} (.+)$`, 'gm')
}

const sum = (readings: number[][]): number => readings.reduce((total, [, value]) => total + value!, 0)

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within ${PATIENCE_MS / 1000} s`)
    await delay(100)
  }
}
