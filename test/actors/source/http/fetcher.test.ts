import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  Authorizer,
  authSpec,
  type FailureClass,
  Fetcher,
  type FetchOptions,
  HttpClient,
} from '../../../../actors/source/http/index.ts'
import { Secret } from '../../../../engine/config/spec.ts'
import { DEMO_KEY, DEMO_SECRET, type Fault } from '../../../../fixtures/airspace/serve/index.ts'
import { startAsking } from '../../../fixtures/airspace/serve/asking.ts'

const OPTIONS: FetchOptions = {
  limits: { headersTimeoutMs: 2000, bodyTimeoutMs: 2000, totalTimeoutMs: 5000, maxBodyBytes: 1 << 20, maxRedirects: 3 },
  attempts: 3,
  breaker: { failures: 5, pauseMs: 400 },
}
const never = new AbortController().signal

let client: HttpClient
beforeEach(() => {
  client = new HttpClient()
})
afterEach(async () => {
  await client.close()
})

async function fetching(options: Partial<FetchOptions> = {}) {
  const { airspace } = await startAsking({ providers: { coinbase: {} } })
  const attempts: (FailureClass | 'ok')[] = []
  const answered: (number | null)[] = []
  let passed = 0
  const gate = {
    pass: () => Promise.resolve(++passed),
    answered: (_: number, status: number | null) => answered.push(status),
  }
  const authorizer = new Authorizer(undefined, client)
  const onAttempt = (outcome: FailureClass | 'ok') => attempts.push(outcome)
  const fetcher = new Fetcher(client, { ...OPTIONS, ...options }, authorizer, { gate, onAttempt })
  const request = { url: `${airspace.url('coinbase')}/products/BTC-USD/ticker`, headers: {} }
  return {
    attempts,
    answered,
    inject: (fault: Omit<Fault, 'provider'>) => airspace.inject({ provider: 'coinbase', ...fault }),
    fetch: (signal = never) => fetcher.fetch(request, signal),
    requests: () => airspace.stats().coinbase!.requests,
  }
}

describe('a fetch', () => {
  test('tries again what may succeed a moment later, and each attempt passes the gate', async () => {
    const { attempts, answered, inject, fetch } = await fetching()
    inject({ kind: 'status', status: 503, count: 1 })
    inject({ kind: 'reset', count: 1 })
    expect(await fetch()).toMatchObject({ kind: 'ok' })
    expect(attempts.toSorted()).toEqual(['ok', 'reset', 'server_error'])
    expect(answered.toSorted()).toEqual([200, 503, null])
  })

  test('gives up when that does not help, with the last of what happened', async () => {
    const { attempts, inject, fetch } = await fetching()
    inject({ kind: 'status', status: 502 })
    expect(await fetch()).toMatchObject({ kind: 'refused', class: 'server_error', status: 502 })
    expect(attempts).toEqual(['server_error', 'server_error', 'server_error'])
  })

  test('ends at once when it is given up, also while it waits to try again', async () => {
    const { attempts, inject, fetch } = await fetching({ attempts: 10, breaker: { failures: 100, pauseMs: 400 } })
    inject({ kind: 'status', status: 503 })
    const abort = new AbortController()
    const answer = fetch(abort.signal)
    await expect.poll(() => attempts.length).toBeGreaterThanOrEqual(3)
    const abortedMs = performance.now()
    abort.abort()
    expect(await answer).toMatchObject({ kind: 'failed', class: 'aborted' })
    expect(performance.now() - abortedMs).toBeLessThan(100)
  })

  test.each([401, 403, 404, 400, 429])('does not try again after %i', async (status) => {
    const { attempts, inject, fetch } = await fetching()
    inject({ kind: 'status', status })
    expect(await fetch()).toMatchObject({ status })
    expect(attempts).toHaveLength(1)
  })
})

describe('a token', () => {
  async function asking() {
    const { airspace } = await startAsking({ providers: { opensky: {} } })
    const tokenUrl = `${airspace.url('opensky')}/auth/realms/opensky-network/protocol/openid-connect/token`
    const [clientId, clientSecret] = [DEMO_KEY, DEMO_SECRET].map((value) => new Secret(value, { variable: 'NAME' }))
    const authorizer = new Authorizer(authSpec.parse({ oauth2: { tokenUrl, clientId, clientSecret } }), client)
    const attempts: (FailureClass | 'ok')[] = []
    const hooks = {
      gate: { pass: async () => 0, answered: () => {} },
      onAttempt: (one: FailureClass | 'ok') => attempts.push(one),
    }
    const fetcher = new Fetcher(client, OPTIONS, authorizer, hooks)
    const url = `${airspace.url('opensky')}/api/states/all?lamin=40&lomin=-75&lamax=42&lomax=-72`
    const expire = (count: number) => airspace.inject({ provider: 'opensky', kind: 'expired-token', count })
    return { attempts, expire, fetch: () => fetcher.fetch({ url, headers: {} }, never) }
  }

  test('that has become worthless is renewed, and the request sent again', async () => {
    const { attempts, expire, fetch } = await asking()
    await fetch()
    expire(1)
    expect(await fetch()).toMatchObject({ kind: 'ok' })
    expect(attempts).toEqual(['ok', 'unauthorized', 'ok'])
  })

  test('that was never taken is an account that is not', async () => {
    const { attempts, expire, fetch } = await asking()
    expire(1)
    expect(await fetch()).toMatchObject({ kind: 'refused', class: 'unauthorized', status: 401 })
    expect(attempts).toEqual(['unauthorized'])
  })
})

describe('a provider that is not well', () => {
  test('is left alone for a while, then tried with one request', async () => {
    const { inject, fetch, requests } = await fetching({ attempts: 1 })
    inject({ kind: 'status', status: 500, count: 5 })
    for (let i = 0; i < 5; i++) expect(await fetch()).toMatchObject({ class: 'server_error' })
    expect(await fetch()).toMatchObject({ kind: 'failed', class: 'breaker_open' })
    expect(requests()).toBe(5)
    await expect.poll(async () => (await fetch()).kind).toBe('ok')
    expect(await fetch()).toMatchObject({ kind: 'ok' })
  })

  test('is not one that says that we ask too often or for what it does not have', async () => {
    const { inject, fetch } = await fetching({ attempts: 1 })
    inject({ kind: 'status', status: 404, count: 10 })
    for (let i = 0; i < 10; i++) expect(await fetch()).toMatchObject({ class: 'not_found' })
    expect(await fetch()).toMatchObject({ kind: 'ok' })
  })
})
