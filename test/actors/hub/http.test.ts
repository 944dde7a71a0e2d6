import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RunningHub, until } from './running-hub.ts'

const SCRIPT = `console.log('${'skein '.repeat(400)}')\n`

let directory: string
let hub: RunningHub

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'skein-hub-'))
  const web = join(directory, 'web')
  mkdirSync(join(web, 'assets'), { recursive: true })
  writeFileSync(join(web, 'index.html'), '<!doctype html><title>Skein</title>')
  writeFileSync(join(web, 'assets', 'index-BhC9v3xQ.js'), SCRIPT)
  writeFileSync(join(web, 'earth.jpg'), Buffer.alloc(300_000, 7))
  writeFileSync(join(directory, 'secret.txt'), 'top-secret')
  writeFileSync(join(web, '.hidden.txt'), 'top-secret')
  mkdirSync(join(web, '.hidden'))
  writeFileSync(join(web, '.hidden', 'a.txt'), 'top-secret')
  symlinkSync(join(directory, 'secret.txt'), join(web, 'link.txt'))
  hub = await RunningHub.start({ web }, { metrics: async () => 'skein_up 1\n' })
})

afterAll(async () => {
  await hub.stop()
  rmSync(directory, { recursive: true })
})

/** As it stands: `fetch` would tidy the path up. */
async function raw(request: string): Promise<string> {
  const socket = connect(hub.port, '127.0.0.1')
  let answer = ''
  let isOver = false
  socket.on('data', (bytes) => {
    answer += bytes.toString('latin1')
  })
  socket.on('close', () => {
    isOver = true
  })
  socket.write(request)
  await until(() => isOver || (answer.includes('\r\n\r\n') && answer.endsWith('}')), 'an answer', 12_000)
  socket.destroy()
  return answer
}

describe('files of the web client', () => {
  test('come with their type, and with headers that keep a browser from guessing and others from embedding', async () => {
    const page = await fetch(`${hub.url}/`)
    expect(await page.text()).toBe('<!doctype html><title>Skein</title>')
    const { headers } = page
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    const policy = headers.get('content-security-policy')!
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/unsafe|\*/)
  })

  test('are cached for ever when their name carries a hash, and asked for each time when not', async () => {
    const script = await fetch(`${hub.url}/assets/index-BhC9v3xQ.js`)
    expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    const page = await fetch(`${hub.url}/index.html`)
    expect(page.headers.get('cache-control')).toBe('no-cache')
    const again = await fetch(`${hub.url}/`, { headers: { 'If-None-Match': page.headers.get('etag')! } })
    expect(again.status).toBe(304)
    expect(await again.text()).toBe('')
  })

  test('are compressed where that helps and the client takes it', async () => {
    const path = `${hub.url}/assets/index-BhC9v3xQ.js`
    const packed = await fetch(path, { headers: { 'Accept-Encoding': 'br, gzip' } })
    expect(packed.headers.get('content-encoding')).toBe('gzip')
    expect(await packed.text()).toBe(SCRIPT)
    const plain = await fetch(path, { headers: { 'Accept-Encoding': 'gzip;q=0' } })
    expect(plain.headers.get('content-encoding')).toBeNull()
    expect(plain.headers.get('etag')).not.toBe(packed.headers.get('etag'))
    const picture = await fetch(`${hub.url}/earth.jpg`, { headers: { 'Accept-Encoding': 'gzip' } })
    expect(picture.headers.get('content-encoding')).toBeNull()
    expect((await picture.arrayBuffer()).byteLength).toBe(300_000)
  })

  test('answer HEAD with the length and no body', async () => {
    const answer = await fetch(`${hub.url}/earth.jpg`, { method: 'HEAD' })
    expect([answer.status, answer.headers.get('content-length')]).toEqual([200, '300000'])
    expect((await answer.arrayBuffer()).byteLength).toBe(0)
  })

  test.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/..\\secret.txt',
    '//secret.txt',
    '/./index.html',
    '/link.txt',
    '/.hidden.txt',
    '/.hidden/a.txt',
    '/assets',
    '/assets/',
    '/index.html%00.js',
    '/\u00ff',
    '/__proto__',
  ])('are all that can be had: %s', async (path) => {
    const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
    expect(answer).not.toContain('top-secret')
    expect(answer).toMatch(/^HTTP\/1.1 4\d\d/)
  })

  test('take no other methods', async () => {
    const answer = await fetch(`${hub.url}/`, { method: 'POST', body: 'x'.repeat(100_000) })
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })
})

test('without a built client the page says how to build it, and the rest works', async () => {
  const bare = await RunningHub.start({ web: join(directory, 'nothing') })
  const page = await fetch(`${bare.url}/`)
  expect(page.status).toBe(503)
  expect(await page.text()).toContain('npm run build:web')
  expect((await fetch(`${bare.url}/health`)).status).toBe(200)
  await bare.stop()
})

test('a base path stands before every path', async () => {
  const based = await RunningHub.start({ web: join(directory, 'web'), basePath: '/skein' })
  expect(new URL(based.url).pathname).toBe('/skein')
  for (const path of ['', '/', '/health', '/api/flights', '/earth.jpg'])
    expect([path, (await fetch(based.url + path)).status]).toEqual([path, 200])
  // Else the page's relative addresses would lead elsewhere.
  expect((await fetch(based.url)).url).toBe(`${based.url}/`)
  const origin = new URL(based.url).origin
  for (const path of ['/', '/health', '/skeinhealth']) expect((await fetch(origin + path)).status).toBe(404)
  await based.stop()
})

describe('the API', () => {
  test('lists the flights as they are now, unrounded', async () => {
    hub.observe({
      icao24: '4b1817',
      callsign: 'SWR1',
      lat: 47.123456789,
      lon: 8.1,
      altitude_m: 1234.5,
      on_ground: true,
    })
    hub.observe({ icao24: '~00000a', lat: 1, lon: 2 })
    const answer = await fetch(`${hub.url}/api/flights`)
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(await answer.json()).toEqual({
      count: 2,
      clock_ms: hub.clockMs,
      flights: [
        {
          icao24: '4b1817',
          callsign: 'SWR1',
          position: { lat: 47.123456789, lon: 8.1 },
          altitude_m: 1234.5,
          geo_altitude_m: null,
          velocity_mps: null,
          heading_deg: null,
          vertical_rate_mps: null,
          on_ground: true,
          squawk: null,
          spi: null,
          time_position_unix: null,
          last_contact_unix: null,
        },
        expect.objectContaining({ icao24: '~00000a', position: { lat: 1, lon: 2 } }),
      ],
    })
  })

  test('gives one flight, however its address is written', async () => {
    hub.observe({ icao24: '4b1818', lat: 3, lon: 4 })
    for (const key of ['4b1818', '4B1818'])
      expect(await (await fetch(`${hub.url}/api/flights/${key}`)).json()).toMatchObject({ icao24: '4b1818' })
  })

  test.each([
    ['abcdef', 404, 'not_found'],
    ['nonsense', 400, 'bad_key'],
    ['4b1817%00', 400, 'bad_key'],
  ])('answers %s with %i', async (key, status, code) => {
    const answer = await fetch(`${hub.url}/api/flights/${key}`)
    expect(answer.status).toBe(status)
    expect(await answer.json()).toMatchObject({ error: { code } })
  })

  test('forgets a flight that is removed at once', async () => {
    hub.observe({ icao24: '4b1819', lat: 3, lon: 4 })
    hub.remove('4b1819')
    expect((await fetch(`${hub.url}/api/flights/4b1819`)).status).toBe(404)
  })

  test('gives a large list whole, in as many writes as it takes', async () => {
    const large = await RunningHub.start()
    large.fill(20_000)
    const answer = await fetch(`${large.url}/api/flights`)
    const { count, flights } = (await answer.json()) as { count: number; flights: { icao24: string }[] }
    expect([count, new Set(flights.map(({ icao24 }) => icao24)).size]).toEqual([20_000, 20_000])
    await large.stop()
  })

  test.each(['/api/flights', '/health', '/metrics'])('answers HEAD with the length and no body: %s', async (path) => {
    const [whole, head] = await Promise.all([fetch(hub.url + path), fetch(hub.url + path, { method: 'HEAD' })])
    expect([head.status, head.headers.get('content-type')]).toEqual([200, whole.headers.get('content-type')])
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(0)
    expect(await head.text()).toBe('')
  })
})

test('health says what there is', async () => {
  const health = (await (await fetch(`${hub.url}/health`)).json()) as object
  expect(health).toMatchObject({ status: 'ok', clients: 0, seq: 0 })
})

test('metrics are what the engine says', async () => {
  const answer = await fetch(`${hub.url}/metrics`)
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(await answer.text()).toBe('skein_up 1\n')
})

test('metrics that cannot be had are unavailable, not missing', async () => {
  const metrics = () => Promise.reject(new Error('the engine does not answer'))
  const mute = await RunningHub.start({}, { metrics })
  const answer = await fetch(`${mute.url}/metrics`)
  expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining('does not answer')])
  await mute.stop()
})

test('what nobody serves is not found', async () => {
  const answer = await fetch(`${hub.url}/api/planes`)
  expect(answer.status).toBe(404)
  expect(await answer.json()).toMatchObject({ error: { code: 'not_found' } })
})
