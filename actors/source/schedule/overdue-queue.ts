/**
 * Finds the most overdue of many tiles: overdue = time since it was asked about / how often it should be.
 *
 * Targets are a few levels, a heap each. Within a level the tile asked about longest ago is the most overdue, and stays so
 * as time passes; so only the first ones of the levels are compared.
 *
 *     level 0, 10 s       level 1, 14 s       …       level 9, 300 s
 *        oldest              oldest                      oldest         ◄── compared by age / target
 *        /    \              /    \                      /    \
 *
 * Tiles of the same age come in their own order, so decisions are the same in every run. Memory: 21 bytes a tile and 4 for
 * each level. Cost: taking out, putting back and moving are O(log n), finding is O(levels); nothing is allocated.
 */
export const NONE = -1
/** Of so many parts of all tiles, moving one is dearer than ordering all anew. */
const REBUILD_PART = 8

export class OverdueQueue {
  /** By tile: when it was asked about last, milliseconds. Changed by `touch`. */
  readonly askedMs: Float64Array
  /** By tile: what one millisecond adds to how overdue it is; 0 for a tile that is not in. */
  readonly rates: Float64Array
  readonly #ratesOf: readonly number[]
  readonly #levels: Uint8Array
  /** By tile: where it is in its level's heap, or NONE. */
  readonly #places: Int32Array
  readonly #heaps: Int32Array[]
  readonly #sizes: Int32Array

  constructor(tiles: number, targetsMs: readonly number[], level: number, askedMs: number) {
    this.#ratesOf = targetsMs.map((targetMs) => 1 / targetMs)
    this.rates = new Float64Array(tiles).fill(this.#ratesOf[level]!)
    this.askedMs = new Float64Array(tiles).fill(askedMs)
    this.#levels = new Uint8Array(tiles).fill(level)
    this.#places = Int32Array.from({ length: tiles }, (_, tile) => tile)
    this.#heaps = targetsMs.map(() => new Int32Array(tiles))
    this.#sizes = new Int32Array(targetsMs.length)
    this.#heaps[level]!.set(this.#places)
    this.#sizes[level] = tiles
  }

  has(tile: number): boolean {
    return this.#places[tile] !== NONE
  }

  levelOf(tile: number): number {
    return this.#levels[tile]!
  }

  overdue(tile: number, nowMs: number): number {
    return (nowMs - this.askedMs[tile]!) * this.#ratesOf[this.#levels[tile]!]!
  }

  /** The tile that is most overdue of those in the queue, or NONE. */
  most(nowMs: number): number {
    let most = NONE
    let overdue = Number.NEGATIVE_INFINITY
    for (let level = 0; level < this.#heaps.length; level++) {
      if (this.#sizes[level] === 0) continue
      const tile = this.#heaps[level]![0]!
      const its = this.overdue(tile, nowMs)
      if (its <= overdue) continue
      most = tile
      overdue = its
    }
    return most
  }

  /** Takes a tile out. */
  remove(tile: number): void {
    const level = this.#levels[tile]!
    const heap = this.#heaps[level]!
    const place = this.#places[tile]!
    if (place === NONE) return
    const last = heap[--this.#sizes[level]!]!
    this.#places[tile] = NONE
    this.rates[tile] = 0
    if (last === tile) return
    heap[place] = last
    this.#places[last] = place
    this.#settle(last)
  }

  /** Puts a tile back. */
  add(tile: number): void {
    if (this.has(tile)) return
    const level = this.#levels[tile]!
    const place = this.#sizes[level]!++
    this.#heaps[level]![place] = tile
    this.#places[tile] = place
    this.rates[tile] = this.#ratesOf[level]!
    this.#settle(tile)
  }

  /** Notes when a tile was asked about, whether it is in or not. */
  touch(tile: number, askedMs: number): void {
    this.askedMs[tile] = askedMs
    if (this.has(tile)) this.#settle(tile)
  }

  /** Notes for many tiles, `tiles[from … to)`, that they were asked about no earlier than at `askedMs`. */
  touchAll(tiles: Int32Array, from: number, to: number, askedMs: number): void {
    const areMost = (to - from) * REBUILD_PART > this.askedMs.length
    for (let at = from; at < to; at++) {
      const tile = tiles[at]!
      if (this.askedMs[tile]! >= askedMs) continue
      if (areMost) this.askedMs[tile] = askedMs
      else this.touch(tile, askedMs)
    }
    if (areMost) this.#rebuild()
  }

  setLevel(tile: number, level: number): void {
    if (this.#levels[tile] === level) return
    const isIn = this.has(tile)
    this.remove(tile)
    this.#levels[tile] = level
    if (isIn) this.add(tile)
  }

  #isBefore(a: number, b: number): boolean {
    const difference = this.askedMs[a]! - this.askedMs[b]!
    return difference < 0 || (difference === 0 && a < b)
  }

  /** Moves a tile up or down its heap until all are in order. */
  #settle(tile: number): void {
    const heap = this.#heaps[this.#levels[tile]!]!
    let place = this.#places[tile]!
    while (place > 0) {
      const parent = (place - 1) >> 1
      if (!this.#isBefore(tile, heap[parent]!)) break
      this.#put(heap, place, heap[parent]!)
      place = parent
    }
    this.#put(heap, place, tile)
    this.#sink(tile)
  }

  #sink(tile: number): void {
    const level = this.#levels[tile]!
    const heap = this.#heaps[level]!
    const size = this.#sizes[level]!
    let place = this.#places[tile]!
    for (let child = 2 * place + 1; child < size; child = 2 * place + 1) {
      if (child + 1 < size && this.#isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!this.#isBefore(heap[child]!, tile)) break
      this.#put(heap, place, heap[child]!)
      place = child
    }
    this.#put(heap, place, tile)
  }

  /** Puts all heaps in order at once: O(n). */
  #rebuild(): void {
    for (const [level, heap] of this.#heaps.entries())
      for (let place = (this.#sizes[level]! >> 1) - 1; place >= 0; place--) this.#sink(heap[place]!)
  }

  #put(heap: Int32Array, place: number, tile: number): void {
    heap[place] = tile
    this.#places[tile] = place
  }
}
