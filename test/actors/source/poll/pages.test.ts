/** Pages of every kind, asked for by the whole program of a real server. */
import { expect, test } from 'vitest'
import { startPagedServer } from './paged-server.ts'
import { pollingProgram } from './polling-program.ts'

const MOST_ROWS = 10
const all = Array.from({ length: MOST_ROWS }, (_, id) => ({ id, at: new Date(1.75e12 + id * 1000).toISOString() }))

const source = (name: string, url: string, pages: string, more = '') => `
${name}:
  poll:
    url: ${url}
    every: 10m
    limits: []
    pages: ${pages}
    map: { records: "rows[*]", schema: event, key: "${name}:{id}", time: { from: at, unit: iso8601 } }
${more.replace(/^(?=.)/gm, '    ')}`

test('pages of every kind are read to their end, and no further', async () => {
  const server = await startPagedServer(({ url }) => {
    const number = (name: string) => Number(url.searchParams.get(name))
    const from = (first: number, most = 4) => ({ rows: all.slice(first, first + most) })
    switch (url.pathname) {
      case '/page':
        return { body: from((number('page') - 1) * 4) }
      case '/exact':
        return { body: from((number('page') - 1) * 5, 5) }
      case '/offset':
        return { body: from(number('skip'), number('limit')) }
      case '/cursor': {
        const first = number('after')
        return { body: { ...from(first), meta: { next: first + 4 < MOST_ROWS ? first + 4 : null } } }
      }
      case '/link': {
        const first = number('from')
        if (first + 4 >= MOST_ROWS) return { body: from(first) }
        return { body: from(first), headers: { link: `<?from=${first + 4}>; rel="next"` } }
      }
      case '/address': {
        const first = number('from')
        const next_url = `http://${url.host}/address?from=${first + 4}`
        return { body: { ...from(first), ...(first + 4 < MOST_ROWS ? { next_url } : {}) } }
      }
      case '/round':
        return { body: { ...from(0, 1), next: `r${(number('n') + 1) % 2}` } }
      default:
        return { body: from(number('page'), 1) }
    }
  })
  const { start, stop, told, metrics } = pollingProgram(
    [
      source('page', `${server.origin}/page`, '{ kind: page, size: 4 }'),
      source('exact', `${server.origin}/exact?q=a%20b`, '{ kind: page }'),
      source('offset', `${server.origin}/offset`, '{ kind: offset, param: skip, size: 3, sizeParam: limit }'),
      source('cursor', `${server.origin}/cursor`, '{ kind: cursor, from: meta.next, param: after }'),
      source('link', `${server.origin}/link`, '{ kind: link }'),
      source('address', `${server.origin}/address`, '{ kind: link, from: next_url }'),
      source('round', `${server.origin}/round`, '{ kind: cursor, from: next, param: c }'),
      source('cut', `${server.origin}/cut`, '{ kind: page, most: 3 }'),
    ].join(''),
  )
  const run = start()
  const asked = (path: string) => server.askedOf(path).map(({ url }) => url.search)
  const pages = { page: 3, exact: 3, offset: 4, cursor: 3, link: 3, address: 3, round: 2, cut: 3 }
  const taken = async () => {
    const shown = await metrics()
    const ofSource = (name: string) => new RegExp(`^skein_poll_answers_total{source="${name}"} (\\d+)`, 'm').exec(shown)
    return Object.fromEntries(Object.keys(pages).map((name) => [name, Number(ofSource(name)?.[1])]))
  }
  await run.until('it runs', () => asked('/page').length > 0, 20)
  await expect.poll(taken, { timeout: 30_000 }).toEqual(pages)
  expect(await metrics()).toMatch(/skein_poll_cut_rounds_total\{source="cut"\} 1/)
  expect(await metrics()).toMatch(/skein_poll_repeated_cursors_total\{source="round"\} 1/)
  await stop(run, 'SIGTERM')
  expect(asked('/page')).toEqual(['?page=1', '?page=2', '?page=3'])
  expect(asked('/exact')).toEqual(['?q=a%20b&page=1', '?q=a%20b&page=2', '?q=a%20b&page=3'])
  expect(asked('/offset')).toEqual([0, 3, 6, 9].map((skip) => `?skip=${skip}&limit=3`))
  expect(asked('/cursor')).toEqual(['', '?after=4', '?after=8'])
  expect(asked('/link')).toEqual(['', '?from=4', '?from=8'])
  expect(asked('/address')).toEqual(['', '?from=4', '?from=8'])
  expect(asked('/round')).toEqual(['', '?c=r1'])
  expect(asked('/cut')).toEqual(['?page=1', '?page=2', '?page=3'])
  const keys = told()
  for (const name of ['page', 'exact', 'offset', 'cursor', 'link', 'address'])
    expect(keys.filter((key) => key.startsWith(`${name}:`)).sort(), name).toEqual(all.map(({ id }) => `${name}:${id}`))
})

test('following pages count for the limit like any request', async () => {
  const server = await startPagedServer(({ url }) => ({
    body: { rows: all.slice(0, Number(url.searchParams.get('page')) < 6 ? 2 : 1) },
  }))
  const paged = source('limited', `${server.origin}/limited`, '{ kind: page, size: 2 }')
  const { start } = pollingProgram(paged.replace('limits: []', 'limits: [{ rate: 5/s, burst: 1 }]'))
  const run = start()
  await run.until('all are asked', () => server.asked.length === 6, 20)
  const waits = server.asked.slice(1).map(({ atMs }, n) => atMs - server.asked[n]!.atMs)
  for (const wait of waits) expect(wait).toBeGreaterThan(150)
})

test('a next page at another origin is not asked for, and sees no secret', async () => {
  const foreign = await startPagedServer(() => ({ body: { rows: [] } }))
  const server = await startPagedServer(() => ({
    body: { rows: all.slice(0, 1) },
    headers: { link: `<${foreign.origin}/steal>; rel="next"` },
  }))
  const auth = `auth: { header: { name: X-Key, value: "\${PAGED_KEY:}" } }`
  const { start, metrics } = pollingProgram(source('led', `${server.origin}/led`, '{ kind: link }', auth))
  const run = start({ PAGED_KEY: 'MARKED' })
  await run.until('it says so', () => run.stderr.includes('another origin'), 20)
  await expect.poll(metrics).toMatch(/skein_poll_failed_other_origin_total\{source="led"\} 1/)
  expect(server.asked[0]!.headers['x-key']).toBe('MARKED')
  expect(foreign.asked).toEqual([])
})

test('a link that repeats the key is followed, and the key is shown nowhere', async () => {
  const server = await startPagedServer(({ url }) => {
    if (url.searchParams.has('from')) return { body: { rows: [{ ...all[1], at: 'no time' }] } }
    url.searchParams.set('from', '1')
    return { body: { rows: [all[0]] }, headers: { link: `<${url.href}>; rel="next"` } }
  })
  const auth = `auth: { query: { name: who, value: "\${PAGED_KEY:}" } }`
  const { start, stop, skein, told, log } = pollingProgram(
    source('led', `${server.origin}/led`, '{ kind: link }', auth),
  )
  const run = start({ PAGED_KEY: 'MARKED' })
  await run.until('both are asked', () => server.asked.length === 2, 20)
  await expect.poll(() => skein('dlq', 'list', '--log', log), { timeout: 20_000 }).toContain('bad_value')
  await stop(run, 'SIGTERM')
  expect(server.asked[1]!.url.searchParams.getAll('who')).toEqual(['MARKED'])
  expect(told()).toEqual(['led:0'])
  for (const text of [run.stderr, run.stdout, skein('dlq', 'list', '--log', log, '--json')])
    expect(text).not.toContain('MARKED')
})
