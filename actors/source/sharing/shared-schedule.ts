/**
 * A schedule that nodes share through Redis, so that no two ask about the same tiles.
 *
 *   decide here ──► claim in Redis, which answers with what others have done ──► granted: ask
 *        ▲                                       │ it was not known here that somebody else asks, or has asked
 *        └───────────────────────────────────────┘
 *
 * Each node keeps the whole schedule, and decides by what it has heard; each call of the script is one exchange. So a decision
 * costs Redis as much as it changes, however large the region is. Who ends without saying so is waited for, not for long.
 *
 * Times in Redis are its own clock's; here they are this node's. Throws `RedisGone`.
 */
import { randomUUID } from 'node:crypto'
import type { Cover, Query, Schedule } from '../schedule/index.ts'
import { type Redis, Script } from './redis.ts'

/** Of what is in Redis. */
const VERSION = 1
const KEYS = ['head', 'asked', 'changed', 'held', 'found']
const KEPT_MS = 7 * 86_400_000
/** For so long nobody else asks about tiles, or for a box, unless it is told that the query has ended. */
const KEEP_TILES_MS = 3000
const KEEP_BOX_MS = 15_000
/** What has not been granted after so many decisions is tried again a moment later. */
const MOST_DECISIONS = 20
/** In one call at most. */
const MOST_TILES = 2000
const MOST_FOUND = 500
/** Looked at in each call, to find what others may not know. */
const LOOKED_AT = 2000
/** Where as many aircraft are as before, others are told so often. */
const TELL_EVERY_MS = 60_000
/** More aircraft than this make no difference. */
const CROWDED = 8
/** Clocks that are farther apart than before have been set. */
const CLOCK_SET_MS = 1000
const FIELDS = 6

const SCRIPT = new Script(new URL('schedule.lua', import.meta.url))

type Reply = [run: string, nowMs: number, upTo: number, hasMore: number, refusedUntilMs: number, changes: number[]]
/** Tiles by number; boxes by their corners. */
type Names = readonly (number | string)[]

interface Request {
  ended?: readonly [lease: string, names: Names]
  asked?: readonly [whenMs: number, tiles: readonly number[]]
  claim?: readonly [lease: string, tile: number, names: Names, forMs: number]
}

export class SharedSchedule {
  readonly #redis: Redis
  readonly #schedule: Schedule
  readonly #covers: readonly Cover[]
  readonly #now: () => number
  readonly #node = randomUUID()
  readonly #keys: readonly string[]
  readonly #claimed = new Set<Query>()
  /** By tile: what Redis was told last, or told us. */
  readonly #toldAircraft: Uint16Array
  readonly #toldSeenMs: Float64Array
  #looked = 0
  /** What of Redis' changes is known here. */
  #run = ''
  #since = 0
  /** By how much Redis' clock is ahead; NaN before its first answer. */
  #aheadMs = Number.NaN
  /** One after the other, so that each says what the one before has heard. */
  #last: Promise<unknown> = Promise.resolve()

  /** `now` is the schedule's clock. */
  constructor(redis: Redis, schedule: Schedule, covers: readonly Cover[], now: () => number) {
    const { size, fingerprint } = schedule.tiling
    this.#redis = redis
    this.#schedule = schedule
    this.#covers = covers
    this.#now = now
    this.#keys = KEYS.map((key) => `skein:${VERSION}:{schedule:${fingerprint}}:${key}`)
    this.#toldAircraft = new Uint16Array(size)
    this.#toldSeenMs = new Float64Array(size)
  }

  async next(cover: number): Promise<Query | null> {
    for (let decisions = 0; decisions < MOST_DECISIONS; decisions++) {
      const query = this.#schedule.next(this.#now(), cover)
      if (query === null) return null
      let isGranted = false
      try {
        isGranted = await this.#claim(query)
      } finally {
        if (!isGranted) this.#schedule.giveBack(query)
      }
      if (isGranted) return query
    }
    return null
  }

  async answered(query: Query): Promise<void> {
    if (!this.#schedule.answered(query)) return
    const ended = this.#end(query)
    const tiles = this.#tilesOf(query)
    for (let from = 0; from < tiles.length; from += MOST_TILES)
      await this.#exchange(() => ({
        asked: [this.#thereMs(query.askedMs), tiles.slice(from, from + MOST_TILES)],
        ...(from === 0 && { ended }),
      }))
  }

  async failed(query: Query): Promise<void> {
    this.#schedule.failed(query, this.#now())
    await this.#tellEnded(query)
  }

  async returned(query: Query): Promise<void> {
    this.#schedule.giveBack(query)
    await this.#tellEnded(query)
  }

  /** Nothing is asked any more: others may ask what was being asked. */
  async close(): Promise<void> {
    await Promise.all([...this.#claimed].map((query) => this.#tellEnded(query)))
  }

  async #tellEnded(query: Query): Promise<void> {
    const ended = this.#end(query)
    await this.#exchange(() => ({ ended }))
  }

  #end(query: Query): Request['ended'] {
    this.#claimed.delete(query)
    return [this.#leaseOf(query), this.#namesOf(query)]
  }

  async #claim(query: Query): Promise<boolean> {
    const forMs = this.#covers[query.cover]!.keepsTiles ? KEEP_TILES_MS : KEEP_BOX_MS
    const claim = [this.#leaseOf(query), query.tile, this.#namesOf(query), forMs] as const
    this.#claimed.add(query)
    const refusedUntilMs = await this.#exchange(() => ({ claim }))
    if (refusedUntilMs !== 0) this.#claimed.delete(query)
    if (refusedUntilMs > 0) this.#schedule.holdElsewhere(query, this.#hereMs(refusedUntilMs))
    return refusedUntilMs === 0
  }

  #leaseOf({ id }: Query): string {
    return `${this.#node}:${id}`
  }

  #namesOf(query: Query): Names {
    const { where } = query
    if (where.kind === 'circle') return this.#tilesOf(query)
    return [`${where.latMin} ${where.lonMin} ${where.latMax} ${where.lonMax}`]
  }

  #tilesOf({ cover, area }: Query): number[] {
    const { starts, items } = this.#covers[cover]!.tilesOf
    return Array.from(items.subarray(starts[area]!, starts[area + 1]!))
  }

  /** Until when somebody else asks for a box that was claimed, as the script says it. */
  #exchange(request: () => Request): Promise<number> {
    const result = this.#last.then(() => this.#call(request()))
    this.#last = result.catch(() => undefined)
    return result
  }

  async #call(request: Request): Promise<number> {
    const beganMs = this.#now()
    const found = this.#news()
    const known = { node: this.#node, run: this.#run, since: this.#since, keptMs: KEPT_MS }
    const argument = JSON.stringify({ ...known, ...request, ...(found.length > 0 && { found }) })
    const reply = (await this.#redis.run(SCRIPT, this.#keys, [argument])) as Reply
    const [run, thenMs, upTo, , refusedUntilMs, changes] = reply
    const aheadMs = thenMs - (beganMs + this.#now()) / 2
    if (!(Math.abs(aheadMs - this.#aheadMs) < CLOCK_SET_MS)) this.#aheadMs = aheadMs
    this.#run = run
    this.#since = upTo
    this.#learn(changes)
    return refusedUntilMs
  }

  #learn(changes: readonly number[]): void {
    const nowMs = this.#now()
    for (let at = 0; at < changes.length; at += FIELDS) {
      const [tile, asked, known, aircraft, seen, held] = changes.slice(at, at + FIELDS) as Six
      const news = {
        askedMs: this.#hereMs(asked),
        knownMs: this.#hereMs(known),
        aircraft,
        seenAtMs: this.#hereMs(seen),
        heldUntilMs: this.#hereMs(held),
      }
      this.#schedule.learn(tile, news, nowMs)
      if (this.#schedule.knownMs[tile] === news.knownMs) this.#noteTold(tile)
    }
  }

  /** Some of what flies where, as far as Redis has not been told: { tile, as of, aircraft, seen at, … }. */
  #news(): number[] {
    const found: number[] = []
    if (Number.isNaN(this.#aheadMs)) return found
    const { aircraft, seenAtMs, knownMs, tiling } = this.#schedule
    for (let left = Math.min(tiling.size, LOOKED_AT); left > 0 && found.length < 4 * MOST_FOUND; left--) {
      const tile = this.#looked
      this.#looked = (tile + 1) % tiling.size
      if (this.#isTold(tile)) continue
      this.#noteTold(tile)
      found.push(tile, this.#thereMs(knownMs[tile]!), aircraft[tile]!, this.#thereMs(seenAtMs[tile]!))
    }
    return found
  }

  #isTold(tile: number): boolean {
    const { aircraft, seenAtMs } = this.#schedule
    if (seenAtMs[tile] === 0) return true
    const isAsMany = Math.min(CROWDED, aircraft[tile]!) === Math.min(CROWDED, this.#toldAircraft[tile]!)
    return isAsMany && seenAtMs[tile]! - this.#toldSeenMs[tile]! < TELL_EVERY_MS
  }

  #noteTold(tile: number): void {
    this.#toldAircraft[tile] = this.#schedule.aircraft[tile]!
    this.#toldSeenMs[tile] = this.#schedule.seenAtMs[tile]!
  }

  /** By Redis' clock, and by this node's; 0 is never. */
  #thereMs(hereMs: number): number {
    return Math.round(hereMs + this.#aheadMs)
  }

  #hereMs(thereMs: number): number {
    return thereMs === 0 ? 0 : thereMs - this.#aheadMs
  }
}

type Six = [number, number, number, number, number, number]
