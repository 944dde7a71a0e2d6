import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hubCounters } from '../../../actors/hub/counters.ts'
import { LiveTable } from '../../../actors/hub/live-table.ts'
import { Channel } from '../../../actors/hub/serve/channel.ts'
import { type Socket, Subscriber } from '../../../actors/hub/serve/subscriber.ts'
import { flight } from '../../../schemas/flight.ts'
import { FlightDecoder } from '../../../web/client/index.ts'
import { flightFrame } from './flight-frames.ts'
import { helloFor } from './hello-bytes.ts'
import { aircraft } from './running-hub.ts'
import { rowsOf } from './wire-model.ts'

const LIMIT_BYTES = 20_000
const counters = hubCounters.attach()

/** A connection as slow as one likes: what is sent waits until it is read. */
class SlowSocket implements Socket {
  readonly waiting: Uint8Array[] = []
  readonly topics = new Set<string>()
  most = 0

  getBufferedAmount(): number {
    return this.waiting.reduce((sum, { length }) => sum + length, 0)
  }

  send(message: Uint8Array): number {
    this.waiting.push(message)
    this.most = Math.max(this.most, this.getBufferedAmount())
    return 1
  }

  subscribe(topic: string): boolean {
    this.topics.add(topic)
    return true
  }

  unsubscribe(topic: string): boolean {
    return this.topics.delete(topic)
  }

  cork(callback: () => void): void {
    callback()
  }
}

class Reader {
  readonly socket = new SlowSocket()
  readonly decoder = new FlightDecoder()
  readonly subscriber: Subscriber

  constructor(channel: Channel, table: LiveTable) {
    this.subscriber = new Subscriber(this.socket, channel.streams.msgpack, 0, counters.snapshots)
    this.decoder.take(helloFor(channel.header, table))
    this.subscriber.pump()
  }

  /** Reads `count` messages; every one must be of use at once. */
  read(count: number): void {
    for (const message of this.socket.waiting.splice(0, count))
      expect(['delta', 'partial', 'snapshot']).toContain(this.decoder.take(message))
    this.subscriber.pump()
  }
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('tick' as const), changed: fc.nat(400) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('read' as const), who: fc.nat(3), count: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('resync' as const), who: fc.nat(3) }) },
)

test('however slowly clients read, each gets only what follows, holds little, and ends in the state of the hub', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 200, size: 'max' }), (steps) => {
      const table = new LiveTable(flight, { capacity: 1024, contact: 'last_contact_unix' })
      const history = { maxDeltas: 8, maxBytes: 100_000 }
      const channel = new Channel(table, { epoch: 3, channel: 0, heartbeatMs: 1e9, history })
      const { msgpack } = channel.streams
      let clockMs = 1_700_000_000_000
      const tick = (changed: number, which: number) => {
        clockMs += 1000
        for (let i = 0; i < changed; i++) table.onFrame(flightFrame(aircraft(i, which, clockMs), clockMs))
        for (const { subscriber } of readers) subscriber.yieldIfSlow(LIMIT_BYTES, 0)
        if (!channel.advance(clockMs)) return
        for (const { socket } of readers) if (socket.topics.has(msgpack.topic)) socket.send(msgpack.newest!)
        for (const { subscriber } of readers) subscriber.pump()
      }
      const readers: Reader[] = []
      tick(400, 0)
      for (let i = 0; i < 4; i++) readers.push(new Reader(channel, table))

      for (const [which, action] of steps.entries()) {
        if (action.do === 'tick') tick(action.changed, which)
        else if (action.do === 'read') readers[action.who]!.read(action.count)
        else readers[action.who]!.subscriber.restart(0)
      }

      for (const { socket, decoder, subscriber } of readers) {
        while (socket.waiting.length > 0) {
          expect(decoder.take(socket.waiting.shift()!)).not.toBe('resync')
          subscriber.pump()
        }
        expect(subscriber.isLive).toBe(true)
        expect(decoder.seq).toBe(channel.header.seq)
        expect(rowsOf(decoder.table)).toEqual(rowsOf(readers[0]!.decoder.table))
        const largest = 60_000 // a snapshot of this table in one chunk
        expect(socket.most).toBeLessThan(LIMIT_BYTES + largest)
      }
    }),
    { numRuns: 50 },
  )
})
