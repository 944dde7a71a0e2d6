/**
 * `GET /ws/flights`: what clients are sent and what they may say.
 *
 * Guarantee: a client that does not read costs at most `maxBufferedBytes` and one message, and costs the others nothing. What
 * µWebSockets.js drops it does not say when publishing, so each socket's buffer is looked at before each publication; should
 * a message be dropped all the same, that client starts anew from a snapshot.
 */
import type { HttpRequest, HttpResponse, TemplatedApp, us_socket_context_t, WebSocket } from 'uWebSockets.js'
import { InboundRate } from '../../inbound-rate.ts'
import type { HubCounters } from '../counters.ts'
import { encodeHello, type HelloTimes, helloDetails } from '../hello.ts'
import type { LiveTable } from '../live-table.ts'
import { CloseCode, FORMATS, type Format } from '../protocol.ts'
import type { Channel } from './channel.ts'
import { isRefusal, readClientMessage } from './client-message.ts'
import { type Admitted, Gate, type GateOptions } from './gate.ts'
import { send } from './reply.ts'
import { Subscriber } from './subscriber.ts'

export interface FlightsSocketOptions extends GateOptions {
  path: string
  server: string
  times: HelloTimes
  maxBufferedBytes: number
  /** A client that has not been up to date for so long is let go. */
  slowAfterMs: number
  idleTimeoutMs: number
  messagesPerSecond: number
}

interface Client extends Admitted {
  rate: InboundRate
}

const MESSAGE_BURST = 10
/** Beyond this µWebSockets.js closes without a reason; below it the hub gives one. */
const HARD_MESSAGE_LIMIT = 16 * 1024

export class FlightsSocket {
  /** Called when the first client comes and when the last one has gone. */
  onDemand: (isWanted: boolean) => void = () => {}
  readonly #app: TemplatedApp
  readonly #table: LiveTable
  readonly #channel: Channel
  readonly #options: FlightsSocketOptions
  readonly #counters: HubCounters
  readonly #nowMs: () => number
  readonly #gate: Gate
  readonly #clients = new Map<WebSocket<Client>, Subscriber>()

  constructor(
    app: TemplatedApp,
    table: LiveTable,
    channel: Channel,
    options: FlightsSocketOptions,
    counters: HubCounters,
    nowMs: () => number,
  ) {
    this.#app = app
    this.#table = table
    this.#channel = channel
    this.#options = options
    this.#counters = counters
    this.#nowMs = nowMs
    this.#gate = new Gate(options)
    this.#serve()
  }

  get count(): number {
    return this.#clients.size
  }

  /** Encodes what has changed and sends it to all who are up to date. */
  tick(): void {
    const nowMs = this.#nowMs()
    const startedMs = performance.now()
    for (const subscriber of this.#clients.values())
      if (subscriber.yieldIfSlow(this.#options.maxBufferedBytes, nowMs)) this.#counters.slow.add(1)
    if (this.#channel.advance(nowMs)) {
      this.#counters.deltas.add(1)
      this.#counters.delta_rows.add(this.#channel.rowCount)
      for (const format of FORMATS) this.#publish(format)
    }
    for (const [socket, subscriber] of this.#clients) {
      if (subscriber.isLive) continue
      if (nowMs - subscriber.behindSinceMs > this.#options.slowAfterMs) this.#endSlow(socket)
      else subscriber.pump()
    }
    this.#counters.tick_us.record((performance.now() - startedMs) * 1000)
  }

  /** Takes nobody in any more, tells every client that the hub is going, and closes its connection. */
  drain(): void {
    this.#gate.isClosed = true
    for (const socket of [...this.#clients.keys()]) socket.end(CloseCode.goingAway, 'the hub is going away')
  }

  #publish(format: Format): void {
    const stream = this.#channel.streams[format]
    const delta = stream.newest
    if (!stream.isWanted || delta === undefined) return
    this.#counters.delta_bytes.add(delta.length)
    this.#app.publish(stream.topic, delta, stream.isBinary)
  }

  /** With a full buffer a reason would never reach it. */
  #endSlow(socket: WebSocket<Client>): void {
    this.#counters.connections_ended.add(1)
    if (socket.getBufferedAmount() > 0) socket.close()
    else socket.end(CloseCode.tryAgainLater, 'too slow to keep up')
  }

  #serve(): void {
    const { path, maxBufferedBytes, idleTimeoutMs } = this.#options
    this.#app.ws<Client>(path, {
      maxPayloadLength: HARD_MESSAGE_LIMIT,
      maxBackpressure: 2 * maxBufferedBytes,
      idleTimeout: Math.round(idleTimeoutMs / 1000),
      sendPingsAutomatically: true,
      upgrade: (response, request, context) => this.#upgrade(response, request, context),
      open: (socket) => this.#open(socket),
      message: (socket, message, isBinary) => this.#hear(socket, new Uint8Array(message), isBinary),
      drain: (socket) => this.#clients.get(socket)?.pump(),
      dropped: (socket) => {
        this.#counters.messages_dropped.add(1)
        this.#clients.get(socket)?.noteLoss()
      },
      close: (socket) => this.#close(socket),
    })
  }

  #upgrade(response: HttpResponse, request: HttpRequest, context: us_socket_context_t): void {
    const admitted = this.#gate.enter(response, request)
    if ('status' in admitted) {
      this.#counters.connections_refused.add(1)
      send(response, admitted)
      return
    }
    const rate = new InboundRate(this.#options.messagesPerSecond, MESSAGE_BURST, this.#nowMs())
    const client: Client = { ...admitted, rate }
    const header = (name: string) => request.getHeader(`sec-websocket-${name}`)
    response.upgrade(client, header('key'), header('protocol'), header('extensions'), context)
  }

  #open(socket: WebSocket<Client>): void {
    const stream = this.#channel.streams[socket.getUserData().format]
    const subscriber = new Subscriber(socket, stream, this.#nowMs(), this.#counters.snapshots)
    this.#clients.set(socket, subscriber)
    stream.clients++
    this.#counters.clients.set(this.#clients.size)
    // Nobody was listening: what has happened meanwhile is not published yet, and snapshots are of what is published.
    if (this.#clients.size === 1) this.#channel.advance(this.#nowMs())
    const { server, times } = this.#options
    const details = helloDetails(this.#table.columns, stream.format, server, times)
    socket.send(encodeHello(this.#channel.header, details), stream.isBinary)
    subscriber.pump()
    if (this.#clients.size === 1) this.onDemand(true)
  }

  #hear(socket: WebSocket<Client>, bytes: Uint8Array, isBinary: boolean): void {
    const isInTime = socket.getUserData().rate.take(this.#nowMs())
    const message = isInTime
      ? readClientMessage(bytes, isBinary)
      : { code: CloseCode.policy, reason: 'too many messages' }
    if (isRefusal(message)) {
      this.#counters.connections_ended.add(1)
      socket.end(message.code, message.reason)
      return
    }
    this.#counters.resyncs.add(1)
    this.#clients.get(socket)?.restart(this.#nowMs())
  }

  #close(socket: WebSocket<Client>): void {
    const { stream } = this.#clients.get(socket)!
    this.#clients.delete(socket)
    this.#gate.leave(socket.getUserData())
    this.#counters.clients.set(this.#clients.size)
    if (--stream.clients === 0) stream.forget()
    if (this.#clients.size === 0) this.onDemand(false)
  }
}
