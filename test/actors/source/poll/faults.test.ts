/**
 * Every fault that a simulated provider knows, each at one source of one running program: what is counted, what a person is told,
 * and what is kept.
 */
import { describe, expect, onTestFinished, test } from 'vitest'
import { createSky, NEW_YORK } from '../../../../fixtures/airspace/index.ts'
import {
  DEMO_KEY,
  DEMO_SECRET,
  FAULT_KINDS,
  type Fault,
  startAirspace,
} from '../../../../fixtures/airspace/serve/index.ts'
import { pollingProgram } from './polling-program.ts'

const SKY = createSky({ seed: 3, aircraft: 60, region: NEW_YORK })

interface Case {
  fault: Omit<Fault, 'provider'>
  /** What its requests that fail are counted as; the others go well. */
  counted?: string
  /** What `/ready` says of the source. */
  told?: RegExp
  /** Whether its bodies or their rows are kept as dead letters. */
  keeps?: { reason: string; bytes: RegExp }
  /** Whether aircraft come in all the same. */
  records: boolean
}

const CASES: Record<string, Case> = {
  latency: { fault: { kind: 'latency', ms: 150 }, records: true },
  hang: {
    fault: { kind: 'hang' },
    counted: 'headers_timeout',
    told: /headers_timeout: no answer in time/,
    records: false,
  },
  'hang-in-body': {
    fault: { kind: 'hang', afterBytes: 50 },
    counted: 'body_timeout',
    told: /body_timeout: /,
    records: false,
  },
  reset: { fault: { kind: 'reset' }, counted: 'reset', told: /reset: /, records: false },
  'reset-in-body': {
    fault: { kind: 'reset', afterBytes: 50 },
    counted: 'truncated',
    told: /truncated: /,
    records: false,
  },
  'server-error': {
    fault: { kind: 'status', status: 500 },
    counted: 'server_error',
    told: /server_error: .*500/,
    records: false,
  },
  'client-error': { fault: { kind: 'status', status: 418 }, counted: 'limited', records: false },
  'not-found': {
    fault: { kind: 'status', status: 404 },
    counted: 'not_found',
    told: /not_found: .*404/,
    records: false,
  },
  'wait-seconds': { fault: { kind: 'status', status: 429, retryAfter_s: 2 }, counted: 'limited', records: false },
  'wait-date': {
    fault: { kind: 'status', status: 429, retryAfter_s: 2, retryAfterAs: 'date' },
    counted: 'limited',
    records: false,
  },
  forbidden: { fault: { kind: 'status', status: 403 }, counted: 'forbidden', told: /403/, records: false },
  truncate: { fault: { kind: 'truncate' }, counted: 'truncated', told: /truncated: /, records: false },
  malformed: {
    fault: { kind: 'malformed' },
    told: /not to be understood/,
    keeps: { reason: 'bad_json', bytes: /./ },
    records: false,
  },
  html: {
    fault: { kind: 'html' },
    told: /not to be understood/,
    keeps: { reason: 'bad_json', bytes: /<html/ },
    records: false,
  },
  empty: {
    fault: { kind: 'empty' },
    told: /not to be understood/,
    keeps: { reason: 'bad_json', bytes: /^$/ },
    records: false,
  },
  gzip: { fault: { kind: 'gzip' }, records: true },
  'broken-gzip': { fault: { kind: 'broken-gzip' }, counted: 'bad_encoding', told: /bad_encoding: /, records: false },
  'redirect-here': { fault: { kind: 'redirect', to: 'same' }, records: true },
  'redirect-elsewhere': { fault: { kind: 'redirect', to: 'other' }, records: true },
  'redirect-in-circles': {
    fault: { kind: 'redirect', to: 'loop' },
    counted: 'redirect',
    told: /redirect: /,
    records: false,
  },
  drip: {
    fault: { kind: 'drip', bytesPerSecond: 200 },
    counted: 'total_timeout',
    told: /total_timeout: /,
    records: false,
  },
  oversized: {
    fault: { kind: 'oversized', bytes: 400_000 },
    counted: 'too_large',
    told: /too_large: .*200000 bytes/,
    records: false,
  },
  'clock-ahead': {
    fault: { kind: 'clock', clock_s: 3600 },
    told: /not to be understood/,
    keeps: { reason: 'time_ahead', bytes: /"now":/ },
    records: false,
  },
}

/** One more than the others: it asks for tokens. */
const EXPIRED: Fault = { provider: 'opensky', kind: 'expired-token' }

const source = (name: string, url: string): string => `
${name}:
  poll:
    url: ${url}/v2/point/{lat}/{lon}/{radius_nm}
    params: { lat: ["40.7"], lon: ["-74"], radius_nm: ["40"] }
    every: 300ms
    format: readsb
    limits: []
    credential: ${name}
    attempts: 1
    maxBody: 200kB
    breaker: { failures: 1000 }
    timeouts: { headers: 400ms, body: 400ms, total: 3s }`

describe('with all that can go wrong at once', { timeout: 120_000 }, async () => {
  test('each source tells its own trouble, nothing is lost silently, and the others go on', async () => {
    const opened = async (faults: readonly Fault[]) => {
      const providers = { 'airplanes.live': { limits: [] }, opensky: { limits: [] } }
      const airspace = await startAirspace({ sky: SKY, clock: Date.now, providers, faults })
      onTestFinished(() => airspace.close())
      return airspace
    }
    const airspaces = new Map<string, Awaited<ReturnType<typeof opened>>>()
    for (const [name, { fault }] of Object.entries(CASES))
      airspaces.set(name, await opened([{ provider: 'airplanes.live', ...fault }]))
    const tokens = await opened([])
    const sources = [...airspaces].map(([name, airspace]) => source(name, airspace.url('airplanes.live')))
    const program = pollingProgram(
      [
        ...sources,
        source('no-such-host', 'http://no-such-host.invalid'),
        `
expired-token:
  poll:
    url: ${tokens.url('opensky')}/api/states/all?lamin=40&lomin=-75&lamax=41&lomax=-73
    every: 1s
    format: opensky
    limits: []
    attempts: 1
    auth:
      oauth2: { tokenUrl: "${tokens.url('opensky')}/auth/realms/opensky-network/protocol/openid-connect/token", clientId: "\${ID:}", clientSecret: "\${SECRET:}" }`,
      ].join(''),
    )
    const run = program.start({ ID: DEMO_KEY, SECRET: DEMO_SECRET })
    const troubled = Object.entries({ ...CASES, 'no-such-host': { told: /dns: / } }).flatMap(([name, { told }]) =>
      told === undefined ? [] : [[name, told] as const],
    )
    const asked = () => [...airspaces.values()].every((airspace) => airspace.stats()['airplanes.live']!.requests >= 1)
    await run.until('all were asked', asked, 50)
    const withTokens = () => tokens.stats().opensky!.requests
    await run.until('one has used its token', () => withTokens() >= 3, 50)
    tokens.inject({ ...EXPIRED, count: 1 })
    await run.until('it has got another', () => withTokens() >= 6, 50)
    const problems = async () =>
      Object.fromEntries(await Promise.all(troubled.map(async ([name]) => [name, await program.problemOf(name)])))
    await expect
      .poll(problems, { timeout: 40_000 })
      .toEqual(Object.fromEntries(troubled.map(([name, told]) => [name, expect.stringMatching(told)])))

    const metrics = await program.metrics()
    const count = (metric: string, source: string) =>
      Number(new RegExp(`^${metric}{source="${source}"} (\\d+)`, 'm').exec(metrics)?.[1])
    const failed = (source: string) =>
      [...metrics.matchAll(new RegExp(`^skein_poll_failed_(\\w+)_total{source="${source}"} [1-9]`, 'gm'))].map(
        ([, why]) => why,
      )
    const expected = (counted?: string) => (counted === undefined ? [] : [counted])
    expect(Object.fromEntries(Object.keys(CASES).map((name) => [name, failed(name)]))).toEqual(
      Object.fromEntries(Object.entries(CASES).map(([name, { counted }]) => [name, expected(counted)])),
    )
    expect(failed('no-such-host')).toEqual(['dns'])
    expect(failed('expired-token'), 'a token that is too old is replaced').toEqual(['unauthorized'])
    expect(count('skein_poll_failures_total', 'expired-token')).toBe(0)

    await program.stop(run, 'SIGTERM')
    const letters = program.topic('adsb_raw.dlq') as unknown as {
      source: string
      reason: string
      input_base64: string
    }[]
    const observed = new Set(program.topic('adsb_raw').map(({ source }) => (source as { provider: string }).provider))
    for (const [name, { keeps, records }] of Object.entries(CASES)) {
      const own = letters.filter((letter) => letter.source === name)
      expect(new Set(own.map(({ reason }) => reason)), name).toEqual(new Set(keeps === undefined ? [] : [keeps.reason]))
      if (keeps !== undefined)
        expect(Buffer.from(own[0]!.input_base64, 'base64').toString('latin1')).toMatch(keeps.bytes)
      if (keeps !== undefined) expect(count('skein_poll_refused_bodies_total', name), name).toBeGreaterThan(0)
      expect(observed.has(name), name).toBe(records)
    }
    expect(tokens.stats().opensky!.byStatus).toMatchObject({ 401: 1 })
    expect(airspaces.get('wait-seconds')!.stats()['airplanes.live']!.impatient).toBe(0)
    expect(airspaces.get('wait-date')!.stats()['airplanes.live']!.impatient).toBe(0)
    expect(airspaces.get('forbidden')!.stats()['airplanes.live']!.requests, 'is asked no more').toBe(1)
    expect(airspaces.get('redirect-elsewhere')!.stats()['airplanes.live']!.leakedCredentials).toBe(0)
    expect(program.ledger().in_flight).toBe(0)
  })

  test('every kind of fault is among them', () => {
    const kinds = new Set([...Object.values(CASES).map(({ fault }) => fault.kind), EXPIRED.kind])
    expect([...kinds].sort()).toEqual([...FAULT_KINDS].sort())
  })
})
