import { afterEach, expect, test } from 'vitest'
import type { Format } from '../../../actors/hub/protocol.ts'
import { FlightDecoder } from '../../../web/client/index.ts'
import { RawSocket } from './raw-socket.ts'
import { RunningHub, until } from './running-hub.ts'
import { rowsOf } from './wire-model.ts'

let hub: RunningHub | null = null
const sockets: RawSocket[] = []

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close()
  await hub?.stop()
})

function open(format: Format = 'msgpack'): RawSocket {
  const socket = RawSocket.open(hub!.port, { path: `/ws/flights?format=${format}` })
  sockets.push(socket)
  return socket
}

/** Lets sockets be written and read between ticks, as in life. */
const breathe = () => new Promise((resolve) => setImmediate(resolve))

async function runTicks(running: RunningHub, aircraft: number, ticks: number): Promise<void> {
  for (let step = 1; step <= ticks; step++) {
    running.fill(aircraft, step)
    running.server.tick()
    await breathe()
  }
}

/** Decodes what a socket has received since it was last asked. */
class Listener {
  readonly decoder = new FlightDecoder()
  #taken = 0
  readonly #socket: RawSocket

  constructor(socket: RawSocket) {
    this.#socket = socket
  }

  get seq(): number {
    const { data } = this.#socket
    while (this.#taken < data.length) expect(this.decoder.take(data[this.#taken++]!)).not.toBe('resync')
    return this.decoder.seq
  }
}

test('a client that stops reading is skipped, and is in step again soon after it reads on', async () => {
  hub = await RunningHub.start()
  hub.fill(2000)
  const good = open()
  const slow = open()
  await until(() => good.data.length === 3 && slow.data.length === 3, 'snapshots')
  slow.tcp.pause()
  for (let step = 1; step <= 400; step++) {
    hub.fill(2000, step)
    hub.server.tick()
    await until(() => good.data.length === 3 + step, 'the delta for the good client')
  }
  expect(hub.counters.slow.value).toBeGreaterThan(0)
  expect(hub.counters.messages_dropped.value).toBe(0)
  slow.tcp.resume()
  const [up, behind] = [new Listener(good), new Listener(slow)]
  const { seq } = up
  await until(() => behind.seq === seq, 'the slow client to catch up')
  expect(slow.data.length).toBeLessThan(good.data.length)
  hub.fill(2000, 700)
  hub.server.tick()
  await until(() => behind.seq === seq + 1 && up.seq === seq + 1, 'both to be live')
  expect(rowsOf(behind.decoder.table)).toEqual(rowsOf(up.decoder.table))
}, 60_000)

test('clients that read nothing cost a bounded buffer each', async () => {
  hub = await RunningHub.start()
  hub.fill(2000)
  const stuck = Array.from({ length: 20 }, (_, i) => open(i % 5 === 0 ? 'json' : 'msgpack'))
  await until(() => stuck.every(({ status }) => status === '101'), 'all to be connected')
  for (const { tcp } of stuck) tcp.pause()
  // Kernel buffers take some megabytes each, and those are not ours.
  await runTicks(hub, 2000, 200)
  const rssBefore = process.memoryUsage.rss()
  const bytesBefore = hub.counters.delta_bytes.value
  await runTicks(hub, 2000, 80)
  const published = (hub.counters.delta_bytes.value - bytesBefore) * 8
  const grown = process.memoryUsage.rss() - rssBefore
  expect(published).toBeGreaterThan(200e6)
  expect(grown).toBeLessThan(40e6)
  expect(hub.server.clients).toBe(20)
}, 60_000)

test('a client that never catches up is let go', async () => {
  hub = await RunningHub.start({ slowAfter: 1000 })
  hub.fill(2000)
  const slow = open()
  await until(() => slow.data.length === 3, 'a snapshot')
  slow.tcp.pause()
  for (let step = 1; hub.server.clients > 0; step++) {
    hub.fill(2000, step)
    hub.server.tick()
    await breathe()
    if (step > 20_000) throw new Error('it is still there')
  }
  expect(hub.counters.connections_ended.value).toBe(1)
}, 60_000)
