/**
 * A live view of a hub's flights, in browsers and in Node.
 *
 * ```
 *   connecting ──snapshot──► live ──lost──► reconnecting ──snapshot──► live …        close(): closed
 * ```
 *
 * Guarantee: between callbacks the table is a state the hub was in; after a gap it is put right by a snapshot. Waits before
 * each new attempt grow and vary, so that a restarted hub is not stormed. A connection that falls silent counts as lost.
 */
import type { ClientMessage } from '../../actors/hub/protocol.ts'
import { FlightDecoder } from './flight-decoder.ts'
import type { FlightTable } from './flight-table.ts'

export type ConnectionStatus = 'connecting' | 'live' | 'reconnecting' | 'closed'

export interface ConnectionDetail {
  /** Connections lost or not made since it was last live. */
  failures: number
  /** While reconnecting: how long until the next attempt. */
  retryInMs?: number
  /** Why the last connection ended: WebSocket close code and reason. */
  code?: number
  reason?: string
}

export interface FlightFeed {
  table: FlightTable
  /** The stream's clock; NaN before the first record. */
  clockMs: number
  /** How often deltas come at most. */
  tickMs: number
  /** After how long without a mention an aircraft is removed. */
  staleAfterMs: number
  close(): void
}

export interface FlightOptions {
  /** Of the hub's WebSocket, such as `ws://localhost:8000/ws/flights`. */
  url: string
  onStatus(status: ConnectionStatus, detail: ConnectionDetail): void
  /** The whole table is new. */
  onSnapshot(feed: FlightFeed): void
  /** Some rows have changed; no slot is among both changed and removed. The arrays are reused. */
  onDelta(
    feed: FlightFeed,
    changedSlots: Uint32Array,
    changedCount: number,
    removedSlots: Uint32Array,
    removedCount: number,
  ): void
  /** For environments without a WebSocket of their own. */
  WebSocket?: WebSocketConstructor
}

/** As much of a WebSocket as is used here. */
export interface WebSocketLike {
  binaryType: string
  onmessage: ((event: { data: unknown }) => void) | null
  onclose: ((event: { code: number; reason: string }) => void) | null
  onerror: ((event: unknown) => void) | null
  send(data: string): void
  close(code?: number, reason?: string): void
}
export type WebSocketConstructor = new (url: string) => WebSocketLike

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 15_000
/** Until hello says how often the hub speaks. */
const FIRST_SILENCE_MS = 15_000
const HEARTBEATS_MISSED = 3
/** What a WebSocket reports that ended without a close. */
const ABNORMAL = 1006

export function connectFlights(options: FlightOptions): FlightFeed {
  const connection = new Connection(options)
  options.onStatus('connecting', { failures: 0 })
  connection.open()
  return connection.feed
}

class Connection {
  readonly feed: FlightFeed
  readonly #options: FlightOptions
  readonly #WebSocket: WebSocketConstructor
  #decoder = new FlightDecoder()
  #socket: WebSocketLike | null = null
  #failures = 0
  #isLive = false
  #isClosed = false
  #retry: ReturnType<typeof setTimeout> | undefined
  #watchdog: ReturnType<typeof setInterval> | undefined
  #heardAt = 0
  #hasAsked = false

  constructor(options: FlightOptions) {
    this.#options = options
    const given = options.WebSocket ?? (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket
    if (given === undefined) throw new TypeError('there is no WebSocket here: pass one in the options')
    this.#WebSocket = given
    const close = () => this.#close()
    this.feed = { table: this.#decoder.table, clockMs: Number.NaN, tickMs: 0, staleAfterMs: 0, close }
  }

  open(): void {
    const url = new URL(this.#options.url)
    url.searchParams.set('format', 'msgpack')
    const socket = new this.#WebSocket(url.href)
    this.#socket = socket
    socket.binaryType = 'arraybuffer'
    socket.onmessage = ({ data }) => {
      if (socket === this.#socket && data instanceof ArrayBuffer) this.#take(new Uint8Array(data))
    }
    socket.onclose = ({ code, reason }) => {
      if (socket === this.#socket) this.#lost(code, reason)
    }
    // Browsers send a close after it; Node does not when there was no connection to close.
    socket.onerror = () => {
      if (socket === this.#socket) this.#lost(ABNORMAL, 'the connection failed')
    }
    this.#hasAsked = false
    this.#heardAt = Date.now()
    this.#watchdog = setInterval(() => this.#watch(), 1000)
  }

  #take(bytes: Uint8Array): void {
    this.#heardAt = Date.now()
    const decoder = this.#decoder
    let outcome: ReturnType<FlightDecoder['take']>
    try {
      outcome = decoder.take(bytes)
    } catch (error) {
      this.#abandon(4002, (error as Error).message)
      return
    }
    if (outcome === 'resync') this.#askForSnapshot()
    if (outcome === 'hello') this.#welcome()
    if (outcome === 'snapshot') {
      this.#hasAsked = false
      this.feed.clockMs = decoder.clockMs
      this.#failures = 0
      this.#options.onSnapshot(this.feed)
      if (!this.#isLive && !this.#isClosed) this.#options.onStatus('live', { failures: 0 })
      this.#isLive = true
    }
    if (outcome === 'delta') {
      const { changed, changedCount, removed, removedCount } = decoder
      this.feed.clockMs = decoder.clockMs
      this.#options.onDelta(this.feed, changed, changedCount, removed, removedCount)
    }
  }

  #welcome(): void {
    const { tick_ms, stale_after_ms } = this.#decoder.hello!
    this.feed.tickMs = tick_ms
    this.feed.staleAfterMs = stale_after_ms
  }

  /** Once per gap: the deltas that still come meanwhile would each ask again. */
  #askForSnapshot(): void {
    if (this.#hasAsked) return
    this.#hasAsked = true
    this.#socket?.send(JSON.stringify({ type: 'resync' } satisfies ClientMessage))
  }

  /** Timers stand still while a laptop sleeps, and this is the first to run when it wakes. */
  #watch(): void {
    const heartbeatMs = this.#decoder.hello?.heartbeat_ms
    const limitMs = heartbeatMs === undefined ? FIRST_SILENCE_MS : heartbeatMs * HEARTBEATS_MISSED
    if (Date.now() - this.#heardAt > limitMs) this.#abandon(4000, `nothing heard for ${limitMs} ms`)
  }

  #abandon(code: number, reason: string): void {
    const socket = this.#socket
    this.#lost(code, reason)
    socket?.close(code, reason.slice(0, 60))
  }

  #lost(code: number, reason: string): void {
    clearInterval(this.#watchdog)
    this.#socket = null
    this.#isLive = false
    if (this.#isClosed) return
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#failures)
    const retryInMs = Math.round(longest * (0.5 + Math.random() / 2))
    this.#failures++
    this.#options.onStatus('reconnecting', { failures: this.#failures, retryInMs, code, reason })
    this.#retry = setTimeout(() => this.open(), retryInMs)
  }

  #close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    clearTimeout(this.#retry)
    const socket = this.#socket
    this.#lost(1000, '')
    socket?.close(1000)
    this.#options.onStatus('closed', { failures: this.#failures })
  }
}
