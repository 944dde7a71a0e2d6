import { afterEach, expect, test } from 'vitest'
import {
  type ConnectionDetail,
  type ConnectionStatus,
  connectFlights,
  type FlightFeed,
  type WebSocketConstructor,
  type WebSocketLike,
} from '../../../web/client/index.ts'
import { RunningHub, until } from '../../actors/hub/running-hub.ts'
import { freePort } from '../../servers/free-port.ts'

const hubs: RunningHub[] = []
const feeds: FlightFeed[] = []

afterEach(async () => {
  for (const feed of feeds.splice(0)) feed.close()
  for (const hub of hubs.splice(0)) await hub.stop()
})

async function startHub(port = 0): Promise<RunningHub> {
  const hub = await RunningHub.start({ port })
  hubs.push(hub)
  return hub
}

/** A client that notes what it is told. */
class Witness {
  readonly statuses: ConnectionStatus[] = []
  readonly details: ConnectionDetail[] = []
  readonly feed: FlightFeed
  snapshots = 0
  deltas = 0
  changed: number[] = []
  removed: number[] = []

  constructor(url: string, WebSocket?: WebSocketConstructor) {
    this.feed = connectFlights({
      url,
      WebSocket,
      onStatus: (status, detail) => {
        this.statuses.push(status)
        this.details.push(detail)
      },
      onSnapshot: () => this.snapshots++,
      onDelta: (_, changed, changedCount, removed, removedCount) => {
        this.deltas++
        this.changed = [...changed.subarray(0, changedCount)]
        this.removed = [...removed.subarray(0, removedCount)]
      },
    })
    feeds.push(this.feed)
  }

  get status(): ConnectionStatus {
    return this.statuses.at(-1)!
  }
}

test('a client goes live with the first snapshot and is told each change', async () => {
  const hub = await startHub()
  hub.fill(3)
  const witness = new Witness(hub.socketUrl)
  expect(witness.statuses).toEqual(['connecting'])
  await until(() => witness.status === 'live', 'live')
  expect(witness.feed).toMatchObject({ tickMs: 60_000, staleAfterMs: 60_000, clockMs: hub.clockMs })
  expect(witness.feed.table.count).toBe(3)
  hub.fill(2, 1)
  hub.remove('000002')
  hub.server.tick()
  await until(() => witness.deltas === 1, 'a delta')
  expect([witness.changed, witness.removed]).toEqual([[0, 1], [2]])
  expect(witness.feed.clockMs).toBe(hub.clockMs)
  witness.feed.close()
  expect(witness.statuses).toEqual(['connecting', 'live', 'closed'])
  await until(() => hub.server.clients === 0, 'the hub to see it go')
})

test('a hub that is restarted is found again, with its new epoch and its new aircraft', async () => {
  const port = await freePort()
  const first = await startHub(port)
  first.fill(5)
  const witness = new Witness(first.socketUrl)
  await until(() => witness.status === 'live', 'live')
  await first.stop()
  await until(() => witness.status === 'reconnecting', 'reconnecting')
  expect(witness.details.at(-1)).toMatchObject({ code: 1001, failures: 1 })
  expect(witness.feed.table.count).toBe(5)
  const second = await startHub(port)
  second.fill(2)
  await until(() => witness.status === 'live', 'live again')
  expect(witness.feed.table.count).toBe(2)
})

test('waits grow and vary while nobody answers', async () => {
  const hub = await startHub()
  await hub.stop()
  const witness = new Witness(hub.socketUrl)
  await until(() => witness.statuses.filter((status) => status === 'reconnecting').length === 3, 'three attempts')
  const [first, second, third] = witness.details.slice(1).map(({ retryInMs }) => retryInMs!)
  expect(first).toBeLessThanOrEqual(500)
  expect(second).toBeGreaterThanOrEqual(500)
  expect(third).toBeGreaterThanOrEqual(1000)
})

test('a connection that falls silent is given up for a new one', async () => {
  const hub = await RunningHub.start({ heartbeat: 100 })
  hubs.push(hub)
  hub.fill(2)
  // The hub of this test does not tick, and so sends no heartbeats either.
  const witness = new Witness(hub.socketUrl)
  await until(() => witness.statuses.length >= 4, 'a second connection')
  expect(witness.statuses.slice(0, 4)).toEqual(['connecting', 'live', 'reconnecting', 'live'])
  expect(witness.details[2]).toMatchObject({ code: 4000, reason: 'nothing heard for 300 ms' })
})

test('closing while waiting ends the attempts', async () => {
  const hub = await startHub()
  await hub.stop()
  const witness = new Witness(hub.socketUrl)
  await until(() => witness.status === 'reconnecting', 'reconnecting')
  witness.feed.close()
  witness.feed.close()
  expect(witness.statuses).toEqual(['connecting', 'reconnecting', 'closed'])
})

/** Passes everything on but the messages that are to be lost. */
function losing(isLost: (count: number) => boolean): WebSocketConstructor {
  let count = 0
  return class implements WebSocketLike {
    onmessage: WebSocketLike['onmessage'] = null
    onclose: WebSocketLike['onclose'] = null
    onerror: WebSocketLike['onerror'] = null
    readonly #inner: WebSocket

    constructor(url: string) {
      this.#inner = new WebSocket(url)
      this.#inner.onmessage = (event) => {
        if (!isLost(++count)) this.onmessage?.(event)
      }
      this.#inner.onclose = (event) => this.onclose?.(event)
      this.#inner.onerror = (event) => this.onerror?.(event)
    }

    get binaryType(): string {
      return this.#inner.binaryType
    }
    set binaryType(type: string) {
      this.#inner.binaryType = type as WebSocket['binaryType']
    }

    send(data: string): void {
      this.#inner.send(data)
    }

    close(code?: number, reason?: string): void {
      this.#inner.close(code, reason)
    }
  }
}

test('a lost delta is noticed, and a snapshot puts the table right without a new connection', async () => {
  const hub = await startHub()
  hub.fill(4)
  const witness = new Witness(
    hub.socketUrl,
    losing((count) => count === 3),
  )
  await until(() => witness.status === 'live', 'live')
  hub.fill(4, 1)
  hub.server.tick()
  hub.fill(6, 2)
  hub.server.tick()
  await until(() => witness.snapshots === 2, 'a second snapshot')
  expect(witness.feed.table.count).toBe(6)
  hub.fill(6, 3)
  hub.server.tick()
  await until(() => witness.deltas === 1, 'the delta after it')
  expect(witness.statuses).toEqual(['connecting', 'live'])
  expect(hub.counters.resyncs.value).toBe(1)
})

test('a message that cannot be read ends the connection, and the next one is tried', async () => {
  const hub = await startHub()
  hub.fill(4)
  let isDamaged = true
  class Damaging extends losing(() => false) {
    constructor(url: string) {
      super(url)
      queueMicrotask(() => {
        const take = this.onmessage!
        this.onmessage = (event) => {
          const data = isDamaged ? new Uint8Array([0xc1]).buffer : event.data
          isDamaged = false
          take({ data })
        }
      })
    }
  }
  const witness = new Witness(hub.socketUrl, Damaging)
  await until(() => witness.status === 'live', 'live in the end')
  expect(witness.statuses).toEqual(['connecting', 'reconnecting', 'live'])
  expect(witness.details[1]!.reason).toContain('MessagePack')
})
