import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type Auth,
  Authorizer,
  authSpec,
  credentialOf,
  HttpClient,
  shownUrl,
  toSetFor,
} from '../../../../actors/source/http/index.ts'
import { Secret } from '../../../../engine/config/spec.ts'
import { DEMO_KEY, DEMO_SECRET, type Fault } from '../../../../fixtures/airspace/serve/index.ts'
import { startAsking } from '../../../fixtures/airspace/serve/asking.ts'

const secret = (value: string, variable = 'NAME') => new Secret(value, { variable })
const never = new AbortController().signal
const REQUEST = { url: 'https://api.example.org/x?a=1', headers: { accept: '*/*' } }

let client: HttpClient
beforeEach(() => {
  client = new HttpClient()
})
afterEach(async () => {
  await client.close()
})

const authorize = (auth: unknown, request = REQUEST) =>
  new Authorizer(authSpec.parse(auth), client).authorize(request, never)

describe('a request', () => {
  test('says nothing of who asks where no secret is set', async () => {
    expect(await authorize({ basic: {} })).toEqual(REQUEST)
    expect(await new Authorizer(undefined, client).authorize(REQUEST, never)).toEqual(REQUEST)
  })

  test('has a name and a password, or a key in a header or in the address', async () => {
    expect(await authorize({ basic: { username: secret('Aladdin'), password: secret('open sesame') } })).toMatchObject({
      headers: { accept: '*/*', authorization: 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==' },
      secretHeaders: ['authorization'],
    })
    expect(await authorize({ header: { name: 'X-Key', prefix: 'k ', value: secret('v') } })).toMatchObject({
      headers: { 'x-key': 'k v' },
      secretHeaders: ['x-key'],
    })
    expect((await authorize({ query: { name: 'apikey', value: secret('a&b') } })).url).toBe(
      `${REQUEST.url}&apikey=a%26b`,
    )
  })

  test('is signed over the whole of its query', async () => {
    const auth = { hmac: { key: secret('k'), secret: secret('s'), keyHeader: 'X-MBX-APIKEY' } }
    const { url, headers } = await authorize(auth)
    const [, query, signature] = /\?(.*)&signature=(\w+)$/.exec(url)!
    expect(query).toMatch(/^a=1&timestamp=\d{13}$/)
    expect(signature).toBe(createHmac('sha256', 's').update(query!).digest('hex'))
    expect(headers).toMatchObject({ 'x-mbx-apikey': 'k' })
  })
})

async function openSky() {
  const { airspace } = await startAsking({ providers: { opensky: {} } })
  const tokenUrl = `${airspace.url('opensky')}/auth/realms/opensky-network/protocol/openid-connect/token`
  const oauth2 = { tokenUrl, clientId: secret(DEMO_KEY), clientSecret: secret(DEMO_SECRET) }
  return {
    authorizer: new Authorizer(authSpec.parse({ oauth2 }), client),
    inject: (fault: Fault) => airspace.inject(fault),
    requests: () => airspace.stats().opensky!.requests,
  }
}

describe('against the airspace', () => {
  const limits = {
    headersTimeoutMs: 5000,
    bodyTimeoutMs: 5000,
    totalTimeoutMs: 5000,
    maxBodyBytes: 1 << 20,
    maxRedirects: 0,
  }

  test('an exchange takes the signature', async () => {
    const { airspace } = await startAsking({ providers: { binance: {} }, clock: Date.now })
    const auth = authSpec.parse({
      hmac: { key: secret(DEMO_KEY), secret: secret(DEMO_SECRET), keyHeader: 'X-MBX-APIKEY' },
    })
    const url = `${airspace.url('binance')}/api/v3/account`
    const request = await new Authorizer(auth, client).authorize({ url, headers: {} }, never)
    expect(await client.send(request, limits, never)).toMatchObject({ kind: 'ok' })
  })

  test('OpenSky takes tokens, which are asked for once and again when they are too old', async () => {
    const { airspace, clock } = await startAsking({ providers: { opensky: { tokenLifetime_s: 1800 } } })
    const tokenUrl = `${airspace.url('opensky')}/auth/realms/opensky-network/protocol/openid-connect/token`
    const oauth2 = { tokenUrl, clientId: secret(DEMO_KEY), clientSecret: secret(DEMO_SECRET) }
    const authorizer = new Authorizer(authSpec.parse({ oauth2 }), client)
    const url = `${airspace.url('opensky')}/api/states/all?lamin=40&lomin=-75&lamax=42&lomax=-72`
    const ask = async () => client.send(await authorizer.authorize({ url, headers: {} }, never), limits, never)
    const answers = await Promise.all([ask(), ask(), ask()])
    expect(answers.map(({ kind }) => kind)).toEqual(['ok', 'ok', 'ok'])
    expect(airspace.stats().opensky!.requests, 'one token for all three').toBe(4)
    clock.pass(2000)
    expect(await ask()).toMatchObject({ kind: 'refused', class: 'unauthorized' })
    const refused = await authorizer.authorize({ url, headers: {} }, never)
    expect(authorizer.renew(refused), 'nobody has said that it was ever taken').toBe(false)
    authorizer.prove(refused)
    expect(authorizer.renew(refused)).toBe(true)
  })

  test('a token that is too old is renewed once for all whom it failed', async () => {
    const { authorizer, requests } = await openSky()
    const first = await Promise.all([1, 2, 3].map(() => authorizer.authorize(REQUEST, never)))
    authorizer.prove(first[0]!)
    expect(authorizer.renew(first[0]!)).toBe(true)
    const second = await authorizer.authorize(REQUEST, never)
    expect(second.headers.authorization).not.toBe(first[1]!.headers.authorization)
    expect(authorizer.renew(first[1]!), 'whose request was under way meanwhile').toBe(true)
    expect(await authorizer.authorize(REQUEST, never)).toEqual(second)
    expect(authorizer.renew(second)).toBe(false)
    expect(requests()).toBe(2)
  })

  test('who gives up waiting for a token does not take it from the others', async () => {
    const { authorizer, inject } = await openSky()
    inject({ provider: 'opensky', kind: 'latency', ms: 300, count: 1 })
    const impatient = new AbortController()
    const given = authorizer.authorize(REQUEST, impatient.signal)
    const other = authorizer.authorize(REQUEST, never)
    impatient.abort()
    await expect(given).rejects.toBe(impatient.signal.reason)
    expect((await other).headers.authorization).toMatch(/^Bearer ./)
  })

  test('a client that is not known gets no token', async () => {
    const { airspace } = await startAsking({ providers: { opensky: {} } })
    const tokenUrl = `${airspace.url('opensky')}/auth/realms/opensky-network/protocol/openid-connect/token`
    const oauth2 = { tokenUrl, clientId: secret('nobody'), clientSecret: secret('MARKED') }
    const refused = authorize({ oauth2 })
    await expect(refused).rejects.toMatchObject({ failure: 'unauthorized' })
    await expect(refused).rejects.not.toThrow(/MARKED/)
  })
})

describe('a configuration', () => {
  test('has one way to say who asks, and all of its secrets or none', () => {
    const problems = (auth: unknown) => authSpec.safeParse(auth).error?.issues.map(({ message }) => message)
    expect(problems({})).toEqual(['must have one of basic, header, query, hmac, oauth2'])
    expect(problems({ basic: {}, query: { name: 'k' } })).toEqual([
      'must have one of basic, header, query, hmac, oauth2',
    ])
    expect(problems({ basic: { username: secret('u') } })).toEqual(['password must be set too'])
    expect(problems({ basic: {} })).toBeUndefined()
  })

  test('tells accounts apart, and what is to be set for them', () => {
    const auth = (user: string): Auth =>
      authSpec.parse({ basic: { username: secret(user, 'A_USER'), password: secret('p', 'A_PASSWORD') } })
    expect(credentialOf(auth('a'))).not.toBe(credentialOf(auth('b')))
    expect(credentialOf(authSpec.parse({ basic: {} }))).toBe('anonymous')
    expect(toSetFor(auth('a'))).toEqual(['A_USER', 'A_PASSWORD'])
    expect(toSetFor(authSpec.parse({ basic: {} }))).toEqual(['auth.basic.username', 'auth.basic.password'])
  })
})

test('an address is shown without what may be a secret', () => {
  expect(shownUrl('https://a.org/x?symbol=A&apikey=MARKED&signature=MARKED')).toBe(
    'https://a.org/x?symbol=A&apikey=redacted&signature=redacted',
  )
  expect(shownUrl('https://user:MARKED@a.org/x')).toBe('https://a.org/x')
  expect(shownUrl('https://a.org/{symbol}')).toBe('https://a.org/{symbol}')
})
