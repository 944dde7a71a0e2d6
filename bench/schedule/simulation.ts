/**
 * Some hours of polling in seconds: a schedule, its limiters, providers that judge strictly, a network that is late at random,
 * and a process that is stopped and killed. Seeded: the same in every run.
 *
 *   turn ──► query ──► 0 … 50 ms ──► the provider counts it ──► 0 … 50 ms ──► answer: aircraft into the activity table
 */

import { TileActivity, tileNumber } from '../../actors/shard/tile-activity.ts'
import { tilesAt } from '../../actors/shard/tile-activity-layout.ts'
import { LimiterTable, makeLimitReport, type RateLimiter } from '../../actors/source/limit/index.ts'
import {
  type Cover,
  encodeSchedule,
  type Query,
  restoreSchedule,
  Schedule,
  type Tiling,
  Turns,
} from '../../actors/source/schedule/index.ts'
import { seeded } from '../../fixtures/seeded.ts'
import { Ages, type Hour } from './ages.ts'
import type { SimulatedProvider } from './providers.ts'
import type { Traffic } from './traffic.ts'

export interface SimulationOptions {
  readonly tiling: Tiling
  readonly covers: readonly Cover[]
  readonly providers: readonly SimulatedProvider[]
  readonly traffic: Traffic
  readonly startMs: number
  readonly lengthMs: number
  /** How often the schedule is saved; a limiter is after each answer. */
  readonly saveEveryMs: number
  /** When the process ends, and how. */
  readonly restart?: (count: number) => { readonly atMs: number; readonly isKill: boolean } | undefined
}

export interface Outcome {
  readonly hours: readonly Hour[]
  readonly requests: number
  readonly refused: number
  /** By provider: of what its limit allows. */
  readonly shares: readonly number[]
  readonly restarts: number
}

interface Flight {
  readonly query: Query
  readonly ticket: number
  /** When it arrives; then, when its answer does. */
  atMs: number
  hasArrived: boolean
  wasAccepted: boolean
}

const START_UP_MS = 400
const SAMPLE_EVERY_MS = 59_000
/** After it had nothing to ask, a source asks again. */
const NOTHING_TO_ASK_MS = 100

export class Simulation {
  readonly #options: SimulationOptions
  readonly #random = seeded(3)
  readonly #ages: Ages
  /** By tile number, the tile. */
  readonly #tiles: Int32Array
  /** The aircraft by tile: those of tile i are `items[starts[i] … starts[i + 1])`. */
  readonly #starts: Int32Array
  readonly #items: Int32Array
  #minute = 0
  #activity!: TileActivity
  #limiters: RateLimiter[] = []
  #schedule!: Schedule
  #turns!: Turns
  #flights: Flight[] = []
  readonly #savedLimits: (Uint8Array | null)[]
  #savedSchedule: Uint8Array | null = null
  #requests = 0

  constructor(options: SimulationOptions) {
    this.#options = options
    this.#tiles = new Int32Array(tilesAt(options.tiling.resolution)).fill(-1)
    for (const [tile, number] of options.tiling.numbers.entries()) this.#tiles[number] = tile
    this.#starts = new Int32Array(options.tiling.size + 1)
    this.#items = new Int32Array(options.traffic.aircraft)
    this.#ages = new Ages(options.tiling.size, options.startMs)
    this.#savedLimits = options.providers.map(() => null)
  }

  run(): Outcome {
    const { startMs, lengthMs, providers, restart, saveEveryMs } = this.#options
    const endMs = startMs + lengthMs
    this.#start(startMs, startMs)
    let restarts = 0
    let end = restart?.(restarts)
    let saveMs = startMs
    let sampleMs = startMs
    let minuteMs = startMs
    for (let now = startMs; now < endMs; ) {
      if (now >= minuteMs) {
        this.#fly((minuteMs - startMs) / 60_000)
        minuteMs += 60_000
      }
      if (now >= sampleMs) {
        this.#ages.sample(now, this.#starts)
        sampleMs += SAMPLE_EVERY_MS
      }
      if (end !== undefined && now >= end.atMs) {
        if (!end.isKill) this.#saveLast(now)
        now += START_UP_MS
        this.#land(now, true)
        this.#start(now, now - START_UP_MS)
        end = restart?.(++restarts)
      }
      if (now >= saveMs) {
        this.#savedSchedule = encodeSchedule(this.#schedule, now)
        saveMs = now + saveEveryMs
      }
      this.#land(now, false)
      const waitMs = this.#ask(now)
      now = Math.min(now + waitMs, this.#nextLanding(), minuteMs, sampleMs, end?.atMs ?? Number.POSITIVE_INFINITY)
    }
    const share = (provider: SimulatedProvider) => provider.judge.accepted / provider.allowedIn(lengthMs)
    return {
      hours: this.#ages.hours(),
      requests: this.#requests,
      refused: providers.reduce((sum, { judge }) => sum + judge.refused, 0),
      shares: providers.map(share),
      restarts,
    }
  }

  /** A process begins; what was before has ended by `endedByMs`. */
  #start(nowMs: number, endedByMs: number): void {
    const { tiling, covers, providers } = this.#options
    this.#activity = TileActivity.create(tiling.resolution)
    const table = LimiterTable.create(providers.length)
    this.#limiters = providers.map(({ limits }, i) => table.limiter(i, limits))
    for (const [i, limiter] of this.#limiters.entries()) {
      limiter.restore(this.#savedLimits[i]!, nowMs, endedByMs)
      this.#savedLimits[i] = limiter.save(nowMs, false)
    }
    this.#schedule = new Schedule({ tiling, covers, activity: this.#activity, nowMs })
    if (this.#savedSchedule !== null) restoreSchedule(this.#schedule, this.#savedSchedule, nowMs)
    const takers = providers.map(({ credits }, i) => ({
      waitMs: (now: number) => this.#limiters[i]!.waitMs(now, credits),
    }))
    this.#turns = new Turns(takers)
  }

  /** What a process writes that is stopped in order. */
  #saveLast(nowMs: number): void {
    for (const [i, limiter] of this.#limiters.entries()) this.#savedLimits[i] = limiter.save(nowMs, true)
    this.#savedSchedule = encodeSchedule(this.#schedule, nowMs)
  }

  /** Sends whatever may be sent; returns for how long nothing may be. */
  #ask(nowMs: number): number {
    for (;;) {
      const provider = this.#turns.next(nowMs)
      if (provider < 0) return Math.max(0.01, this.#turns.waitMs)
      const { credits, latencyMs } = this.#options.providers[provider]!
      const query = this.#schedule.next(nowMs, provider)
      this.#turns.took(provider)
      if (query === null) {
        this.#turns.pause(provider, nowMs + NOTHING_TO_ASK_MS)
        continue
      }
      this.#limiters[provider]!.tryTake(nowMs, credits)
      this.#requests++
      this.#ages.countRequest(nowMs)
      const atMs = nowMs + this.#random() * latencyMs
      const ticket = this.#limiters[provider]!.ticket
      this.#flights.push({ query, ticket, atMs, hasArrived: false, wasAccepted: false })
    }
  }

  #nextLanding(): number {
    let next = Number.POSITIVE_INFINITY
    for (const { atMs } of this.#flights) if (atMs < next) next = atMs
    return next
  }

  /** What has arrived by now, in order. `isOrphaned`: whoever asked has ended; the provider counts all the same. */
  #land(nowMs: number, isOrphaned: boolean): void {
    for (;;) {
      let first: Flight | undefined
      for (const flight of this.#flights) {
        const isDue = isOrphaned ? !flight.hasArrived : flight.atMs <= nowMs
        if (isDue && (first === undefined || flight.atMs < first.atMs)) first = flight
      }
      if (first === undefined) break
      if (first.hasArrived) this.#take(first)
      else this.#arrive(first)
    }
    if (isOrphaned) this.#flights = []
  }

  #arrive(flight: Flight): void {
    const { judge, credits, latencyMs, serverMs } = this.#options.providers[flight.query.provider]!
    flight.wasAccepted = judge.arrive(flight.atMs, credits)
    if (!flight.wasAccepted) this.#ages.countRefusal(flight.atMs)
    flight.hasArrived = true
    flight.atMs += serverMs + this.#random() * latencyMs
  }

  #take(flight: Flight): void {
    const { query, atMs } = flight
    this.#flights.splice(this.#flights.indexOf(flight), 1)
    const report = makeLimitReport()
    report.isRefusal = !flight.wasAccepted
    const limiter = this.#limiters[query.provider]!
    limiter.answered(flight.ticket, atMs, report)
    this.#savedLimits[query.provider] = limiter.save(atMs, false) // with the progress frame that ends a body
    if (!flight.wasAccepted) {
      this.#schedule.failed(query, atMs)
      return
    }
    this.#schedule.answered(query)
    const { starts, items } = this.#options.covers[query.cover]!.tilesOf
    const { traffic } = this.#options
    for (let at = starts[query.area]!; at < starts[query.area + 1]!; at++) {
      const tile = items[at]!
      this.#ages.answered(tile, query.askedMs)
      for (let i = this.#starts[tile]!; i < this.#starts[tile + 1]!; i++) {
        const aircraft = this.#items[i]!
        this.#activity.note(traffic.cellHigh(aircraft, this.#minute), traffic.hashes[aircraft]!, atMs)
      }
    }
  }

  /** Puts each aircraft where it is at a minute. */
  #fly(minute: number): void {
    const { traffic, tiling } = this.#options
    const starts = this.#starts.fill(0)
    this.#minute = minute
    const tileOf = (aircraft: number): number => {
      const high = traffic.cellHigh(aircraft, minute)
      return high === 0 ? -1 : this.#tiles[tileNumber(high, tiling.resolution)]!
    }
    for (let aircraft = 0; aircraft < traffic.aircraft; aircraft++) {
      const tile = tileOf(aircraft)
      if (tile >= 0) starts[tile + 1]!++
    }
    for (let tile = 0; tile < tiling.size; tile++) starts[tile + 1]! += starts[tile]!
    const next = starts.slice()
    for (let aircraft = 0; aircraft < traffic.aircraft; aircraft++) {
      const tile = tileOf(aircraft)
      if (tile >= 0) this.#items[next[tile]!++] = aircraft
    }
  }
}
