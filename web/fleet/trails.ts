/**
 * The last received positions of every aircraft, as a ring of texels for each: x, y, z (longer than one by the altitude), time.
 *
 * Memory: 1 KB an aircraft, here and on the graphics card. A position is kept when the last one kept is MIN_GAP_SECONDS old,
 * so a trail spans at least four minutes whatever the feed's pace.
 */
import { EARTH_RADIUS_M } from '../geo/sphere.ts'
import { FIX, FIX_TIME, FLOATS_PER_AIRCRAFT } from './layout.ts'

export const POINTS_PER_TRAIL = 64
export const TRAIL_SPAN_SECONDS = 420
const MIN_GAP_SECONDS = 4
/** A longer silence, or a leap no aircraft can make, starts a new trail. */
const MAX_GAP_SECONDS = 90
const MAX_SPEED = 700 / EARTH_RADIUS_M
const SLACK = 3000 / EARTH_RADIUS_M

const FLOATS_PER_TRAIL = POINTS_PER_TRAIL * 4

export class Trails {
  points: Float32Array<ArrayBuffer>
  /** Where the next point goes, and how many there are. */
  readonly head: Uint8Array
  readonly length: Uint8Array

  constructor(capacity: number) {
    this.points = new Float32Array(capacity * FLOATS_PER_TRAIL)
    this.head = new Uint8Array(capacity)
    this.length = new Uint8Array(capacity)
  }

  clear(slot: number): void {
    this.head[slot] = 0
    this.length[slot] = 0
  }

  /** Keeps the fix of `slot` if it is news. Returns whether it was kept. */
  append(slot: number, fleet: Float32Array, altitudeM: number): boolean {
    const at = slot * FLOATS_PER_AIRCRAFT
    const seconds = fleet[at + FIX_TIME]!
    const length = 1 + altitudeM / EARTH_RADIUS_M
    const x = fleet[at + FIX]! * length
    const y = fleet[at + FIX + 1]! * length
    const z = fleet[at + FIX + 2]! * length
    if (this.length[slot]! > 0) {
      const newest = this.#offset(slot, this.head[slot]! + POINTS_PER_TRAIL - 1)
      const gap = seconds - this.points[newest + 3]!
      if (gap < MIN_GAP_SECONDS) return false
      const leap = Math.hypot(x - this.points[newest]!, y - this.points[newest + 1]!, z - this.points[newest + 2]!)
      if (gap > MAX_GAP_SECONDS || leap > gap * MAX_SPEED + SLACK) this.clear(slot)
    }
    const offset = this.#offset(slot, this.head[slot]!)
    this.points[offset] = x
    this.points[offset + 1] = y
    this.points[offset + 2] = z
    this.points[offset + 3] = seconds
    this.head[slot] = (this.head[slot]! + 1) % POINTS_PER_TRAIL
    this.length[slot] = Math.min(this.length[slot]! + 1, POINTS_PER_TRAIL)
    return true
  }

  /** Moves every time back by `seconds`: the fleet's base has moved up. */
  rebase(seconds: number): void {
    for (let i = 3; i < this.points.length; i += 4) this.points[i]! -= seconds
  }

  /** Takes over the trail of another slot, in another copy. */
  take(slot: number, from: Trails, old: number): void {
    this.points.set(from.points.subarray(old * FLOATS_PER_TRAIL, (old + 1) * FLOATS_PER_TRAIL), slot * FLOATS_PER_TRAIL)
    this.head[slot] = from.head[old]!
    this.length[slot] = from.length[old]!
  }

  copy(): Trails {
    return this.grownTo(this.head.length)
  }

  grownTo(capacity: number): Trails {
    const grown = new Trails(capacity)
    grown.points.set(this.points)
    grown.head.set(this.head)
    grown.length.set(this.length)
    return grown
  }

  #offset(slot: number, index: number): number {
    return slot * FLOATS_PER_TRAIL + (index % POINTS_PER_TRAIL) * 4
  }
}
