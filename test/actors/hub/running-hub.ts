/** A hub's server on a free port, fed by hand. */
import { hubCounters } from '../../../actors/hub/counters.ts'
import { LiveTable } from '../../../actors/hub/live-table.ts'
import { HubServer, type ServerOptions } from '../../../actors/hub/server.ts'
import { type HubOptions, hubSpec } from '../../../actors/hub/spec.ts'
import { Logging } from '../../../engine/ops/logging.ts'
import { FrameKind } from '../../../engine/records/index.ts'
import { flight } from '../../../schemas/flight.ts'
import { flightFrame, type Observation } from './flight-frames.ts'

const log = new Logging({ level: 'silent' }).of('hub')

export class RunningHub {
  readonly table = new LiveTable(flight, { capacity: 100_000, contact: 'last_contact_unix' })
  readonly counters = hubCounters.attach()
  readonly server: HubServer
  url = ''
  clockMs = 1_700_000_000_000

  private constructor(options: Partial<HubOptions>, others: Partial<ServerOptions>) {
    const defaults = { ...hubSpec.options.parse({}), port: 0, staleAfterMs: 60_000, tick: 60_000 }
    const { table, counters } = this
    this.server = new HubServer({ table, counters, log, options: { ...defaults, ...options }, ...others })
  }

  /** It does not tick by itself unless told to. */
  static async start(options: Partial<HubOptions> = {}, others: Partial<ServerOptions> = {}): Promise<RunningHub> {
    const hub = new RunningHub(options, others)
    hub.url = (await hub.server.listen()).replace('localhost', '127.0.0.1')
    return hub
  }

  get port(): number {
    return Number(new URL(this.url).port)
  }

  get socketUrl(): string {
    return `${this.url.replace('http', 'ws')}/ws/flights`
  }

  observe(...observations: Observation[]): void {
    for (const observation of observations) this.table.onFrame(flightFrame(observation, this.clockMs))
  }

  remove(icao24: string): void {
    this.table.onFrame(flightFrame({ icao24 }, this.clockMs, FrameKind.removal))
  }

  /** `count` aircraft, each somewhat further than at the last step. */
  fill(count: number, step = 0): void {
    this.clockMs += 1000
    for (let i = 0; i < count; i++) this.observe(aircraft(i, step, this.clockMs))
  }

  stop(): Promise<void> {
    return this.server.close()
  }
}

export function aircraft(i: number, step: number, clockMs: number): Observation {
  return {
    icao24: i.toString(16).padStart(6, '0'),
    callsign: `TST${i}`,
    lat: 40 + (i % 1000) / 100 + step * 0.002,
    lon: -74 + (i % 700) / 100 + step * 0.003,
    altitude_m: 10_000 + (step % 7) * 10,
    geo_altitude_m: 10_100 + (step % 7) * 10,
    velocity_mps: 230 + (step % 5) / 10,
    heading_deg: (i % 3600) / 10,
    vertical_rate_mps: (step % 3) - 1,
    on_ground: false,
    squawk: '1000',
    spi: false,
    time_position_unix: clockMs / 1000 - 0.4,
    last_contact_unix: clockMs / 1000 - 0.2,
  }
}

/** Resolves when `holds` does; rejects when it takes longer than `limitMs`. */
export async function until(holds: () => boolean, what: string, limitMs = 25_000): Promise<void> {
  const deadline = performance.now() + limitMs
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`not within ${limitMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
