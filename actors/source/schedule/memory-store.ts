/**
 * A schedule's state in this thread's memory.
 *
 * Guarantees: a tile is in one query at a time, unless a box holds it or the query takes longer than `KEEP_MS`: whoever hangs
 * keeps nobody else from asking. A query that ends in failure, or not within `LEASE_MS`, gives its tiles back as they were; a tile that fails again waits for its whole target like one that was
 * answered, so a place that cannot be asked about does not hold up the rest. What other nodes ask about is theirs until the
 * time that they have said.
 *
 * Memory: 80 bytes a tile. Cost: 20 µs a decision and its answer, which looks at forty circles of forty tiles.
 */
import type { Cover } from './cover.ts'
import type { Lease } from './lease.ts'
import { NONE, OverdueQueue } from './overdue-queue.ts'
import { QUIETEST, TARGETS_MS } from './target.ts'

/** A query that has not ended by then never will. */
export const LEASE_MS = 60_000
/** For so long nobody else asks about the tiles of a query. */
export const KEEP_MS = 3000
/** From so many failures in a row on a tile waits. */
const PATIENCE = 2
const MOST_FAILURES = 255

export class MemoryStore {
  readonly queue: OverdueQueue
  /** By tile: when the query was asked that was answered last, and the one before. The queue also knows of failures. */
  readonly answeredMs: Float64Array
  readonly answeredBeforeMs: Float64Array
  readonly #covers: readonly Cover[]
  /** By tile: the lease that holds it, or NONE. */
  readonly #holders: Int32Array
  readonly #failures: Uint8Array
  /** In the order in which they were taken, as are those that keep their tiles. */
  readonly #leases = new Map<number, Lease>()
  readonly #keeping = new Map<number, Lease>()
  /** By tile, and by area of each cover: until when another node asks about it. */
  readonly #elsewhere = new Map<number, number>()
  readonly #areasElsewhere: readonly Map<number, number>[]
  #lastId = 0

  /** `nowMs`: all tiles are due now. */
  constructor(tiles: number, covers: readonly Cover[], nowMs: number) {
    this.queue = new OverdueQueue(tiles, TARGETS_MS, QUIETEST, nowMs - TARGETS_MS[QUIETEST]!)
    this.answeredMs = this.queue.askedMs.slice()
    this.answeredBeforeMs = this.queue.askedMs.slice()
    this.#covers = covers
    this.#areasElsewhere = covers.map(() => new Map())
    this.#holders = new Int32Array(tiles).fill(NONE)
    this.#failures = new Uint8Array(tiles)
  }

  get inFlight(): number {
    return this.#leases.size
  }

  /** Takes the area that holds the most overdue tile and, of those, most that is overdue; null when there is none to ask. */
  take(nowMs: number, cover: number): Lease | null {
    this.#endOldLeases(nowMs)
    this.#endElsewhere(nowMs)
    const tile = this.queue.most(nowMs)
    if (tile === NONE) return null
    const area = this.#areaFor(tile, nowMs, cover)
    if (area === NONE) return null
    const lease = { id: ++this.#lastId, cover, area, tile, askedMs: nowMs }
    this.#leases.set(lease.id, lease)
    if (this.#covers[cover]!.keepsTiles) {
      this.#keep(lease)
      this.#keeping.set(lease.id, lease)
    }
    return lease
  }

  /** It was answered: its tiles were asked about at `lease.askedMs`. False when the lease had run out. */
  answered(lease: Lease): boolean {
    if (!this.#leases.delete(lease.id)) return false
    this.#keeping.delete(lease.id)
    const { starts, items } = this.#covers[lease.cover]!.tilesOf
    this.queue.touchAll(items, starts[lease.area]!, starts[lease.area + 1]!, lease.askedMs)
    for (let at = starts[lease.area]!; at < starts[lease.area + 1]!; at++) {
      const tile = items[at]!
      if (this.answeredMs[tile]! < lease.askedMs) {
        this.answeredBeforeMs[tile] = this.answeredMs[tile]!
        this.answeredMs[tile] = lease.askedMs
      }
      this.#failures[tile] = 0
      this.#release(tile, lease.id)
    }
    return true
  }

  /** It was not: its tiles are as they were. */
  failed(lease: Lease, nowMs: number): boolean {
    if (!this.#leases.delete(lease.id)) return false
    this.#keeping.delete(lease.id)
    const { starts, items } = this.#covers[lease.cover]!.tilesOf
    for (let at = starts[lease.area]!; at < starts[lease.area + 1]!; at++) {
      const tile = items[at]!
      if (this.#holders[tile] !== lease.id) continue
      this.#failures[tile] = Math.min(MOST_FAILURES, this.#failures[tile]! + 1)
      if (this.#failures[tile]! >= PATIENCE) this.queue.touch(tile, nowMs)
      this.#release(tile, lease.id)
    }
    return true
  }

  /** It was not asked. */
  giveBack(lease: Lease): void {
    this.#leases.delete(lease.id)
    this.#keeping.delete(lease.id)
    this.#releaseAll(lease)
  }

  /** Another node asked about a tile, and was answered. */
  learn(tile: number, askedMs: number): void {
    if (askedMs <= this.queue.askedMs[tile]!) return
    this.#failures[tile] = 0
    this.queue.touch(tile, askedMs)
  }

  /** Another node asks about a tile until then, or no longer (0). */
  holdElsewhere(tile: number, untilMs: number): void {
    if (untilMs > 0) {
      this.#elsewhere.set(tile, untilMs)
      this.queue.remove(tile)
    } else if (this.#elsewhere.delete(tile)) this.#putBack(tile)
  }

  holdAreaElsewhere({ cover, area }: Lease, untilMs: number): void {
    this.#areasElsewhere[cover]!.set(area, untilMs)
  }

  /** Goes on with what is known from before. */
  restore(tile: number, answeredMs: number): void {
    this.answeredMs[tile] = answeredMs
    this.answeredBeforeMs[tile] = answeredMs
    this.queue.touch(tile, answeredMs)
  }

  setLevel(tile: number, level: number): void {
    this.queue.setLevel(tile, level)
  }

  /** Of the areas that cover a tile, the one in which most is overdue; of boxes, one that is not being asked for. */
  #areaFor(tile: number, nowMs: number, cover: number): number {
    const { areasOf, tilesOf, keepsTiles } = this.#covers[cover]!
    const { askedMs, rates } = this.queue
    let best = NONE
    let most = -1
    for (let at = areasOf.starts[tile]!; at < areasOf.starts[tile + 1]!; at++) {
      const area = areasOf.items[at]!
      if (!keepsTiles && this.#isAsked(cover, area, nowMs)) continue
      let overdue = 0
      for (let i = tilesOf.starts[area]!; i < tilesOf.starts[area + 1]!; i++) {
        const other = tilesOf.items[i]!
        overdue += (nowMs - askedMs[other]!) * rates[other]!
      }
      if (overdue <= most) continue
      most = overdue
      best = area
    }
    return best
  }

  #isAsked(cover: number, area: number, nowMs: number): boolean {
    if (nowMs < (this.#areasElsewhere[cover]!.get(area) ?? 0)) return true
    for (const lease of this.#leases.values()) if (lease.cover === cover && lease.area === area) return true
    return false
  }

  #keep(lease: Lease): void {
    const { starts, items } = this.#covers[lease.cover]!.tilesOf
    for (let at = starts[lease.area]!; at < starts[lease.area + 1]!; at++) {
      const tile = items[at]!
      if (!this.queue.has(tile)) continue
      this.#holders[tile] = lease.id
      this.queue.remove(tile)
    }
  }

  #releaseAll({ id, cover, area }: Lease): void {
    const { starts, items } = this.#covers[cover]!.tilesOf
    for (let at = starts[area]!; at < starts[area + 1]!; at++) this.#release(items[at]!, id)
  }

  #release(tile: number, id: number): void {
    if (this.#holders[tile] !== id) return
    this.#holders[tile] = NONE
    this.#putBack(tile)
  }

  #putBack(tile: number): void {
    if (this.#holders[tile] === NONE && !this.#elsewhere.has(tile)) this.queue.add(tile)
  }

  #endElsewhere(nowMs: number): void {
    for (const [tile, untilMs] of this.#elsewhere) if (nowMs >= untilMs) this.holdElsewhere(tile, 0)
  }

  #endOldLeases(nowMs: number): void {
    for (const lease of this.#keeping.values()) {
      if (nowMs - lease.askedMs < KEEP_MS) break
      this.#keeping.delete(lease.id)
      this.#releaseAll(lease)
    }
    for (const lease of this.#leases.values()) {
      if (nowMs - lease.askedMs < LEASE_MS) return
      this.failed(lease, nowMs)
    }
  }
}
