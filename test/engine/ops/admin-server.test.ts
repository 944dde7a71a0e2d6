import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, get } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, test } from 'vitest'
import { type AdminAnswers, AdminServer } from '../../../engine/ops/admin-server.ts'
import { readinessOf } from '../../../engine/ops/readiness.ts'

const problems = new Map<string, string>()
let state = 'running'
let scrapes = 0

const answers: AdminAnswers = {
  version: { version: '1.2.3', node: process.version },
  readiness: () => readinessOf(state, ['shard', 'hub'], problems),
  metrics: async () => {
    scrapes++
    await new Promise((resolve) => setImmediate(resolve))
    return 'skein_test_value 1\n'
  },
}

const servers: { close(): unknown }[] = []
async function listening(): Promise<{ server: AdminServer; url: string }> {
  const server = new AdminServer(answers)
  servers.push(server)
  return { server, url: await server.listen('127.0.0.1', 0) }
}

afterEach(async () => {
  problems.clear()
  state = 'running'
  for (const server of servers.splice(0)) await server.close()
})

describe('the admin server', () => {
  test('says that it lives, and which version it is', async () => {
    const { url } = await listening()
    expect(await (await fetch(`${url}/live`)).json()).toEqual({ status: 'live' })
    expect(await (await fetch(`${url}/version`)).json()).toEqual({ version: '1.2.3', node: process.version })
  })

  test('is ready while all components are well', async () => {
    const { url } = await listening()
    const response = await fetch(`${url}/ready`)
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({
      status: 'ready',
      state: 'running',
      components: { engine: { status: 'ready' }, shard: { status: 'ready' }, hub: { status: 'ready' } },
    })
  })

  test('is degraded, not unready, when one is not, and says why', async () => {
    const { url } = await listening()
    problems.set('opensky', 'the key was refused')
    const response = await fetch(`${url}/ready`)
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({
      status: 'degraded',
      components: { opensky: { status: 'degraded', problem: 'the key was refused' }, hub: { status: 'ready' } },
    })
  })

  test.each(['starting', 'draining', 'stopped'])('is not ready while %s', async (now) => {
    const { url } = await listening()
    state = now
    const response = await fetch(`${url}/ready`)
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ status: 'not ready', state: now })
  })

  test('is not ready when the engine itself cannot go on', async () => {
    const { url } = await listening()
    problems.set('engine', 'an actor failed more often than its restarts allow')
    expect((await fetch(`${url}/ready`)).status).toBe(503)
  })

  test('gives metrics as Prometheus wants them, once for scrapes that come together', async () => {
    const { url } = await listening()
    scrapes = 0
    const responses = await Promise.all([1, 2, 3].map(() => fetch(`${url}/metrics?x=1`)))
    expect(responses[0]!.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(await responses[2]!.text()).toBe('skein_test_value 1\n')
    expect(scrapes).toBeLessThanOrEqual(3)
    expect(scrapes).toBeGreaterThan(0)
  })

  test('answers HEAD without a body, and nothing but GET and HEAD', async () => {
    const { url } = await listening()
    const head = await fetch(`${url}/live`, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    const post = await fetch(`${url}/live`, { method: 'POST', body: 'x' })
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    expect((await fetch(`${url}/`)).status).toBe(404)
  })

  test('survives what is no HTTP, and addresses that are none', async () => {
    const { url } = await listening()
    const { port } = new URL(url)
    for (const request of ['nonsense\r\n\r\n', 'GET // HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n']) {
      const socket = connect(Number(port), '127.0.0.1')
      socket.end(request)
      expect(await text(socket)).toMatch(/^HTTP\/1.1 4\d\d/)
    }
    expect((await fetch(`${url}/live`)).status).toBe(200)
  })

  test('answers the same on a Unix socket that it is handed', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'skein-ops-'))
    const socketPath = join(directory, 'admin.sock')
    const unix = createServer(new AdminServer(answers).handle)
    servers.push(unix)
    unix.listen(socketPath)
    await once(unix, 'listening')
    const [response] = await once(get({ socketPath, path: '/live', agent: false }), 'response')
    expect(await text(response)).toBe('{"status":"live"}\n')
    rmSync(directory, { recursive: true })
  })

  test('names the port that is taken', async () => {
    const { url } = await listening()
    const port = Number(new URL(url).port)
    const second = new AdminServer(answers)
    await expect(second.listen('127.0.0.1', port)).rejects.toMatchObject({
      code: 'SKEIN_OPS_PORT',
      details: { host: '127.0.0.1', port },
    })
    await second.close()
  })
})
