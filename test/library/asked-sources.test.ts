/** What a program gets of sources with secrets and of such as answer in pages, and what the log has of it. */

import { join } from 'node:path'
import { inspect } from 'node:util'
import { type FetchError, startEngine } from 'skein'
import { expect, onTestFinished, test, vi } from 'vitest'
import { topicsIn } from '../../cli/topics.ts'
import { readTopic } from '../../engine/log/topic.ts'
import { startPagedServer } from '../actors/source/poll/paged-server.ts'
import { scratchDirectory } from '../engine/runtime/scratch.ts'

const MARKED = 'MARKED-0815'

async function started(poll: object) {
  const directory = join(scratchDirectory(), 'log')
  const engine = await startEngine({
    name: 'test',
    log: { directory },
    ops: { logLevel: 'silent' },
    sources: { api: { poll: { every: '1h', limits: [], attempts: 1, ...poll } } },
  })
  onTestFinished(() => engine.stop())
  return { engine, directory }
}

test('a failure shows no secret, though the provider repeats it', async () => {
  const server = await startPagedServer(({ url, headers }) => ({
    status: 400,
    body: { error: `not so: ${url.href} ${JSON.stringify(headers)}` },
  }))
  vi.stubEnv('MARKED_KEY', MARKED)
  onTestFinished(() => void vi.unstubAllEnvs())
  const { engine } = await started({
    url: `${server.origin}/quote?symbol={symbol}`,
    params: { symbol: ['A', 'B'] },
    auth: { query: { name: 'apikey', value: `\${MARKED_KEY:}` } },
    map: { schema: 'event', key: '{id}' },
  })
  const error = await engine.fetchData({ source: 'api', symbol: 'C' }).then(
    () => expect.fail('it went well'),
    (thrown: FetchError) => thrown,
  )
  expect(server.asked.some(({ url }) => url.searchParams.get('apikey') === MARKED)).toBe(true)
  expect(error).toMatchObject({ name: 'FetchError', class: 'client_error', fetch: { status: 400 } })
  expect(error.message).toContain('not so')
  for (const text of [inspect(error, { depth: 9 }), JSON.stringify(error.toPlain()), inspect(engine.getMetrics())])
    expect(text).not.toContain(MARKED)
})

test('of an API that answers in pages one is brought, as its source asks for it, and is in the log once', async () => {
  const rows = [1, 2, 3, 4].map((id) => ({ id, at: 1.7e12 + id }))
  const server = await startPagedServer(({ url }) => {
    const page = Number(url.searchParams.get('page'))
    return { body: { rows: url.pathname === '/asked' ? rows.slice(2 * page - 2, 2 * page) : [] } }
  })
  const { engine, directory } = await started({
    url: `${server.origin}/{what}`,
    params: { what: ['own', 'none'] },
    pages: { kind: 'page', size: 2, sizeParam: 'per' },
    map: { records: 'rows[*]', schema: 'event', key: '{id}', time: { from: 'at', unit: 'ms' } },
  })
  const { records } = await engine.fetchData({ source: 'api', what: 'asked' })
  expect(records.map(({ fields }) => fields.id)).toEqual(['1', '2'])
  expect(server.askedOf('/asked').map(({ url }) => url.search)).toEqual(['?page=1&per=2'])
  await engine.stop()
  const topic = topicsIn(directory).find(({ name }) => name === 'events.raw')!
  const keys: string[] = []
  for await (const { key, value } of readTopic(directory, topic)) if (value !== null) keys.push(key)
  expect(keys.filter((key) => key === '1' || key === '2')).toEqual(['1', '2'])
})
