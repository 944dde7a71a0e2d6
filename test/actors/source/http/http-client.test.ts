import { randomBytes } from 'node:crypto'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { PADDING_BYTES } from '../../../../actors/source/decode/index.ts'
import {
  type Answer,
  Authorizer,
  authSpec,
  FAILURES,
  HttpClient,
  type HttpLimits,
  type HttpRequest,
  shownUrl,
  withPadding,
} from '../../../../actors/source/http/index.ts'
import { Secret } from '../../../../engine/config/spec.ts'
import type { Fault } from '../../../../fixtures/airspace/serve/index.ts'
import { startAsking } from '../../../fixtures/airspace/serve/asking.ts'

const LIMITS: HttpLimits = {
  headersTimeoutMs: 700,
  bodyTimeoutMs: 700,
  totalTimeoutMs: 20_000,
  maxBodyBytes: 1 << 20,
  maxRedirects: 3,
}
const TICKER = '/products/BTC-USD/ticker'
const never = new AbortController().signal

let client: HttpClient
beforeEach(() => {
  client = new HttpClient()
})
afterEach(() => client.close())

function send(url: string, limits: Partial<HttpLimits> = {}, request: Partial<HttpRequest> = {}): Promise<Answer> {
  return client.send({ url, headers: {}, ...request }, { ...LIMITS, ...limits }, never)
}

const classOf = (answer: Answer) => ('class' in answer ? answer.class : answer.kind)

/** A server for one test, which answers as `respond` does. */
async function serving(
  respond: (response: ServerResponse, path: string) => void,
  work: (origin: string) => Promise<void>,
) {
  const server: Server = createServer((request, response) => respond(response, request.url!))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

describe('what a provider can do wrong', () => {
  const FAULTS: [Omit<Fault, 'provider'>, string][] = [
    [{ kind: 'hang' }, 'headers_timeout'],
    [{ kind: 'hang', afterBytes: 20 }, 'body_timeout'],
    [{ kind: 'reset' }, 'reset'],
    [{ kind: 'reset', afterBytes: 20 }, 'truncated'],
    [{ kind: 'status', status: 503 }, 'server_error'],
    [{ kind: 'status', status: 429 }, 'limited'],
    [{ kind: 'status', status: 401 }, 'unauthorized'],
    [{ kind: 'status', status: 403 }, 'forbidden'],
    [{ kind: 'status', status: 404 }, 'not_found'],
    [{ kind: 'status', status: 418 }, 'limited'],
    [{ kind: 'status', status: 400 }, 'client_error'],
    [{ kind: 'truncate' }, 'truncated'],
    [{ kind: 'broken-gzip' }, 'bad_encoding'],
    [{ kind: 'redirect', to: 'loop' }, 'redirect'],
    [{ kind: 'drip', bytesPerSecond: 20 }, 'total_timeout'],
    [{ kind: 'oversized', bytes: 3_000_000 }, 'too_large'],
    // Of these the decoder, not the client, has to say what they are worth.
    [{ kind: 'malformed' }, 'ok'],
    [{ kind: 'html' }, 'ok'],
    [{ kind: 'empty' }, 'ok'],
    [{ kind: 'gzip' }, 'ok'],
    [{ kind: 'redirect', to: 'same' }, 'ok'],
    [{ kind: 'redirect', to: 'other' }, 'ok'],
    [{ kind: 'latency', ms: 200 }, 'ok'],
  ]

  test.each(FAULTS)('%o is told as %s', async (fault, expected) => {
    const { airspace } = await startAsking({ providers: { coinbase: {} } })
    airspace.inject({ provider: 'coinbase', ...fault } as Fault)
    const limits = fault.kind === 'drip' ? { totalTimeoutMs: 1500, bodyTimeoutMs: 20_000 } : {}
    const answer = await send(airspace.url('coinbase') + TICKER, limits)
    expect(classOf(answer), JSON.stringify(answer)).toBe(expected)
  })

  test('a name that does not resolve, and nobody at the address', async () => {
    expect(classOf(await send('http://no-such-host.invalid/'))).toBe('dns')
    const server = createTcpServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    expect(classOf(await send(`http://127.0.0.1:${port}/`))).toBe('connect')
  })

  test('what is not HTTP', async () => {
    const server = createTcpServer((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n')).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const answer = await send(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    server.close()
    expect(classOf(answer), JSON.stringify(answer)).toBe('bad_answer')
  })
})

const ENCODINGS: Record<string, (text: Buffer) => Buffer> = {
  gzip: gzipSync,
  deflate: deflateSync,
  'deflate without its header': deflateRawSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
  'gzip, br': (text) => brotliCompressSync(gzipSync(text)),
}

describe('a body', () => {
  const bytes = (size: number) =>
    Buffer.from(JSON.stringify({ text: 'ü'.repeat(size), noise: randomBytes(size).toString('hex') }))

  async function expectBody(respond: (response: ServerResponse) => void, expected: Buffer) {
    await serving(respond, async (origin) => {
      const answer = await send(origin, { maxBodyBytes: 1 << 23 })
      if (answer.kind !== 'ok') throw new Error(JSON.stringify(answer))
      expect(answer.body.equals(expected)).toBe(true)
      const padding = withPadding(answer.body).subarray(expected.length)
      expect([...padding]).toEqual(Array(PADDING_BYTES).fill(0))
    })
  }

  test.each([0, 100, 10_000, 500_000])(
    'of %i bytes and more is whole, with zeros behind it, announced or in chunks',
    async (size) => {
      const body = bytes(size)
      await expectBody((response) => response.writeHead(200, { 'content-length': body.length }).end(body), body)
      await expectBody((response) => {
        response.write(body.subarray(0, 10))
        response.end(body.subarray(10))
      }, body)
    },
  )

  test.each(Object.keys(ENCODINGS))('may come as %s, short or long', async (name) => {
    for (const size of [10, 500_000]) {
      const body = bytes(size)
      const encoding = name.replace(/ without.*/, '')
      await expectBody(
        (response) => response.writeHead(200, { 'content-encoding': encoding }).end(ENCODINGS[name]!(body)),
        body,
      )
    }
  })

  test.each(Object.keys(ENCODINGS))('that comes as %s and would burst is given up', async (name) => {
    const encoding = name.replace(/ without.*/, '')
    const bomb = ENCODINGS[name]!(Buffer.alloc(50_000_000))
    await serving(
      (response) => response.writeHead(200, { 'content-encoding': encoding }).end(bomb),
      async (origin) => expect(await send(origin)).toMatchObject({ kind: 'failed', class: 'too_large' }),
    )
  })

  test.each(['gzip', 'br', 'zstd', 'deflate', 'no-such'])('that is not %s as it says is refused', async (encoding) => {
    await serving(
      (response) => response.writeHead(200, { 'content-encoding': encoding }).end('{"a": 1}'),
      async (origin) => expect(await send(origin)).toMatchObject({ kind: 'failed', class: 'bad_encoding' }),
    )
  })

  test('of a refusal is told in its first line, compressed or not', async () => {
    await serving(
      (response) => response.writeHead(400, { 'content-encoding': 'gzip' }).end(gzipSync('{"error":\n"symbol?"}')),
      async (origin) =>
        expect(await send(origin)).toMatchObject({ class: 'client_error', detail: '400 {"error": "symbol?"}' }),
    )
  })

  test('that has not changed is not sent again', async () => {
    const seen: (string | undefined)[] = []
    const server = createServer((request, response) => {
      seen.push(request.headers['if-none-match'])
      if (request.headers['if-none-match'] === '"v1"') response.writeHead(304).end()
      else response.writeHead(200, { etag: '"v1"', 'last-modified': 'Wed, 21 Oct 2015 07:28:00 GMT' }).end('{}')
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const first = await send(url)
    if (first.kind !== 'ok') throw new Error('not there')
    expect(first.validators).toEqual({ etag: '"v1"', lastModified: 'Wed, 21 Oct 2015 07:28:00 GMT' })
    expect((await send(url, {}, { validators: first.validators })).kind).toBe('not-modified')
    expect(seen).toEqual([undefined, '"v1"'])
    server.close()
  })
})

describe('secrets', () => {
  test('are not shown when a provider repeats them', async () => {
    const auth = { query: { name: 'appid', value: new Secret('MARKED/1', { variable: 'A_KEY' }) } }
    await serving(
      (response, path) => response.writeHead(400).end(`${'-'.repeat(190)}${path} and MARKED/1`),
      async (origin) => {
        const request = await new Authorizer(authSpec.parse(auth), client).authorize(
          { url: `${origin}/x`, headers: {} },
          never,
        )
        const answer = await client.send(request, LIMITS, never)
        expect(answer).toMatchObject({ class: 'client_error' })
        expect(JSON.stringify(answer)).not.toMatch(/MARK/)
        expect(shownUrl(request.url)).toBe(`${origin}/x?appid=redacted`)
      },
    )
  })

  test('go to no other origin than they were for', async () => {
    const { airspace } = await startAsking({ providers: { coinbase: {} } })
    airspace.inject({ provider: 'coinbase', kind: 'redirect', to: 'other' } as Fault)
    const headers = { authorization: 'Bearer marked', 'x-api-key': 'marked' }
    const answer = await send(airspace.url('coinbase') + TICKER, {}, { headers, secretHeaders: ['x-api-key'] })
    expect(answer.kind).toBe('ok')
    expect(airspace.stats().coinbase!.leakedCredentials).toBe(0)
  })

  test('do not follow a redirect that no origin is named in', async () => {
    await serving(
      (response, path) => (path === '/' ? response.writeHead(302).end() : response.end('{}')),
      async (origin) => {
        expect(await send(origin)).toMatchObject({ kind: 'refused', class: 'redirect', detail: '302 it leads nowhere' })
      },
    )
  })
})

describe('connections', () => {
  test('are kept, are bounded in all, and are gone after the end', async () => {
    const { airspace } = await startAsking({ providers: { coinbase: {} } })
    airspace.inject({ provider: 'coinbase', kind: 'latency', ms: 300 } as Fault)
    const few = new HttpClient({ perOrigin: 10, total: 3 })
    const url = airspace.url('coinbase') + TICKER
    const answers = await Promise.all(Array.from({ length: 3 }, () => few.send({ url, headers: {} }, LIMITS, never)))
    expect(answers.map(({ kind }) => kind)).toEqual(['ok', 'ok', 'ok'])
    expect(few.connections).toBe(3)
    await few.close()
    await expect.poll(() => airspace.stats().coinbase!.openConnections).toBe(0)
    expect(airspace.stats().coinbase!.maxOpenConnections).toBe(3)
    expect(few.connections).toBe(0)
  })

  test('beyond what may be open fail for a reason that is not the provider’s', async () => {
    const { airspace } = await startAsking({ providers: { coinbase: {} } })
    airspace.inject({ provider: 'coinbase', kind: 'latency', ms: 300 } as Fault)
    const few = new HttpClient({ perOrigin: 10, total: 3 })
    const url = airspace.url('coinbase') + TICKER
    const answers = await Promise.all(Array.from({ length: 5 }, () => few.send({ url, headers: {} }, LIMITS, never)))
    expect(answers.map(classOf).toSorted()).toEqual(['no_connection', 'no_connection', 'ok', 'ok', 'ok'])
    expect(FAILURES.no_connection.isProvidersFault).toBe(false)
    expect(airspace.stats().coinbase!.maxOpenConnections).toBe(3)
    await few.close()
  })

  test('of one origin are bounded, and who is too many waits', async () => {
    const { airspace } = await startAsking({ providers: { coinbase: {} } })
    airspace.inject({ provider: 'coinbase', kind: 'latency', ms: 50 } as Fault)
    const few = new HttpClient({ perOrigin: 2, total: 10 })
    const url = airspace.url('coinbase') + TICKER
    const answers = await Promise.all(Array.from({ length: 6 }, () => few.send({ url, headers: {} }, LIMITS, never)))
    expect(new Set(answers.map(classOf))).toEqual(new Set(['ok']))
    expect(airspace.stats().coinbase!.maxOpenConnections).toBe(2)
    await few.close()
  })

  test('are given up when the caller has had enough', async () => {
    const { airspace } = await startAsking({ providers: { coinbase: {} } })
    airspace.inject({ provider: 'coinbase', kind: 'hang' } as Fault)
    const abort = new AbortController()
    const url = airspace.url('coinbase') + TICKER
    const answer = client.send({ url, headers: {} }, { ...LIMITS, headersTimeoutMs: 60_000 }, abort.signal)
    await expect.poll(() => airspace.stats().coinbase!.requests).toBe(1)
    abort.abort()
    expect(await answer).toMatchObject({ kind: 'failed', class: 'aborted' })
    await expect.poll(() => airspace.stats().coinbase!.openConnections).toBe(0)
  })
})

test('a proxy is used where one is set, and resolves the names', async () => {
  const proxy = createServer((request, response) => response.end(request.url)).listen(0, '127.0.0.1')
  await new Promise((resolve) => proxy.once('listening', resolve))
  vi.stubEnv('HTTP_PROXY', `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`)
  const proxied = new HttpClient()
  vi.unstubAllEnvs()
  const answer = await proxied.send({ url: 'http://api.example.invalid/x', headers: {} }, LIMITS, never)
  expect(answer.kind === 'ok' && answer.body.toString()).toBe('http://api.example.invalid/x')
  await proxied.close()
  proxy.close()
})

test('whatever is retried is the provider’s fault', () => {
  for (const { isRetryable, isProvidersFault } of Object.values(FAILURES))
    if (isRetryable) expect(isProvidersFault).toBe(true)
})
