/**
 * Where the aircraft of a simulated sky are, minute by minute for a day, as the upper words of their H3 cells: all that the
 * schedule and its judge need to know.
 *
 * Asking the sky takes 2 µs; so it is asked every `LOOK_MINUTES`, and in between an aircraft flies straight on.
 */
import { CellGrid } from '../../actors/shard/cell-grid.ts'
import { hashKey } from '../../engine/records/key.ts'
import { createSky, WORLD } from '../../fixtures/airspace/index.ts'
import type { Motion } from '../../fixtures/airspace/trajectory.ts'

const LOOK_MINUTES = 6
const SEED = 11

export class Traffic {
  readonly aircraft: number
  readonly minutes: number
  /** By aircraft: the hash of its key. */
  readonly hashes: Int32Array
  /** By minute and aircraft; 0 for one that is not heard. */
  readonly #cells: Int32Array

  constructor(inAir: number, startMs: number, minutes: number) {
    const { airframes } = createSky({ seed: SEED, aircraft: inAir, region: WORLD })
    this.aircraft = airframes.length
    this.minutes = minutes
    this.hashes = Int32Array.from(airframes, ({ icao24 }) => hashKey(Buffer.from(icao24), 0, icao24.length))
    this.#cells = new Int32Array(airframes.length * (minutes + 1))
    const grid = new CellGrid()
    const motion = { lat: 0, lon: 0 } as Motion
    for (const [i, airframe] of airframes.entries())
      for (let minute = 0; minute <= minutes; minute += LOOK_MINUTES) {
        const fromS = startMs / 1000 + minute * 60
        if (airframe.lastTransmission(fromS) < fromS - 60) continue
        airframe.locate(fromS, motion)
        const { lat, lon } = motion
        airframe.locate(fromS + LOOK_MINUTES * 60, motion)
        const north = motion.lat - lat
        const east = ((motion.lon - lon + 540) % 360) - 180
        for (let step = 0; step < LOOK_MINUTES && minute + step <= minutes; step++) {
          const part = step / LOOK_MINUTES
          grid.find(lat + part * north, ((lon + part * east + 540) % 360) - 180)
          this.#cells[(minute + step) * this.aircraft + i] = grid.high
        }
      }
  }

  /** The upper word of an aircraft's cell, or 0. */
  cellHigh(aircraft: number, minute: number): number {
    return this.#cells[minute * this.aircraft + aircraft]!
  }
}
