/** A program uses the engine as a library, against providers that judge strictly. */
import { join } from 'node:path'
import { type Alert, type FetchError, type FetchRequest, startEngine } from 'skein'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createSky, NEW_YORK } from '../../fixtures/airspace/index.ts'
import { type Airspace, startAirspace } from '../../fixtures/airspace/serve/index.ts'
import { scratchDirectory } from '../engine/runtime/scratch.ts'

const SKY = createSky({ seed: 3, aircraft: 120, region: NEW_YORK })
const TILE = { source: 'adsb-fi', lat: 40.7, lon: -74, radius_nm: 50 }
const QUOTE = { source: 'ticker', symbol: 'ADAUSDT' }

async function opened(): Promise<Airspace> {
  const airspace = await startAirspace({ sky: SKY, clock: Date.now })
  onTestFinished(() => airspace.close())
  return airspace
}

interface Alerting {
  alerts?: object
  onAlert?: (alert: Alert) => void
}

/** A ticker that polls one symbol an hour, and one that asks for tiles. */
async function started(
  airspace: Airspace,
  { attempts = 1, limit = '20/s', headers = '10s' } = {},
  alerting: Alerting = {},
) {
  const log = join(scratchDirectory(), 'log')
  const ticker = {
    provider: 'binance',
    poll: {
      url: `${airspace.url('binance')}/api/v3/ticker/24hr?symbol={symbol}`,
      params: { symbol: ['BTCUSDT', 'ETHUSDT'] },
      every: '1h',
      limits: [limit],
      attempts,
      timeouts: { headers },
      map: {
        schema: 'quote',
        key: 'binance:{symbol}',
        time: { from: 'closeTime', unit: 'ms' },
        fields: { price: 'lastPrice' },
      },
    },
  }
  const tiles = {
    poll: {
      url: `${airspace.url('adsb.fi')}/api/v2/lat/{lat}/lon/{lon}/dist/{radius_nm}`,
      tiles: { shape: 'circle' },
      format: 'readsb',
      limits: ['1/s'],
    },
  }
  const bounds = { latMin: 40.4, latMax: 41.2, lonMin: -74.5, lonMax: -73.5 }
  const config = { name: 'test', log: { directory: log }, bounds, ops: { logLevel: 'silent' }, alerts: alerting.alerts }
  const engine = await startEngine({ ...config, sources: { ticker, 'adsb-fi': tiles } }, { onAlert: alerting.onAlert })
  onTestFinished(() => engine.stop())
  return { engine, log }
}

const failureOf = (fetched: Promise<unknown>): Promise<FetchError> =>
  fetched.then(
    () => Promise.reject(new Error('it went well')),
    (error) => error,
  )

describe('fetchData', () => {
  test('brings the records of a symbol that the configuration does not list, and the log has them once', async () => {
    const { engine } = await started(await opened())
    const { records, fetch } = await engine.fetchData(QUOTE)
    expect(records).toMatchObject([{ schema: 'quote', fields: { symbol: 'binance:ADAUSDT' } }])
    expect(records[0]!.fields.price).toBeGreaterThan(0)
    expect(fetch).toMatchObject({ status: 200, attempts: 1 })
    await engine.stop()
    const logged = engine.getBufferItems().filter(({ fields }) => fields.symbol === 'binance:ADAUSDT')
    expect(logged).toMatchObject([{ source: 'ticker', time_ms: records[0]!.time_ms }])
  })

  test('asks a source of tiles about a place', async () => {
    const { engine } = await started(await opened())
    const { records } = await engine.fetchData(TILE)
    expect(records.length).toBeGreaterThan(0)
    expect(records[0]).toMatchObject({ schema: 'flight' })
  })

  test('says which parameters are missing or unknown, and which sources there are', async () => {
    const { engine } = await started(await opened())
    const wrong = await failureOf(engine.fetchData({ source: 'ticker', simbol: 'X' }))
    expect(wrong).toMatchObject({ code: 'SKEIN_FETCH_PARAMETER', class: 'parameters', fetch: null })
    expect(wrong.details).toMatchObject({ missing: ['symbol'], unknown: ['simbol'] })
    const unknown = await failureOf(engine.fetchData({ source: 'nobody' }))
    expect(unknown).toMatchObject({ code: 'SKEIN_SOURCE_UNKNOWN', details: { polled: ['ticker', 'adsb-fi'] } })
  })

  test.each([
    ['server_error', { kind: 'status', status: 503 }],
    ['not_found', { kind: 'status', status: 404 }],
    ['forbidden', { kind: 'status', status: 403 }],
    ['unauthorized', { kind: 'status', status: 401 }],
    ['limited', { kind: 'status', status: 429 }],
    ['client_error', { kind: 'status', status: 400 }],
    ['reset', { kind: 'reset' }],
    ['headers_timeout', { kind: 'hang' }],
    ['refused_body', { kind: 'html' }],
    ['truncated', { kind: 'truncate' }],
  ] as const)('rejects with the class %s', async (failure, fault) => {
    const airspace = await opened()
    const { engine } = await started(airspace, { headers: '1s' })
    await expect.poll(() => engine.getMetrics().sources.ticker).toMatchObject({ requests: 2, success_rate: 1 })
    airspace.inject({ provider: 'binance', ...fault })
    const error = await failureOf(engine.fetchData(QUOTE))
    expect(error).toMatchObject({ name: 'FetchError', code: 'SKEIN_FETCH_FAILED', class: failure })
    expect(error.fetch!.attempts).toBe(1)
  })

  test('says who may not ask also to those who waited meanwhile', async () => {
    const airspace = await opened()
    airspace.inject({ provider: 'binance', kind: 'status', status: 401 })
    const { engine } = await started(airspace, { limit: '1/s' })
    const failures = await Promise.all(Array.from({ length: 5 }, () => failureOf(engine.fetchData(QUOTE))))
    expect(new Set(failures.map((failure) => failure.class))).toEqual(new Set(['unauthorized']))
    expect(await failureOf(engine.fetchData(QUOTE)), 'later').toMatchObject({ class: 'unauthorized' })
  })

  test('tries again what may succeed, and tells how often', async () => {
    const airspace = await opened()
    const { engine } = await started(airspace, { attempts: 3 })
    await expect.poll(() => engine.getMetrics().sources.ticker!.requests).toBe(2)
    airspace.inject({ provider: 'binance', kind: 'status', status: 503, count: 1 })
    expect((await engine.fetchData(QUOTE)).fetch).toMatchObject({ status: 200, attempts: 2 })
  })

  test('ends when its signal does, in flight and before its turn', async () => {
    const airspace = await opened()
    const { engine } = await started(airspace, { limit: '1/s' })
    airspace.inject({ provider: 'binance', kind: 'hang' })
    const asked = Array.from({ length: 4 }, () =>
      failureOf(engine.fetchData(QUOTE, { signal: AbortSignal.timeout(300) })),
    )
    for (const error of await Promise.all(asked)) expect(error.class).toBe('aborted')
  })
})

describe('fetchBatch', () => {
  test('settles each in order, within the limits', async () => {
    const airspace = await opened()
    const { engine } = await started(airspace)
    const asked: FetchRequest[] = [...Array.from({ length: 3 }, () => TILE), { source: 'nobody' }, QUOTE]
    const results = await engine.fetchBatch(asked)
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ])
    expect(airspace.stats()['adsb.fi']).toMatchObject({ limited: 0 })
  })

  test('rejects what has not been answered when the engine stops', async () => {
    const { engine } = await started(await opened(), { limit: '1/s' })
    const batch = engine.fetchBatch(Array.from({ length: 20 }, () => QUOTE))
    await engine.stop()
    await engine.stop()
    const classes = new Set((await batch).map((one) => (one.status === 'rejected' ? one.reason.class : 'well')))
    expect([...classes].filter((one) => one !== 'well' && one !== 'aborted' && one !== 'stopped')).toEqual([])
    expect(classes.size).toBeGreaterThan(0)
    expect(await failureOf(engine.fetchData(QUOTE))).toMatchObject({ class: 'stopped' })
  })
})

describe('an engine in a program', () => {
  test('measures what it fetches, by source and in all', async () => {
    const { engine } = await started(await opened())
    await engine.fetchBatch(Array.from({ length: 10 }, () => QUOTE))
    const { sources, buffer, ...all } = engine.getMetrics()
    const { p50, p95, p99, max } = sources.ticker!.latency_ms!
    expect([p50, p95, p99, max]).toEqual([p50, p95, p99, max].toSorted((a, b) => a - b))
    expect(all.requests).toBeGreaterThanOrEqual(10)
    expect(all.success_rate).toBe(1)
    expect(buffer.overflow).toBe(0)
    await expect.poll(() => engine.getMetrics().requests_per_s.peak).toBeGreaterThan(0)
  })

  test('has room for another with a log of its own', async () => {
    const airspace = await opened()
    const [one, other] = [await started(airspace), await started(airspace)]
    expect((await one.engine.fetchData(QUOTE)).records).toHaveLength(1)
    await one.engine.stop()
    expect((await other.engine.fetchData(QUOTE)).records).toHaveLength(1)
  })

  test('says when a target is missed, and when it is met again', async () => {
    const airspace = await opened()
    const told: Alert[] = []
    const alerts = { p95Latency: '10s', window: '300ms', after: 2, minFetches: 1 }
    const { engine } = await started(airspace, {}, { alerts, onAlert: (alert) => told.push(alert) })
    const fetching = setInterval(() => void engine.fetchData(QUOTE).catch(() => {}), 100)
    onTestFinished(() => clearInterval(fetching))
    airspace.inject({ provider: 'binance', kind: 'status', status: 400, count: 20 })
    await expect
      .poll(() => told.map(({ name, state }) => `${name} ${state}`))
      .toEqual(['success raised', 'success cleared'])
    expect(told[0]).toMatchObject({ target: 0.99 })
    expect(told[0]!.value).toBeLessThan(0.99)
  })

  test('counts what its buffer could not keep, and gives the oldest that it has first', async () => {
    const file = join(import.meta.dirname, '../../fixtures/opensky_nyc_sample.jsonl')
    const engine = await startEngine({
      name: 'replay',
      log: { directory: join(scratchDirectory(), 'log') },
      ops: { logLevel: 'silent' },
      sources: { sample: { replay: { files: [file], speed: 0, loop: true } } },
    })
    onTestFinished(() => engine.stop())
    await expect.poll(() => engine.getMetrics().buffer).toMatchObject({ size: 10_000, overflow: expect.any(Number) })
    await expect.poll(() => engine.getMetrics().buffer.overflow).toBeGreaterThan(0)
    await engine.stop()
    const { overflow } = engine.getMetrics().buffer
    const records = engine.getBufferItems()
    expect(records).toHaveLength(10_000)
    const sequences = records.map(({ sequence }) => sequence)
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b))
    expect(sequences[0]).toBeGreaterThanOrEqual(overflow)
    expect(engine.getBufferItems()).toEqual([])
  })
})
