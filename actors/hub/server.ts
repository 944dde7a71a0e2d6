/**
 * The hub's server: one µWebSockets.js app with the WebSocket, the API and the web client on one port.
 *
 * It ticks only while somebody listens. Closing tells every client why, gives the words a moment to leave, and only then
 * lets go of the sockets.
 */

import type { TemplatedApp, us_listen_socket } from 'uWebSockets.js'
import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { SkeinError } from '../../engine/errors.ts'
import type { Log } from '../../engine/ops/log.ts'
import { guardUws, type UwsGuard } from '../../engine/ops/uws-guard.ts'
import { App, listenAlone, us_listen_socket_close, us_socket_local_port } from '../uws.ts'
import type { HubCounters } from './counters.ts'
import type { LiveTable } from './live-table.ts'
import { WORLD_CHANNEL } from './protocol.ts'
import { Channel } from './serve/channel.ts'
import { FlightsApi } from './serve/flights-api.ts'
import { FlightsSocket } from './serve/flights-socket.ts'
import { serveRoutes } from './serve/http-routes.ts'
import { StaticFiles } from './serve/static-files.ts'
import type { HubOptions } from './spec.ts'

export interface ServerOptions {
  table: LiveTable
  options: HubOptions
  counters: HubCounters
  log: Log
  /** In the Prometheus text format, for `/metrics`. */
  metrics?: () => string | Promise<string>
  nowMs?: () => number
}

/** A slow reader gets the newest 12.8 seconds of deltas at the usual tick, or as much as fits. */
const HISTORY = { maxDeltas: 64, maxBytes: 8 * 2 ** 20 }
const FAREWELL_MS = 100
const MAX_EPOCH = 2 ** 32

export class HubServer {
  readonly #options: HubOptions
  readonly #app: TemplatedApp
  readonly #guard: UwsGuard
  readonly #socket: FlightsSocket
  #listening: us_listen_socket | null = null
  #ticker: ReturnType<typeof setInterval> | undefined

  constructor({ table, options, counters, log, metrics, nowMs = Date.now }: ServerOptions) {
    const { basePath, tick, heartbeat, messageRate } = options
    this.#options = options
    const channel = new Channel(table, {
      epoch: randomInt(1, MAX_EPOCH),
      channel: WORLD_CHANNEL,
      heartbeatMs: heartbeat,
      history: HISTORY,
    })
    this.#app = App()
    this.#guard = guardUws(this.#app)
    this.#socket = new FlightsSocket(
      this.#app,
      table,
      channel,
      {
        path: `${basePath}/ws/flights`,
        server: 'skein',
        times: { tick_ms: tick, heartbeat_ms: heartbeat, stale_after_ms: options.staleAfterMs },
        origins: options.origins,
        trustedProxies: options.trustedProxies,
        admission: { total: options.maxClients, perAddress: options.maxClientsPerAddress },
        onForeignOrigin: (origin, host) =>
          log.warn('a page may not connect: add its origin to hub.origins if it should', { origin, host }),
        maxBufferedBytes: options.maxBuffered,
        slowAfterMs: options.slowAfter,
        idleTimeoutMs: options.idleTimeout,
        messagesPerSecond: (messageRate.count * 1000) / messageRate.perMs,
      },
      counters,
      nowMs,
    )
    this.#socket.onDemand = (isWanted) => this.#tickWhile(isWanted)
    serveRoutes(this.#app, {
      basePath,
      api: new FlightsApi(table, tick),
      health: () => ({
        status: 'ok',
        flights: table.count,
        clients: this.#socket.count,
        clock_ms: table.clockMs,
        epoch: channel.header.epoch,
        seq: channel.header.seq,
      }),
      metrics,
      files: StaticFiles.load(options.web ?? builtClient()),
      onRequest: () => counters.http_requests.add(1),
      nowMs,
    })
  }

  get clients(): number {
    return this.#socket.count
  }

  /** Resolves with the URL. Throws `SKEIN_HUB_PORT`. */
  async listen(): Promise<string> {
    const { host, port, basePath } = this.#options
    const listening = await listenAlone(this.#app, host, port)
    if (listening === false) throw new SkeinError('SKEIN_HUB_PORT', { host, port, variable: 'BACKEND_PORT' })
    this.#listening = listening
    return urlOf(host, us_socket_local_port(listening), basePath)
  }

  /** Sends what has changed now, without waiting for the next tick. */
  tick(): void {
    this.#socket.tick()
  }

  async close(): Promise<void> {
    if (this.#listening !== null) us_listen_socket_close(this.#listening)
    this.#listening = null
    const hadClients = this.#socket.count > 0
    this.#socket.drain()
    if (hadClients) await sleep(FAREWELL_MS)
    clearInterval(this.#ticker)
    await this.#guard.close()
  }

  #tickWhile(isWanted: boolean): void {
    clearInterval(this.#ticker)
    if (isWanted) this.#ticker = setInterval(() => this.#socket.tick(), this.#options.tick)
  }
}

/** Beside the sources, and beside `dist/` in the package. */
function builtClient(): string {
  const toRoot = import.meta.url.endsWith('.ts') ? '../..' : '../../..'
  return fileURLToPath(new URL(`${toRoot}/web/dist`, import.meta.url))
}

/** An address that stands for all of them is shown as one that a browser can open. */
function urlOf(host: string, port: number, basePath: string): string {
  const name = host === '0.0.0.0' || host === '::' || host === '127.0.0.1' ? 'localhost' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}${basePath}`
}
