/** What a source has read and told is known after any end: the whole program, a real server, `kill -9`. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startAsking } from '../../../fixtures/airspace/serve/asking.ts'
import { type Asked, startPagedServer } from './paged-server.ts'
import { pollingProgram } from './polling-program.ts'

const CATALOG = join(import.meta.dirname, '../../../../config/sources/usgs-catalog.yaml')
const START_MS = 1.75e12
const PAGE = 5

/** Quakes, oldest first, in pages; one more each time that somebody says so. */
function quakes(known: number) {
  const rows = Array.from({ length: 200 }, (_, id) => ({ id: `q${id}`, at: START_MS + id * 1000 }))
  const api = {
    known,
    answer({ url }: Asked) {
      const text = url.searchParams.get('since') ?? '0'
      const since = /^\d+$/.test(text) ? Number(text) : Date.parse(text)
      const first = Number(url.searchParams.get('skip'))
      const found = rows.slice(0, api.known).filter(({ at }) => at >= since)
      return { body: { rows: found.slice(first, first + PAGE) } }
    },
    ids: () => rows.slice(0, api.known).map(({ id }) => id),
  }
  return api
}

const source = (origin: string, more = '') => `
quakes:
  poll:
    url: ${origin}/quakes?kind={kind}
    params: { kind: [all] }
    every: 200ms
    limits: []
    pages: { kind: offset, param: skip, size: ${PAGE} }
    since: { from: at, unit: ms, param: since, first: "5"${more} }
    map: { records: "rows[*]", schema: event, key: "{id}", time: { from: at, unit: ms } }
`
const sinceOf = ({ url }: Asked) => url.searchParams.get('since')
const skipOf = ({ url }: Asked) => Number(url.searchParams.get('skip'))

test('a restart goes on from the newest row, and tells none twice', async () => {
  const api = quakes(12)
  const server = await startPagedServer(api.answer)
  const { start, stop, told } = pollingProgram(source(server.origin))
  const first = start()
  await first.until('it has been asked for what is new', () => server.asked.length >= 4, 10)
  await stop(first, 'SIGTERM')
  expect(server.asked.slice(0, 3).map((asked) => [sinceOf(asked), skipOf(asked)])).toEqual([
    ['5', 0],
    ['5', 5],
    ['5', 10],
  ])
  const before = server.asked.length
  api.known = 14
  const second = start()
  await second.until('it asks again', () => server.asked.length >= before + 3, 10)
  await stop(second, 'SIGTERM')
  expect(sinceOf(server.asked[before]!)).toBe(String(START_MS + 11 * 1000))
  expect(sinceOf(server.asked.at(-1)!)).toBe(String(START_MS + 13 * 1000))
  expect(told()).toEqual(api.ids())
})

test('kill -9 in the middle of rounds loses nothing and doubles nothing', async () => {
  const api = quakes(23)
  let hangs = true
  const server = await startPagedServer((asked) => {
    if (skipOf(asked) === 10 && hangs) return 'reset'
    return api.answer(asked)
  })
  const { start, stop, told } = pollingProgram(source(server.origin))
  for (let kills = 0; kills < 3; kills++) {
    const before = server.asked.length
    const run = start()
    // Asked again after a while, by when the pages before it are committed.
    const third = () => server.asked.slice(before).filter((one) => skipOf(one) === 10).length
    await run.until('it is in the middle of a round', () => third() >= 2, 5)
    await stop(run, 'SIGKILL')
    expect(told().length).toBe(2 * PAGE)
    expect(sinceOf(server.asked[before]!), 'a round that was not whole is asked for again').toBe('5')
  }
  hangs = false
  for (let kills = 0; kills < 4; kills++) {
    api.known += 9
    const before = server.asked.length
    const run = start()
    const whenKilled = before + 1 + kills
    await run.until('it asks', () => server.asked.length >= whenKilled, 1)
    await stop(run, 'SIGKILL')
  }
  const before = server.asked.length
  const run = start()
  await run.until(
    'it has all',
    () => server.asked.slice(before).some((one) => sinceOf(one) === String(START_MS + (api.known - 1) * 1000)),
    5,
  )
  await stop(run, 'SIGTERM')
  expect(told().sort()).toEqual(api.ids().sort())
})

test('an overlap asks for some rows again, which are told once', async () => {
  const api = quakes(4)
  const server = await startPagedServer(api.answer)
  const { start, stop, told } = pollingProgram(
    source(server.origin, ', overlap: 2s, as: iso8601').replace('"5"', '"0"'),
  )
  const run = start()
  await run.until('it is asked for what is new', () => server.asked.length >= 2, 10)
  await stop(run, 'SIGTERM')
  expect(sinceOf(server.asked[1]!)).toBe('2025-06-15T15:06:41Z')
  expect(told()).toEqual(api.ids())
})

test('without a cursor, events that are told again and again are in the log once, restarts and kills included', async () => {
  const api = quakes(PAGE)
  const server = await startPagedServer(api.answer)
  const plain = source(server.origin).replace(/ {4}(pages|since).*\n/g, '')
  const { start, stop, told } = pollingProgram(plain)
  for (const signal of ['SIGTERM', 'SIGKILL', 'SIGKILL', 'SIGTERM'] as const) {
    const before = server.asked.length
    const run = start()
    await run.until('it was asked twice', () => server.asked.length >= before + 2, 5)
    await stop(run, signal)
  }
  expect(told()).toEqual(api.ids())
})

test('the shipped catalogue of earthquakes, killed between its pages, is in the log once and whole', async () => {
  const { airspace } = await startAsking({ providers: { 'usgs-earthquakes': {} }, clock: Date.now })
  const shipped = readFileSync(CATALOG, 'utf8').replace(/limits:.*/, 'limits: [{ rate: 8/s, burst: 2 }]')
  const { start, stop, told, metrics } = pollingProgram(`catalog:\n${shipped.replace(/^/gm, '  ')}`)
  const requests = () => airspace.stats()['usgs-earthquakes']!.requests
  const env = { USGS_URL: airspace.url('usgs-earthquakes') }
  for (const page of [3, 6]) {
    const before = requests()
    const run = start(env)
    await run.until('some pages were asked for', () => requests() >= before + page, 5)
    await stop(run, 'SIGKILL')
  }
  const run = start(env)
  await expect.poll(metrics, { timeout: 30_000 }).toMatch(/skein_poll_answers_total\{source="catalog"\} 9/)
  await stop(run, 'SIGTERM')
  const ids = told()
  expect(airspace.stats()['usgs-earthquakes']).toMatchObject({ limited: 0 })
  expect(ids.length).toBeGreaterThan(8600)
  expect(new Set(ids).size).toBe(ids.length)
})
