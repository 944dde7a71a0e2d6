import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { HubOptions } from '../../../actors/hub/spec.ts'
import { hubSpec } from '../../../actors/hub/spec.ts'
import { FlightDecoder } from '../../../web/client/index.ts'
import { RawSocket } from './raw-socket.ts'
import { RunningHub, until } from './running-hub.ts'
import { rowsOf } from './wire-model.ts'

let hub: RunningHub
const sockets: RawSocket[] = []

async function start(options: Partial<HubOptions> = {}): Promise<void> {
  await hub.stop()
  hub = await RunningHub.start(options)
}

function open(options?: Parameters<typeof RawSocket.open>[1]): RawSocket {
  const socket = RawSocket.open(hub.port, options)
  sockets.push(socket)
  return socket
}

const settled = (socket: RawSocket) => until(() => socket.status !== '', 'an answer to the upgrade')
const closed = (socket: RawSocket) =>
  until(() => socket.closeCode > 0 || socket.isClosed, 'the connection to be closed')

beforeEach(async () => {
  hub = await RunningHub.start()
})

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close()
  await hub.stop()
})

describe('a client that connects', () => {
  test('is told how to read, given the present state, and then the changes', async () => {
    hub.fill(2500)
    const socket = open()
    await until(() => socket.data.length === 4, 'hello and three chunks')
    const decoder = new FlightDecoder()
    expect(socket.data.map((message) => decoder.take(message))).toEqual(['hello', 'partial', 'partial', 'snapshot'])
    expect(decoder.table.count).toBe(2500)
    hub.fill(10, 1)
    hub.remove('000010')
    hub.server.tick()
    await until(() => socket.data.length === 5, 'a delta')
    expect(decoder.take(socket.data[4]!)).toBe('delta')
    expect(decoder.changedCount).toBe(10)
    expect(decoder.removedCount).toBe(1)
    expect(decoder.table.count).toBe(2499)
  })

  test('gets the same in JSON', async () => {
    hub.fill(3)
    const packed = open()
    const json = open({ path: '/ws/flights?format=json' })
    await until(() => packed.data.length === 2 && json.data.length === 2, 'snapshots')
    hub.fill(2, 1)
    hub.remove('000002')
    hub.server.tick()
    await until(() => packed.data.length === 3 && json.data.length === 3, 'deltas')
    const decoder = new FlightDecoder()
    for (const message of packed.data) decoder.take(message)
    const [hello, snapshot, delta] = json.data.map((message) => JSON.parse(message.toString()))
    expect(hello).toMatchObject({ type: 'hello', protocol: 1, format: 'json', epoch: decoder.epoch })
    expect(snapshot).toMatchObject({ type: 'snapshot', chunk: 0, chunks: 1, channel: 0, seq: 1 })
    expect(delta).toMatchObject({ type: 'delta', seq: 2, removed: ['000002'], clock_ms: hub.clockMs })
    const rows = new Map(snapshot.flights.map((row: { icao24: string }) => [row.icao24, row]))
    rows.delete('000002')
    for (const row of delta.flights) rows.set(row.icao24, { ...(rows.get(row.icao24) as object), ...row })
    expect(rows).toEqual(rowsOf(decoder.table))
    expect(delta.flights[0]).not.toHaveProperty('callsign')
  })

  test('to an empty hub gets an empty snapshot', async () => {
    const socket = open()
    await until(() => socket.data.length === 2, 'a snapshot')
    const decoder = new FlightDecoder()
    for (const message of socket.data) decoder.take(message)
    expect(decoder.table.count).toBe(0)
    expect(decoder.clockMs).toBeNaN()
  })

  test('sees what happened while nobody was listening', async () => {
    hub.fill(5)
    const early = open()
    await until(() => early.data.length === 2, 'a snapshot')
    early.close()
    await until(() => hub.server.clients === 0, 'the client to be gone')
    hub.fill(7)
    hub.remove('000000')
    const late = open()
    await until(() => late.data.length === 2, 'a snapshot')
    const decoder = new FlightDecoder()
    for (const message of late.data) decoder.take(message)
    expect(decoder.table.count).toBe(6)
  })

  test('that asks for a resync gets a snapshot that the next delta follows', async () => {
    hub.fill(10)
    const socket = open()
    await until(() => socket.data.length === 2, 'a snapshot')
    socket.sendText('{"type":"resync"}')
    await until(() => socket.data.length === 3, 'another snapshot')
    hub.fill(10, 1)
    hub.server.tick()
    await until(() => socket.data.length === 4, 'a delta')
    const decoder = new FlightDecoder()
    expect(socket.data.map((message) => decoder.take(message))).toEqual(['hello', 'snapshot', 'snapshot', 'delta'])
  })
})

test('an empty delta goes out when nothing happens for as long as a heartbeat', async () => {
  await start({ tick: 20, heartbeat: 100 })
  const socket = open()
  await until(() => socket.data.length >= 4, 'two heartbeats')
  const decoder = new FlightDecoder()
  const outcomes = socket.data.map((message) => decoder.take(message))
  expect(outcomes.slice(0, 4)).toEqual(['hello', 'snapshot', 'delta', 'delta'])
  expect(decoder.changedCount).toBe(0)
})

test('the port that is taken is named, with the variable that changes it', async () => {
  await expect(RunningHub.start({ port: hub.port })).rejects.toThrow(
    expect.objectContaining({
      code: 'SKEIN_HUB_PORT',
      message: expect.stringMatching(`port=${hub.port}.*BACKEND_PORT`),
    }),
  )
})

test('closing tells every client that the hub is going away', async () => {
  hub.fill(100)
  const many = Array.from({ length: 30 }, () => open())
  await until(() => many.every(({ data }) => data.length === 2), 'snapshots')
  await hub.stop()
  await until(() => many.every(({ isClosed }) => isClosed), 'all to be closed')
  expect(new Set(many.map(({ closeCode }) => closeCode))).toEqual(new Set([1001]))
})

describe('a connection is refused', () => {
  test('beyond the number from one address', async () => {
    await start({ maxClientsPerAddress: 2 })
    const [first, second, third] = [open(), open(), open()]
    await Promise.all([first, second, third].map(settled))
    expect([first, second, third].map(({ status }) => status).sort()).toEqual(['101', '101', '429'])
    first.close()
    second.close()
    await until(() => hub.server.clients < 2, 'room')
    const next = open()
    await settled(next)
    expect(next.status).toBe('101')
  })

  test('beyond the number in all', async () => {
    await start({ maxClients: 1 })
    const first = open()
    await settled(first)
    const second = open()
    await settled(second)
    expect([first.status, second.status]).toEqual(['101', '503'])
  })

  test('by the address that a trusted proxy names, and by no other', async () => {
    await start({ maxClientsPerAddress: 1, trustedProxies: ['127.0.0.0/8'] })
    const statuses: string[] = []
    for (const forwarded of ['10.0.0.1', '10.0.0.2', '6.6.6.6, 10.0.0.1']) {
      const socket = open({ headers: { 'X-Forwarded-For': forwarded } })
      await settled(socket)
      statuses.push(socket.status)
    }
    expect(statuses).toEqual(['101', '101', '429'])
  })

  test('when X-Forwarded-For comes from whoever likes', async () => {
    await start({ maxClientsPerAddress: 1 })
    const statuses: string[] = []
    for (const forwarded of ['10.0.0.1', '10.0.0.2']) {
      const socket = open({ headers: { 'X-Forwarded-For': forwarded } })
      await settled(socket)
      statuses.push(socket.status)
    }
    expect(statuses).toEqual(['101', '429'])
  })

  test('to pages of foreign origins', async () => {
    await start({ origins: ['https://globe.example.org'] })
    const statusOf = async (origin: string) => {
      const socket = open({ headers: { Origin: origin } })
      await settled(socket)
      return socket.status
    }
    expect(await statusOf('https://evil.example')).toBe('403')
    expect(await statusOf('null')).toBe('403')
    expect(await statusOf('http://localhost:5173')).toBe('101')
    expect(await statusOf('https://globe.example.org')).toBe('101')
    expect(await statusOf(`http://127.0.0.1:${hub.port}`)).toBe('101')
  })

  test('in a format that there is not', async () => {
    const socket = open({ path: '/ws/flights?format=xml' })
    await settled(socket)
    expect(socket.status).toBe('400')
  })
})

describe('a connection is closed with a reason', () => {
  test.each([
    ['text that is not JSON', 'hello?', 1007, 'not JSON'],
    ['JSON that is no object', '[1]', 1007, 'not a JSON object'],
    ['a type that there is not', '{"type":"view"}', 1008, 'unknown type of message'],
    ['more than a kilobyte', `{"type":"resync","x":"${'x'.repeat(2000)}"}`, 1009, 'more than 1024 bytes'],
  ])('after %s', async (_, text, code, reason) => {
    const socket = open()
    await settled(socket)
    socket.sendText(text)
    await closed(socket)
    expect([socket.closeCode, socket.closeReason]).toEqual([code, reason])
    expect(hub.counters.connections_ended.value).toBe(1)
  })

  test('after a binary message', async () => {
    const socket = open()
    await settled(socket)
    socket.sendFrame(2, Buffer.from([0x80]))
    await closed(socket)
    expect(socket.closeCode).toBe(1003)
  })

  test('after too many messages', async () => {
    const socket = open()
    await settled(socket)
    for (let i = 0; i < 12; i++) socket.sendText('{"type":"resync"}')
    await closed(socket)
    expect([socket.closeCode, socket.closeReason]).toEqual([1008, 'too many messages'])
  })
})

test('bytes that are no WebSocket frames end the connection and nothing else', async () => {
  const good = open()
  const bad = open()
  await Promise.all([settled(good), settled(bad)])
  bad.tcp.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]))
  await closed(bad)
  hub.fill(1)
  hub.server.tick()
  await until(() => good.data.length === 3, 'a delta for the other')
})

test('the operator is told of pages that may not connect', async () => {
  await hub.stop()
  const lines: object[] = []
  const note = (_: string, details?: object) => lines.push(details!)
  hub = await RunningHub.start({}, { log: { debug() {}, info() {}, warn: note, error() {} } })
  const socket = open({ headers: { Origin: 'http://globe.lan:8000' } })
  await settled(socket)
  expect(lines).toEqual([{ origin: 'http://globe.lan:8000', host: `127.0.0.1:${hub.port}` }])
})

test('the defaults of the settings are those that are documented', () => {
  expect(hubSpec.options.parse({})).toMatchObject({ host: '127.0.0.1', port: 8000, tick: 200 })
})
