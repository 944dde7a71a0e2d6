/**
 * The aircraft as the graphics card sees them: copied from the client's table when they change, moved by the shaders ever after.
 *
 * Guarantee: what is on screen never jumps. A new fix starts from where the aircraft is shown at that moment, and the difference
 * decays; only a correction too large to be one (another place on earth) makes the aircraft appear anew.
 * Cost: about 0.4 µs for each changed aircraft, nothing for the others; no allocation after the texture has grown.
 */
import type { FlightTable } from '../client/index.ts'
import { angleBetween } from '../geo/sphere.ts'
import { packLabel } from './callsign.ts'
import { altitudeOf, writeFix } from './fix.ts'
import {
  AIRCRAFT_PER_ROW,
  ALTITUDE_OFFSET,
  APPEARED,
  CHARS,
  COURSE_OFFSET,
  FLOATS_PER_AIRCRAFT,
  LABEL_SINCE,
  OFFSET,
  OFFSET_TIME,
  PRESENT,
  STATE,
  TEXTURE_WIDTH,
  TIMES,
  TRAIL_HEAD,
  TRAIL_LENGTH,
} from './layout.ts'
import { predict, reckon, reckoned, turnBetween } from './motion.ts'
import { RowTexture } from './row-texture.ts'
import { POINTS_PER_TRAIL, Trails } from './trails.ts'

const LARGEST_CORRECTION = 0.01
const REBASE_AFTER_SECONDS = 3600
const LONG_AGO = -1e6
const EARLIEST_LABEL = 1e-3
const TRAIL_TEXTURE_WIDTH = POINTS_PER_TRAIL * 16
const FEWEST_ROWS = 8
const MOST_AIRCRAFT_WITH_TRAILS = 1500

export class Fleet {
  /** Shared by every material that draws aircraft. */
  readonly uniforms = { fleet: { value: null as unknown }, trails: { value: null as unknown }, now: { value: 0 } }
  data!: Float32Array<ArrayBuffer>
  trails: Trails
  highWater = 0
  allTrailsShown = true
  #trailOf = -1
  #capacity = 0
  #baseMs = Number.NaN
  #texture: RowTexture | null = null
  #trailTexture: RowTexture | null = null
  readonly #identity: string[] = []
  readonly #shown = reckoned()
  readonly #predicted = reckoned()

  constructor() {
    this.trails = new Trails(0)
    this.data = new Float32Array(0)
    this.#grow(1)
  }

  /** The shaders' time for a moment of stream time. */
  secondsOf(streamMs: number): number {
    return (streamMs - this.#baseMs) / 1000
  }

  isPresent(slot: number): boolean {
    return slot < this.highWater && (this.data[slot * FLOATS_PER_AIRCRAFT + STATE]! & PRESENT) !== 0
  }

  /** Takes over the whole table, after a snapshot. An aircraft keeps its motion and its trail, whatever slot it has now. */
  replace(table: FlightTable, nowMs: number): void {
    this.#rearrange(table)
    for (let slot = this.highWater - 1; slot >= 0; slot--) if (!table.present[slot]) this.#hide(slot)
    for (let slot = 0; slot < table.highWater; slot++) if (table.present[slot]) this.#take(table, slot, nowMs)
  }

  change(table: FlightTable, slots: Uint32Array, count: number, nowMs: number): void {
    for (let i = 0; i < count; i++) if (table.present[slots[i]!]) this.#take(table, slots[i]!, nowMs)
  }

  remove(slots: Uint32Array, count: number): void {
    for (let i = 0; i < count; i++) this.#hide(slots[i]!)
  }

  /** Shows or hides the label of an aircraft; the shader fades it. */
  setLabel(slot: number, shown: boolean): void {
    const at = slot * FLOATS_PER_AIRCRAFT
    if (this.data[at + LABEL_SINCE]! > 0 === shown) return
    const seconds = Math.max(this.uniforms.now.value, EARLIEST_LABEL)
    this.data[at + LABEL_SINCE] = shown ? seconds : -seconds
    this.#texture!.touch(at)
  }

  /**
   * All trails are on the graphics card while the fleet is small, else only that of `slot`: the trails of a whole world would be
   * megabytes a second.
   */
  showTrails(slot: number): void {
    const all = this.highWater <= MOST_AIRCRAFT_WITH_TRAILS
    if (all && !this.allTrailsShown) this.#trailTexture!.touchAll()
    else if (slot >= 0 && slot !== this.#trailOf) this.#trailTexture!.touch(slot * POINTS_PER_TRAIL * 4)
    this.allTrailsShown = all
    this.#trailOf = slot
  }

  /** To be called once before each frame: sets the time and uploads what changed. */
  prepare(nowMs: number): void {
    if (Number.isNaN(this.#baseMs)) return
    if (this.secondsOf(nowMs) > REBASE_AFTER_SECONDS) this.#rebase(nowMs)
    this.uniforms.now.value = this.secondsOf(nowMs)
    this.#texture!.flush()
    this.#trailTexture!.flush()
  }

  /** Moves what is known of each aircraft to its slot in `table`. Another run of the hub numbers them anew. */
  #rearrange(table: FlightTable): void {
    const oldSlots = new Map<string, number>()
    for (let slot = 0; slot < this.highWater; slot++)
      if (this.isPresent(slot)) oldSlots.set(this.#identity[slot]!, slot)
    const [data, trails] = [this.data.slice(), this.trails.copy()]
    if (table.highWater > this.#capacity) this.#grow(table.highWater)
    const highWater = Math.max(this.highWater, table.highWater)
    for (let slot = 0; slot < highWater; slot++) {
      const at = slot * FLOATS_PER_AIRCRAFT
      const old = table.present[slot] ? oldSlots.get(table.icao24[slot]!) : undefined
      if (old === slot) continue
      this.data.fill(0, at, at + FLOATS_PER_AIRCRAFT)
      this.trails.clear(slot)
      if (old === undefined) continue
      this.data.set(data.subarray(old * FLOATS_PER_AIRCRAFT, (old + 1) * FLOATS_PER_AIRCRAFT), at)
      this.trails.take(slot, trails, old)
      this.#identity[slot] = table.icao24[slot]!
    }
    this.highWater = highWater
    this.#texture!.touchAll()
    this.#trailTexture!.touchAll()
  }

  #take(table: FlightTable, slot: number, nowMs: number): void {
    if (Number.isNaN(this.#baseMs)) this.#baseMs = nowMs - 1000
    if (slot >= this.#capacity) this.#grow(slot + 1)
    if (slot >= this.highWater) this.highWater = slot + 1
    const now = this.secondsOf(nowMs)
    const known = this.isPresent(slot) && this.#identity[slot] === table.icao24[slot]
    if (known) reckon(this.data, slot, now, this.#shown)
    else this.#appear(table, slot, now)
    writeFix(table, slot, this.#baseMs, this.data)
    if (known) this.#ease(slot, now)
    this.#writeLabel(table, slot)
    if (this.trails.append(slot, this.data, altitudeOf(table, slot)))
      this.#trailTexture!.touch(slot * POINTS_PER_TRAIL * 4)
    const at = slot * FLOATS_PER_AIRCRAFT
    this.data[at + TRAIL_HEAD] = this.trails.head[slot]!
    this.data[at + TRAIL_LENGTH] = this.trails.length[slot]!
    this.#texture!.touch(at)
  }

  #appear(table: FlightTable, slot: number, now: number): void {
    const at = slot * FLOATS_PER_AIRCRAFT
    this.data.fill(0, at, at + FLOATS_PER_AIRCRAFT)
    this.data[at + APPEARED] = now
    this.data[at + OFFSET_TIME] = LONG_AGO
    this.data[at + LABEL_SINCE] = -EARLIEST_LABEL
    this.#identity[slot] = table.icao24[slot]!
    this.trails.clear(slot)
  }

  /** Lets the aircraft go on from where it is shown: the gap to the new course becomes an offset that decays. */
  #ease(slot: number, now: number): void {
    const data = this.data
    const at = slot * FLOATS_PER_AIRCRAFT
    const shown = this.#shown
    const predicted = this.#predicted
    predict(data, slot, now, predicted)
    if (angleBetween(shown.direction, predicted.direction) > LARGEST_CORRECTION) {
      data.fill(0, at + OFFSET, at + OFFSET + 3)
      data[at + ALTITUDE_OFFSET] = data[at + COURSE_OFFSET] = 0
      data[at + APPEARED] = now
      return
    }
    for (let i = 0; i < 3; i++) data[at + OFFSET + i] = shown.direction[i]! - predicted.direction[i]!
    data[at + OFFSET_TIME] = now
    data[at + ALTITUDE_OFFSET] = shown.altitudeM - predicted.altitudeM
    data[at + COURSE_OFFSET] = turnBetween(predicted.course, shown.course, predicted.direction)
  }

  #writeLabel(table: FlightTable, slot: number): void {
    packLabel(table.callsign[slot] ?? table.icao24[slot]!, this.data, slot * FLOATS_PER_AIRCRAFT + CHARS)
  }

  #hide(slot: number): void {
    if (slot >= this.highWater) return
    const at = slot * FLOATS_PER_AIRCRAFT
    this.data[at + STATE] = 0
    this.#texture!.touch(at)
    this.trails.clear(slot)
    while (this.highWater > 0 && !this.isPresent(this.highWater - 1)) this.highWater--
  }

  #grow(needed: number): void {
    const rows = Math.max(FEWEST_ROWS, 2 ** Math.ceil(Math.log2(needed / AIRCRAFT_PER_ROW + 1)))
    const grown = new Float32Array(rows * TEXTURE_WIDTH * 4)
    grown.set(this.data)
    this.data = grown
    // Less one row: a batch of aircraft may read past the last of them.
    this.#capacity = (rows - 1) * AIRCRAFT_PER_ROW
    this.trails = this.trails.grownTo(Math.ceil(this.#capacity / 16 + 1) * 16)
    this.#texture?.dispose()
    this.#trailTexture?.dispose()
    this.#texture = new RowTexture(grown, TEXTURE_WIDTH)
    this.#trailTexture = new RowTexture(this.trails.points, TRAIL_TEXTURE_WIDTH)
    this.uniforms.fleet.value = this.#texture.texture
    this.uniforms.trails.value = this.#trailTexture.texture
  }

  #rebase(nowMs: number): void {
    const moved = this.secondsOf(nowMs) - 1
    this.#baseMs += moved * 1000
    for (let at = 0; at < this.highWater * FLOATS_PER_AIRCRAFT; at += FLOATS_PER_AIRCRAFT) {
      for (const time of TIMES) this.data[at + time]! -= moved
      const label = this.data[at + LABEL_SINCE]!
      this.data[at + LABEL_SINCE] = label > 0 ? Math.max(label - moved, EARLIEST_LABEL) : -EARLIEST_LABEL
    }
    this.trails.rebase(moved)
    this.#texture!.touchAll()
    this.#trailTexture!.touchAll()
  }
}
