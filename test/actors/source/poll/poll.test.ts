/** The whole program polls providers that judge strictly, on the real clock. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createSky, NEW_YORK } from '../../../../fixtures/airspace/index.ts'
import {
  type Airspace,
  DEMO_KEY,
  DEMO_SECRET,
  type Fault,
  startAirspace,
} from '../../../../fixtures/airspace/serve/index.ts'
import { SKEIN } from '../../../chaos/skein-process.ts'
import { circles, openSky } from './aviation-sources.ts'
import { pollingProgram } from './polling-program.ts'

const SKY = createSky({ seed: 3, aircraft: 120, region: NEW_YORK })
async function opened(): Promise<Airspace> {
  const airspace = await startAirspace({ sky: SKY, clock: Date.now })
  onTestFinished(() => airspace.close())
  return airspace
}

/** `skein run` over these sources. */
const program = (...sources: string[]) =>
  pollingProgram(sources.join('\n'), 'bounds: { latMin: 40.4, latMax: 41.2, lonMin: -74.5, lonMax: -73.5 }')

const requests = (airspace: Airspace, provider: string) => airspace.stats()[provider]!.requests
const inject = (airspace: Airspace, fault: Fault) => airspace.inject(fault)

describe('a region that several providers know', () => {
  test('is asked about as often as their limits allow, and what they tell is in the log', async () => {
    const airspace = await opened()
    const { start, ledger, skein, log } = program(
      circles(airspace, 'airplanes.live'),
      circles(airspace, 'adsb.fi'),
      openSky(airspace),
    )
    const run = start()
    await run.until(
      'all have been asked',
      () => requests(airspace, 'adsb.fi') >= 6 && requests(airspace, 'opensky') >= 2,
    )
    run.signal('SIGTERM')
    expect(await run.exited, run.stderr).toEqual({ code: 0, signal: null })
    for (const provider of ['airplanes.live', 'adsb.fi', 'opensky'])
      expect(airspace.stats()[provider], provider).toMatchObject({ limited: 0, impatient: 0 })
    const { received, accepted, duplicate, late, discarded, in_flight } = ledger()
    expect(accepted).toBeGreaterThan(50)
    expect(in_flight).toBe(0)
    const left = Object.values(discarded as Record<string, number>).reduce((sum, n) => sum + n, 0)
    expect(received).toBe(accepted + duplicate + late + left)
    const [first] = skein('tail', 'flights.updates', '--log', log, '--json').split('\n')
    expect(JSON.parse(first!)).toMatchObject({ source: { mode: 'live' }, payload: { position: expect.anything() } })
  })

  test('is not asked about too often by programs that are killed and started again at once', async () => {
    const airspace = await opened()
    const { start } = program(circles(airspace, 'airplanes.live'))
    for (let round = 1; round <= 4; round++) {
      const before = requests(airspace, 'airplanes.live')
      const run = start()
      await run.until('it asks', () => requests(airspace, 'airplanes.live') > before)
      run.signal('SIGKILL')
      await run.exited
    }
    expect(airspace.stats()['airplanes.live']).toMatchObject({ limited: 0 })
  })
})

test('tells what the old producer told, by its names, where that is wanted', async () => {
  const airspace = await opened()
  const { start, file } = program(circles(airspace, 'adsb.fi'))
  writeFileSync(file, `${readFileSync(file, 'utf8')}compat: { producerMetrics: true, producerMetricsPort: 18001 }\n`)
  const run = start()
  await run.until('it is asked', () => requests(airspace, 'adsb.fi') >= 2)
  const told = await (await fetch('http://127.0.0.1:18001/metrics')).text()
  expect(told).toMatch(/^producer_polls_total\{status="success"\} [1-9]/m)
  expect(told).toMatch(/^producer_poll_latency_seconds_count\{source="adsb-fi"\} [1-9]/m)
  expect(told).toMatch(/^producer_api_errors_total\{error_type="limited"\} 0/m)
  expect(told).toMatch(/^producer_deadletter_total 0/m)
  await expect
    .poll(async () => (await fetch('http://127.0.0.1:18001/metrics')).text())
    .toMatch(
      /^producer_flights_published_total\{topic="flights.updates"\} [1-9][\s\S]*^producer_current_flights [1-9]/m,
    )
})

describe('a provider', () => {
  test('that says how long to wait is not asked before', async () => {
    const airspace = await opened()
    inject(airspace, { provider: 'adsb.fi', kind: 'status', status: 429, retryAfter_s: 2, count: 1 })
    const { start } = program(circles(airspace, 'adsb.fi'))
    const run = start()
    await run.until('it is asked again', () => requests(airspace, 'adsb.fi') >= 3)
    expect(airspace.stats()['adsb.fi']).toMatchObject({ impatient: 0, limited: 0 })
  })

  test('that answers nonsense leaves dead letters with what it said, and the others go on', async () => {
    const airspace = await opened()
    inject(airspace, { provider: 'adsb.fi', kind: 'html' })
    const { start, skein, log, ledger, metrics, problemOf } = program(
      circles(airspace, 'adsb.fi'),
      circles(airspace, 'airplanes.live'),
    )
    const run = start()
    await run.until('it was asked', () => requests(airspace, 'adsb.fi') >= 5)
    await expect.poll(() => problemOf('adsb-fi')).toMatch(/not to be understood/)
    expect(await metrics()).toMatch(/skein_poll_refused_bodies_total\{source="adsb-fi"\} [1-9]/)
    run.signal('SIGTERM')
    await run.exited
    expect(ledger().dead_lettered).toBeGreaterThan(2)
    expect(ledger().accepted).toBeGreaterThan(20)
    const [letter] = skein('tail', 'adsb_raw.dlq', '--log', log, '--json').split('\n')
    const { reason, origin, input_base64 } = JSON.parse(letter!)
    expect({ reason, origin }).toMatchObject({
      reason: 'bad_json',
      origin: expect.stringContaining('/adsb.fi/api/v2/lat/'),
    })
    expect(Buffer.from(input_base64, 'base64').toString()).toContain('<html')
  })

  test('that hangs holds up neither the others nor the end', async () => {
    const airspace = await opened()
    inject(airspace, { provider: 'adsb.fi', kind: 'hang' })
    const { start } = program(circles(airspace, 'adsb.fi'), circles(airspace, 'airplanes.live'))
    const run = start()
    await run.until('the other is asked', () => requests(airspace, 'airplanes.live') >= 4)
    const began = performance.now()
    run.signal('SIGTERM')
    expect(await run.exited, run.stderr).toEqual({ code: 0, signal: null })
    expect(performance.now() - began).toBeLessThan(10_000)
    await expect.poll(() => airspace.stats()['adsb.fi']!.openConnections).toBe(0)
  })
})

describe('a provider that does not know who asks', () => {
  const AUTH = `    auth: { basic: { username: "\${OPENSKY_USERNAME:}", password: "\${OPENSKY_PASSWORD:}" } }\n`

  test('is not asked again; it is said what to set, and the others go on', async () => {
    const airspace = await opened()
    const { start, problemOf } = program(openSky(airspace, AUTH), circles(airspace, 'airplanes.live'))
    const run = start({ OPENSKY_USERNAME: DEMO_KEY, OPENSKY_PASSWORD: 'MARKED-wrong' })
    await run.until('it was asked', () => requests(airspace, 'opensky') === 1)
    await expect.poll(() => problemOf('opensky')).toContain('OPENSKY_PASSWORD')
    const others = requests(airspace, 'airplanes.live')
    await run.until('the others go on', () => requests(airspace, 'airplanes.live') > others + 1)
    expect(requests(airspace, 'opensky')).toBe(1)
  })

  test('ends the engine where that is wanted', async () => {
    const airspace = await opened()
    const { start } = program(
      openSky(airspace, `${AUTH}    onUnauthorized: stop\n`),
      circles(airspace, 'airplanes.live'),
    )
    const run = start({ OPENSKY_USERNAME: DEMO_KEY, OPENSKY_PASSWORD: 'MARKED-wrong' })
    expect(await run.exited, run.stderr).toEqual({ code: 77, signal: null })
    expect(run.stderr).toContain('OPENSKY_PASSWORD')
  })

  test('never sees or shows a secret that it should not', async () => {
    const airspace = await opened()
    const { start, skein, file, log, metrics } = program(openSky(airspace, AUTH), circles(airspace, 'airplanes.live'))
    const env = { OPENSKY_USERNAME: DEMO_KEY, OPENSKY_PASSWORD: DEMO_SECRET }
    const run = start(env)
    await run.until('it was asked', () => requests(airspace, 'opensky') >= 2)
    const shown = await metrics()
    run.signal('SIGTERM')
    await run.exited
    const printed = execFileSync(SKEIN, ['print', file], { encoding: 'utf8', env: { ...process.env, ...env } })
    const files = readdirSync(log, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    const kept = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1')).join('')
    const basic = Buffer.from(`${DEMO_KEY}:${DEMO_SECRET}`).toString('base64')
    for (const text of [run.stderr, run.stdout, shown, printed, kept, skein('ledger', '--log', log)])
      for (const marked of [DEMO_SECRET, basic]) expect(text).not.toContain(marked)
  })
})
