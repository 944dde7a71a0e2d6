import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { AtEnd } from '../../../engine/runtime/scratch.ts'
import { pollingProgram } from '../poll/polling-program.ts'
import { pushing } from './pushing.ts'

type Program = Awaited<ReturnType<typeof pushing>>

const TOKEN = 'a-secret-of-ours'
const AUTHORIZED = { authorization: `Bearer ${TOKEN}` }

describe('a push source', () => {
  let program: Program
  const tasks: Parameters<AtEnd>[0][] = []

  beforeAll(async () => {
    program = await pushing('maxPayload: 64kB, bodyTimeout: 1s, apiVersion: v7', (task) => void tasks.push(task))
    await program.start()
  })
  afterAll(async () => {
    for (const task of tasks.toReversed()) await task()
  })

  const toldOf = (id: unknown) => program.topic('events.raw').find((one) => one.id === id)

  test('answers when an event is on disk, and keeps it as it came', async () => {
    const payload = '{"n": 1.50, "a":1,"a":2, "__proto__": {"x": 1}, "$where": "1", "b.c": [null, "\\u00e9\\ud800"]}'
    const { status, body } = await program.post(
      '/ingest',
      `{"source":"sensors","timestamp":1764200000,"payload":${payload}}`,
    )
    expect([status, body.status]).toEqual([202, 'accepted'])
    expect(toldOf(body.id)).toMatchObject({ source: 'sensors', timestamp: 1_764_200_000_000, api_version: 'v7' })
    expect(program.skein('tail', 'events.raw', '--log', program.log, '--json')).toContain('"$where"')
  })

  test('the same id again is answered the same and kept once; with another payload it is refused', async () => {
    const event = { id: 'twice', source: 'a', payload: { n: 1 } }
    const answers = await Promise.all(Array.from({ length: 5 }, () => program.post('/ingest', event)))
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202])
    expect(answers.map(({ body }) => body.status).toSorted()).toEqual([
      'accepted',
      'repeated',
      'repeated',
      'repeated',
      'repeated',
    ])
    expect(program.told().filter((id) => id === 'twice')).toHaveLength(1)
    expect(await program.post('/ingest', { ...event, payload: { n: 2 } })).toMatchObject({
      status: 409,
      body: { error: 'conflict', field: 'id' },
    })
  })

  test.each([
    ['no JSON', '{"source":"a","payload":', undefined],
    ['no object', '[1]', undefined],
    ['nothing', '', undefined],
    ['no source', '{"payload":1}', 'source'],
    ['a source that is no text', '{"source":{},"payload":1}', 'source'],
    ['no payload', '{"source":"a"}', 'payload'],
    ['an id that is no text', '{"id":5,"source":"a","payload":1}', 'id'],
    ['an id that is too long', `{"id":"${'x'.repeat(300)}","source":"a","payload":1}`, 'id'],
    ['a time that is none', '{"source":"a","payload":1,"timestamp":"soon"}', 'timestamp'],
    ['a time that no calendar reaches', '{"source":"a","payload":1,"timestamp":1e300}', 'timestamp'],
    ['a time far ahead', '{"source":"a","payload":1,"timestamp":"2099-01-01T00:00:00Z"}', 'timestamp'],
    ['brackets without end', `{"source":"a","payload":${'['.repeat(50_000)}`, undefined],
  ])('%s is refused with 400, and says where', async (_, body, field) => {
    const answer = await program.post('/ingest', body)
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({ error: 'bad_request', message: expect.any(String), ...(field && { field }) })
  })

  test('bytes that are no UTF-8 are refused', async () => {
    const body = Buffer.concat([Buffer.from('{"source":"a","payload":"'), Buffer.from([0xff]), Buffer.from('"}')])
    expect(await program.post('/ingest', new Uint8Array(body))).toMatchObject({ status: 400 })
  })

  test('nesting as deep as a payload may be long is taken', async () => {
    const payload = '['.repeat(30_000) + ']'.repeat(30_000)
    const { status, body } = await program.post('/ingest', `{"source":"deep","payload":${payload}}`)
    expect(status).toBe(202)
    expect(toldOf(body.id)).toMatchObject({ payload }) // as text: whoever walks it would run out of stack
  })

  test('what is too long is refused, whether it says so or not, and not read to its end', async () => {
    const long = 'x'.repeat(100_000)
    expect(await program.post('/ingest', long)).toMatchObject({ status: 413, body: { error: 'too_large' } })
    const head = 'POST /ingest HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n'
    const chunk = `2710\r\n${'x'.repeat(10_000)}\r\n`
    expect(await program.raw([head, ...Array.from({ length: 20 }, () => chunk)])).toMatch(/^HTTP\/1\.1 413 /)
  })

  test('other types, paths and methods are refused', async () => {
    expect(await program.post('/ingest', '{}', { 'content-type': 'text/html' })).toMatchObject({ status: 415 })
    expect(await program.request('GET', '/ingest')).toMatchObject({ status: 405, headers: { allow: 'POST' } })
    expect(await program.request('GET', '/nowhere')).toMatchObject({ status: 404 })
    expect(await program.post('/ingest?ack=never', '{}')).toMatchObject({ status: 400, body: { field: 'ack' } })
  })

  test('a body that comes a byte at a time is not waited for', async () => {
    const body = '{"source":"slow","payload":1}'
    const head = `POST /ingest HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n`
    const answer = await program.raw([head, ...body], { everyMs: 200, ms: 8000 })
    expect(answer).toMatch(/^HTTP\/1\.1 408 /)
    expect(program.topic('events.raw').some((one) => one.source === 'slow')).toBe(false)
  })

  const whole = (id: string) => {
    const body = `{"id":"${id}","source":"pieces","payload":1}`
    return `POST /ingest HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  }

  test('a body in pieces, and several requests on one connection, are taken', async () => {
    const [first, second] = [whole('p1'), whole('p2')]
    const pieces = [first.slice(0, 70), first.slice(70, 90), first.slice(90), second]
    const answer = await program.raw(pieces, { everyMs: 150, ms: 1500 })
    expect(answer.match(/HTTP\/1\.1 202 /g)).toHaveLength(2)
    expect(program.told()).toEqual(expect.arrayContaining(['p1', 'p2']))
  })

  test('a request sent before the one before it is answered is not taken: the connection is closed', async () => {
    const answer = await program.raw([whole('q1') + whole('q2')], { ms: 3000 })
    expect(answer.match(/HTTP\/1\.1 202 /g)?.length ?? 0).toBeLessThanOrEqual(1)
    expect(program.told()).not.toContain('q2')
    expect(await program.post('/ingest', { id: 'q1', source: 'pieces', payload: 1 })).toMatchObject({ status: 202 })
    expect(program.told().filter((id) => id === 'q1')).toHaveLength(1)
  })

  test.each([
    [
      'a chunk that has no length',
      'POST /ingest HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n',
    ],
    ['two lengths', 'POST /ingest HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}'],
    ['no HTTP', 'hello\r\n\r\n'],
  ])('%s harms nobody else', async (_, request) => {
    await program.raw([request], { ms: 500 })
    expect(await program.post('/ingest', { source: 'after', payload: 1 })).toMatchObject({ status: 202 })
  })

  test('who goes before the answer is counted', async () => {
    const head = 'POST /ingest HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{'
    await program.raw([head], { ms: 100 })
    await expect.poll(async () => (await program.request('GET', '/health')).body.aborted).toBeGreaterThan(0)
  })

  test('of a batch each line is answered for', async () => {
    const lines = [
      '{"id":"b1","source":"a","payload":1}',
      '',
      '{"source":"a"}',
      'nonsense',
      '{"id":"b1","source":"a","payload":1}',
    ]
    const answer = await program.post('/ingest/batch', lines.join('\r\n'), { 'content-type': 'application/x-ndjson' })
    expect(answer).toMatchObject({
      status: 202,
      body: {
        accepted: 2,
        refused: 2,
        results: [
          { line: 1, id: 'b1', status: 'accepted' },
          { line: 3, error: 'bad_request', field: 'payload' },
          { line: 4, error: 'bad_request' },
          { line: 5, id: 'b1', status: 'repeated' },
        ],
      },
    })
    expect(program.told().filter((id) => id === 'b1')).toHaveLength(1)
    expect(await program.post('/ingest/batch', 'nonsense')).toMatchObject({ status: 400 })
  })

  test('all that was refused is counted by reason, also in the metrics', async () => {
    const { body } = await program.request('GET', '/health')
    const metrics = await program.metrics()
    for (const reason of ['bad_request', 'not_found', 'bad_method', 'too_slow', 'conflict', 'too_large', 'bad_type']) {
      expect((body.refused as Record<string, number>)[reason], reason).toBeGreaterThan(0)
      expect(metrics).toMatch(new RegExp(`skein_push_refused_${reason}_total\\{source="push"\\} [1-9]`))
    }
    expect(body.last_error).toEqual(expect.any(String))
  })
})

describe('a push source with rules', () => {
  test('asks for a token, an id and a known source', async () => {
    const program = await pushing(`token: "\${PUSH_TOKEN}", requireId: true, accept: [sensors]`)
    await program.start({ PUSH_TOKEN: TOKEN })
    const event = { id: 'x', source: 'sensors', payload: 1 }
    expect(await program.post('/ingest', event)).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'Bearer' },
    })
    expect(await program.post('/ingest', event, { authorization: 'Bearer wrong' })).toMatchObject({ status: 401 })
    expect(await program.request('GET', '/jobs')).toMatchObject({ status: 401 })
    expect(await program.post('/ingest', event, AUTHORIZED)).toMatchObject({ status: 202 })
    expect(await program.post('/ingest', { ...event, id: undefined }, AUTHORIZED)).toMatchObject({
      status: 400,
      body: { field: 'id' },
    })
    expect(await program.post('/ingest', { ...event, source: 'other' }, AUTHORIZED)).toMatchObject({
      status: 403,
      body: { error: 'not_accepted' },
    })
  })

  test('takes so many requests a second from an address, and says when to come again', async () => {
    const program = await pushing('rate: 5')
    await program.start()
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => program.post('/ingest', { source: 'a', payload: 1 })),
    )
    const limited = answers.filter(({ status }) => status === 429)
    expect(limited.length).toBeGreaterThan(10)
    expect(limited[0]!.headers['retry-after']).toBe('1')
  })

  test('knows ids again after it was killed', async () => {
    const program = await pushing()
    const run = await program.start()
    const event = { id: 'kept', source: 'a', payload: { n: 1 } }
    await program.post('/ingest', event)
    run.signal('SIGKILL')
    await run.exited
    await program.start()
    expect(await program.post('/ingest', event)).toMatchObject({ status: 202, body: { status: 'repeated' } })
    expect(await program.post('/ingest', { ...event, payload: 2 })).toMatchObject({ status: 409 })
    expect(program.told()).toEqual(['kept'])
  })

  test('fetches what it is asked to, once or for a while, and keeps what comes', async () => {
    let asked = 0
    const service = createServer((request, response) => {
      asked++
      const { pathname } = new URL(request.url!, 'http://a')
      if (pathname === '/v0/aircraft/none') response.writeHead(404).end('{"response":"unknown aircraft"}')
      else response.end(JSON.stringify({ response: { aircraft: { mode_s: pathname.split('/').at(-1), asked } } }))
    })
    await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void service.close())
    const { port } = service.address() as AddressInfo
    const fetched = `adsbdb: { url: "http://127.0.0.1:${port}/v0/aircraft/{aircraft}", params: { aircraft: random }, payload: response.aircraft, limits: [] }`
    const program = await pushing(`fetches: { ${fetched} }`)
    await program.start()
    const { status, body } = await program.request('POST', '/ingest/adsbdb')
    expect(status).toBe(202)
    const event = program.topic('events.raw').find((one) => one.id === body.id)
    expect(event).toMatchObject({ source: 'adsbdb', payload: { mode_s: 'random', asked: 1 } })
    expect(await program.request('POST', '/ingest/adsbdb?aircraft=none')).toMatchObject({
      status: 502,
      body: { error: 'upstream' },
    })
    expect(await program.request('POST', '/ingest/other')).toMatchObject({ status: 404 })
    expect(await program.request('POST', '/ingest/adsbdb/poll?interval_sec=x&duration_sec=1')).toMatchObject({
      status: 400,
      body: { field: 'interval_sec' },
    })
    const job = await program.request('POST', '/ingest/adsbdb/poll?interval_sec=0.1&duration_sec=60')
    expect(job).toMatchObject({ status: 202, body: { source: 'adsbdb' } })
    await expect
      .poll(async () => (await program.request('GET', `/jobs/${job.body.id}`)).body.fetched)
      .toBeGreaterThan(3)
    expect((await program.request('GET', '/jobs')).body.jobs).toHaveLength(1)
    expect(await program.request('DELETE', `/jobs/${job.body.id}`)).toMatchObject({ status: 200 })
    expect(await program.request('GET', `/jobs/${job.body.id}`)).toMatchObject({ status: 404 })
    const short = await program.request('POST', '/ingest/adsbdb/poll?interval_sec=0.1&duration_sec=0.3')
    await expect.poll(async () => (await program.request('GET', `/jobs/${short.body.id}`)).status).toBe(404)
  })

  test('a port that is taken ends it, and says which', async () => {
    const program = await pushing()
    await program.start()
    const { start } = pollingProgram(`push: { push: { port: ${program.port} } }`)
    const run = start()
    expect(await run.exited).toMatchObject({ code: 69 })
    expect(run.stdout + run.stderr).toContain(`port=${program.port}`)
  })
})

describe('its document', () => {
  test('says of each path and answer what the server does', async () => {
    const program = await pushing()
    await program.start()
    const { body } = await program.request('GET', '/openapi.json')
    const document = body as unknown as {
      openapi: string
      paths: Record<string, Record<string, { responses: Record<string, unknown> }>>
      components: { schemas: Record<string, { required?: string[]; properties?: object }> }
    }
    expect(document.openapi).toBe('3.1.0')
    for (const [path, methods] of Object.entries(document.paths))
      for (const method of ['get', 'post', 'delete']) {
        const answer = await program.request(
          method.toUpperCase(),
          path.replaceAll(/\{\w+\}/g, 'x'),
          method === 'post' ? '{}' : undefined,
        )
        const said = methods[method]
        if (said === undefined) expect([404, 405], `${method} ${path}`).toContain(answer.status)
        else expect(Object.keys(said.responses), `${method} ${path}: ${answer.status}`).toContain(String(answer.status))
      }
    const { Health, Refusal, Accepted } = document.components.schemas
    const health = (await program.request('GET', '/health')).body
    expect(Object.keys(health).toSorted()).toEqual(Object.keys(Health!.properties!).toSorted())
    const refused = (await program.post('/ingest', '{}')).body
    expect(Object.keys(refused).every((name) => name in Refusal!.properties!)).toBe(true)
    const accepted = (await program.post('/ingest', { source: 'a', payload: 1 })).body
    expect(Object.keys(accepted).toSorted()).toEqual([...Accepted!.required!].toSorted())
  })
})
