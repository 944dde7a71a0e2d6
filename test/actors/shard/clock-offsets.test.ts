import { describe, expect, test } from 'vitest'
import { ClockOffsets } from '../../../actors/shard/clock-offsets.ts'
import { FrameMemory } from '../../../engine/memory/frame-memory.ts'
import { Frame, makeSourceState, type SourceState } from '../../../engine/records/index.ts'
import { createSky, NEW_YORK, Observation, Provider, READSB_FEED } from '../../../fixtures/airspace/index.ts'
import { seeded } from '../../../fixtures/seeded.ts'
import { flight } from '../../../schemas/flight.ts'

const KNOT_MPS = 1852 / 3600
const START_S = 1_700_000_000
const sky = createSky({ seed: 4, aircraft: 70, region: NEW_YORK })

/** Providers of one sky, by how far their clocks are ahead, seconds. */
class World {
  readonly offsets = new ClockOffsets()
  readonly states: SourceState[]
  readonly #providers: Provider[]
  readonly #frame = new Frame(FrameMemory.allocate(1024)).at(0)
  readonly #seen = new Observation()
  readonly #random = seeded(1)

  constructor(clocks: readonly number[], known: readonly number[] = []) {
    this.#providers = clocks.map(
      (clockOffset_s, i) => new Provider(sky, { ...READSB_FEED, seed: i, delay_s: 0.2 * i, clockOffset_s }),
    )
    this.states = clocks.map((_, i) => ({ ...makeSourceState(i + 1), clockOffsetMs: 1000 * (known[i] ?? 0) }))
    for (const state of this.states) this.offsets.add(state)
  }

  /** Each second each provider tells of a third of the sky; now and then of a place where no aircraft is. */
  fly(fromSecond: number, seconds: number, nonsense = 0): void {
    for (let second = fromSecond; second < fromSecond + seconds; second++) {
      for (const [i, provider] of this.#providers.entries()) {
        for (const airframe of sky.airframes) {
          if ((airframe.index + second + i) % 3 !== 0) continue
          if (!provider.observe(airframe, START_S + second + i / 10, this.#seen) || !this.#seen.hasPosition) continue
          this.offsets.observe(this.#frameOf(this.states[i]!.sourceId, this.#random() < nonsense ? 0.2 : 0))
        }
      }
      this.offsets.slew()
    }
  }

  get corrections(): number[] {
    return this.states.map(({ clockOffsetMs }) => clockOffsetMs / 1000)
  }

  #frameOf(sourceId: number, astray_deg: number): Frame {
    const frame = this.#frame
    const { lat, lon, velocity_mps, heading_deg } = flight.fields
    const seen = this.#seen
    flight.start(frame)
    const key = Buffer.from(seen.icao24)
    flight.setKey(frame, key, 0, key.length)
    frame.sourceId = sourceId
    frame.time = Math.round(seen.position_s * 10) * 100
    lat.set(frame, seen.lat + astray_deg)
    lon.set(frame, seen.lon)
    velocity_mps.set(frame, seen.speed_kt * KNOT_MPS)
    heading_deg.set(frame, seen.track_deg)
    return frame
  }
}

/** To a tenth of a second. */
const expectNear = (actual: readonly number[], expected: readonly number[]) => {
  for (const [i, value] of actual.entries()) expect(Math.abs(value - expected[i]!), `${actual}`).toBeLessThan(0.1)
}

describe('clocks of live sources', () => {
  test('that differ are found out, against the one in the middle', () => {
    const world = new World([0.1, -0.4, 0.8])
    world.fly(0, 180)
    expectNear(world.corrections, [0, -0.5, 0.7])
  })

  test('of which one is six seconds ahead are found out', () => {
    const world = new World([0, 6, 0.2, -0.2])
    world.fly(0, 400)
    expectNear(world.corrections, [-0.1, 5.9, 0.1, -0.3])
  })

  test('are found out also where one position in ten is of nowhere', () => {
    const world = new World([0, 2, 0])
    world.fly(0, 300, 0.1)
    expectNear(world.corrections, [0, 2, 0])
  })

  test('that agree are let be', () => {
    const world = new World([0, 0, 0, 0])
    world.fly(0, 120)
    expect(world.corrections).toEqual([0, 0, 0, 0])
  })

  test('are not compared where there is only one', () => {
    const world = new World([5])
    world.fly(0, 60)
    expect(world.corrections).toEqual([0])
  })

  test('are corrected by no more than 20 ms a second, so that nothing told again looks like news', () => {
    const world = new World([0, 0, 3])
    let before = world.corrections
    for (let second = 0; second < 120; second++) {
      world.fly(second, 1)
      for (const [i, value] of world.corrections.entries())
        expect(Math.abs(value - before[i]!)).toBeLessThanOrEqual(0.0201)
      before = world.corrections
    }
    expect(before[2]).toBeGreaterThan(1)
  })

  test('go on from what was known of them', () => {
    const world = new World([0, 2, 0], [0, 2, 0])
    world.fly(0, 60)
    expectNear(world.corrections, [0, 2, 0])
  })

  test('are found out again when one is set anew', () => {
    const world = new World([0, 0, 0], [0, 1, 0])
    world.fly(0, 300)
    expectNear(world.corrections, [0, 0, 0])
  })
})
