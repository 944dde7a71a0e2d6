/**
 * Which part of a region to ask a provider for next.
 *
 *   const query = schedule.next(now, provider)      null: nothing to ask now; ask again when a query has ended
 *   …
 *   schedule.answered(query) | schedule.failed(query, now)
 *
 * Pull-based: whoever has a request to spend asks, and gets the area with the most overdue tile, laid where most else is
 * overdue. Providers with more to spend, or that are not limited, broken or parked, take more: there are no shares to move.
 *
 * `now` is a wall clock that never goes back. Guarantees: a pure function of its calls and of what the activity table showed at each. No tile waits for ever: when the
 * budget does not meet the targets, all are late by about one factor, and a tile that was always empty is asked about within
 * its target times that. A tile in which aircraft turn up is treated so within `REREAD_MS`.
 *
 * Memory: 100 bytes a tile beside the covers. Cost: 20 µs a query and its answer; reading the activity of all tiles once in `REREAD_MS`.
 */
import type { TileActivity } from '../../shard/tile-activity.ts'
import type { Area, Cover } from './cover.ts'
import type { Lease } from './lease.ts'
import { MemoryStore } from './memory-store.ts'
import { levelFor, QUIETEST } from './target.ts'
import type { Tiling } from './tiling.ts'

export interface Query extends Lease {
  readonly provider: number
  readonly where: Area
}

/** What another node knows of a tile. */
export interface TileNews {
  /** When it was asked about last, 0 for never. */
  readonly askedMs: number
  /** How many aircraft it has, as of when that is known, and when any was last seen; 0 for never. */
  readonly aircraft: number
  readonly knownMs: number
  readonly seenAtMs: number
  /** Until when it is being asked about; 0 when it is not. */
  readonly heldUntilMs: number
}

export interface ScheduleOptions {
  readonly tiling: Tiling
  /** What each provider can be asked, by its number; providers that can be asked the same share one. */
  readonly covers: readonly Cover[]
  readonly activity: Pick<TileActivity, 'aircraft' | 'seenAtMs'>
  readonly nowMs: number
}

export const REREAD_MS = 30_000
/** In a tile that is asked about all the time, aircraft seen within this are there still. */
const LATELY_MS = 30_000
/** What an answer brought is in the table by then. */
const SETTLED_MS = 10_000

export class Schedule {
  readonly tiling: Tiling
  /** By tile: how many aircraft it has, and when any was last seen. */
  readonly aircraft: Uint16Array
  readonly seenAtMs: Float64Array
  /** By tile: as of when that is known. */
  readonly knownMs: Float64Array
  readonly #covers: readonly Cover[]
  readonly #activity: ScheduleOptions['activity']
  readonly #store: MemoryStore
  /** By tile: how many of its neighbours have aircraft. */
  readonly #besides: Uint8Array
  #rereadMs: number
  #reread = 0

  constructor({ tiling, covers, activity, nowMs }: ScheduleOptions) {
    this.tiling = tiling
    this.#covers = covers
    this.#activity = activity
    this.#store = new MemoryStore(tiling.size, covers, nowMs)
    this.aircraft = new Uint16Array(tiling.size)
    this.seenAtMs = new Float64Array(tiling.size)
    this.knownMs = new Float64Array(tiling.size)
    this.#besides = new Uint8Array(tiling.size)
    this.#rereadMs = nowMs
  }

  next(nowMs: number, provider: number): Query | null {
    this.#readActivity(nowMs)
    const lease = this.#store.take(nowMs, provider)
    return lease === null ? null : { ...lease, provider, where: this.#covers[provider]!.areas[lease.area]! }
  }

  /** False when the query had been given up. */
  answered(query: Query): boolean {
    return this.#store.answered(query)
  }

  failed(query: Query, nowMs: number): boolean {
    return this.#store.failed(query, nowMs)
  }

  /** It was not asked. */
  giveBack(query: Query): void {
    this.#store.giveBack(query)
  }

  /** Another node knows more of a tile than is known here. */
  learn(tile: number, { askedMs, knownMs, aircraft, seenAtMs, heldUntilMs }: TileNews, nowMs: number): void {
    this.#store.learn(tile, askedMs)
    this.#store.holdElsewhere(tile, heldUntilMs)
    if (knownMs <= this.knownMs[tile]!) return
    this.knownMs[tile] = knownMs
    this.seenAtMs[tile] = seenAtMs
    this.#setAircraft(tile, aircraft)
    this.#setLevel(tile, nowMs)
  }

  /** Another node asks for the query's box until then. */
  holdElsewhere(query: Query, untilMs: number): void {
    this.#store.holdAreaElsewhere(query, untilMs)
  }

  /** When a tile was asked about last of what was answered. */
  askedMs(tile: number): number {
    return this.#store.answeredMs[tile]!
  }

  levelOf(tile: number): number {
    return this.#store.queue.levelOf(tile)
  }

  /** By how many times its target the most overdue tile is late: above 1 the budget does not meet the targets. */
  load(nowMs: number): number {
    const tile = this.#store.queue.most(nowMs)
    return tile < 0 ? 0 : this.#store.queue.overdue(tile, nowMs)
  }

  /** Goes on with what is known of a tile from before; `ready` when all is told. */
  restore(tile: number, askedMs: number, aircraft: number, seenAtMs: number): void {
    this.#store.restore(tile, askedMs)
    this.seenAtMs[tile] = seenAtMs
    this.knownMs[tile] = seenAtMs
    this.#setAircraft(tile, aircraft)
  }

  ready(nowMs: number): void {
    for (let tile = 0; tile < this.tiling.size; tile++) this.#setLevel(tile, nowMs)
  }

  /** Looks at as many tiles as brings all of them round once in `REREAD_MS`. */
  #readActivity(nowMs: number): void {
    const { size } = this.tiling
    const due = Math.min(size, Math.floor((size * Math.max(0, nowMs - this.#rereadMs)) / REREAD_MS))
    if (due === 0) return
    this.#rereadMs = nowMs
    for (let i = 0; i < due; i++) {
      this.#readTile(this.#reread, nowMs)
      if (++this.#reread === size) this.#reread = 0
    }
  }

  #readTile(tile: number, nowMs: number): void {
    const seen = Math.max(this.#activity.seenAtMs(this.tiling.numbers[tile]!), this.seenAtMs[tile]!)
    if (seen === 0) {
      // Most of the world is like this and stays so.
      if (this.#besides[tile] !== 0 || this.levelOf(tile) !== QUIETEST) this.#setLevel(tile, nowMs)
      return
    }
    if (seen > this.seenAtMs[tile]!) {
      this.seenAtMs[tile] = seen
      this.knownMs[tile] = seen
      this.#setAircraft(tile, Math.max(1, this.#activity.aircraft(this.tiling.numbers[tile]!)))
    } else if (this.aircraft[tile]! > 0 && this.#isEmptySince(tile, seen, nowMs)) {
      this.knownMs[tile] = this.#store.answeredMs[tile]!
      this.#setAircraft(tile, 0)
    }
    this.#setLevel(tile, nowMs)
  }

  /** Whether a tile was asked about since, and what that brought would be in the table by now. */
  #isEmptySince(tile: number, seenMs: number, nowMs: number): boolean {
    const asked = this.#store.answeredMs[tile]!
    const before = this.#store.answeredBeforeMs[tile]!
    if (asked <= seenMs) return false
    if (nowMs - asked >= SETTLED_MS) return true
    if (before > seenMs && nowMs - before >= SETTLED_MS) return true
    return asked - before < SETTLED_MS && nowMs - seenMs > LATELY_MS
  }

  #setAircraft(tile: number, aircraft: number): void {
    const was = this.aircraft[tile]! > 0
    this.aircraft[tile] = aircraft
    if (was === aircraft > 0) return
    const { starts, items } = this.tiling.neighbours
    for (let at = starts[tile]!; at < starts[tile + 1]!; at++) this.#besides[items[at]!]! += was ? -1 : 1
  }

  #setLevel(tile: number, nowMs: number): void {
    const seen = this.seenAtMs[tile]!
    const quietForMs = seen === 0 ? Number.POSITIVE_INFINITY : nowMs - seen
    this.#store.setLevel(tile, levelFor(this.aircraft[tile]!, quietForMs, this.#besides[tile]! > 0))
  }
}
