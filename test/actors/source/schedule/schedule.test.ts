import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  boxesOver,
  circlesOver,
  encodeSchedule,
  NAUTICAL_MILE_M,
  type Query,
  REREAD_MS,
  restoreSchedule,
  Schedule,
  TARGETS_MS,
  tilesOf,
} from '../../../../actors/source/schedule/index.ts'
import { LEASE_MS } from '../../../../actors/source/schedule/memory-store.ts'
import { REGIONS } from './places.ts'

const NOW = 1_750_000_000_000
const RADIUS_M = 250 * NAUTICAL_MILE_M
const tiling = tilesOf(REGIONS.Europe!, 3)
const circles = circlesOver(tiling, RADIUS_M)
const covers = [circles, circles, boxesOver(tiling)]
const BOX = 2

/** Aircraft by tile, seen whenever their tile is asked about. */
class Sky {
  readonly present = new Map<number, number>()
  readonly #seen = new Map<number, number>()

  aircraft(number: number): number {
    return this.present.get(number) ?? 0
  }
  seenAtMs(number: number): number {
    return this.#seen.get(number) ?? 0
  }
  look(query: Query, nowMs: number): void {
    for (const tile of tilesIn(query)) {
      const number = tiling.numbers[tile]!
      if (this.present.has(number)) this.#seen.set(number, nowMs)
    }
  }
}

function tilesIn(query: Query): Int32Array {
  const { starts, items } = covers[query.cover]!.tilesOf
  return items.subarray(starts[query.area]!, starts[query.area + 1]!)
}

function makeSchedule(sky = new Sky(), nowMs = NOW): Schedule {
  return new Schedule({ tiling, covers, activity: sky, nowMs })
}

/** Asks every `everyMs`, with answers after 100 ms; calls back after each. */
function run(
  schedule: Schedule,
  sky: Sky,
  { fromMs = NOW, lengthMs, everyMs }: { fromMs?: number; lengthMs: number; everyMs: number },
  onAnswer: (query: Query, nowMs: number) => void = () => {},
): void {
  for (let now = fromMs; now < fromMs + lengthMs; now += everyMs) {
    const query = schedule.next(now, 0)
    if (query === null) continue
    sky.look(query, now + 100)
    schedule.answered(query)
    onAnswer(query, now)
  }
}

describe('a schedule', () => {
  test('asks for every tile of the region before it asks for any again, as far as circles allow', () => {
    const schedule = makeSchedule()
    const asked = new Set<number>()
    let queries = 0
    for (; asked.size < tiling.size; queries++) {
      const query = schedule.next(NOW + queries, 0)!
      const tiles = tilesIn(query)
      expect(tiles.some((tile) => !asked.has(tile))).toBe(true)
      for (const tile of tiles) asked.add(tile)
      schedule.answered(query)
    }
    expect(queries).toBeLessThan((3 * tiling.size) / 40)
  })

  test('gives no tile to two circles at a time', () => {
    const schedule = makeSchedule()
    const reasons: number[] = []
    for (let query = schedule.next(NOW, 0); query !== null; query = schedule.next(NOW, 1)) {
      const free = tilesIn(query).filter((tile) => !reasons.includes(tile))
      expect(free.length).toBeGreaterThan(0)
      reasons.push(...free)
    }
    expect(reasons.length).toBe(tiling.size)
  })

  test('asks for a box meanwhile, but not for the same one twice', () => {
    const schedule = makeSchedule()
    const first = schedule.next(NOW, BOX)!
    expect(first.where.kind).toBe('box')
    expect(schedule.next(NOW, BOX)).toBeNull()
    expect(schedule.next(NOW, 0)).not.toBeNull()
    schedule.answered(first)
    expect(schedule.next(NOW + 1, BOX)).not.toBeNull()
  })

  test('takes a box’s answer for all of its tiles', () => {
    const schedule = makeSchedule()
    schedule.answered(schedule.next(NOW, BOX)!)
    expect(Array.from({ length: tiling.size }, (_, tile) => schedule.askedMs(tile)).every((ms) => ms === NOW)).toBe(
      true,
    )
  })

  test('gives the tiles of a failed query to the next who asks', () => {
    const schedule = makeSchedule()
    const query = schedule.next(NOW, 0)!
    schedule.failed(query, NOW + 100)
    expect(schedule.next(NOW + 100, 1)).toMatchObject({ area: query.area, provider: 1 })
  })

  test('goes on with the rest when one place fails again and again', () => {
    const schedule = makeSchedule()
    const [broken] = tilesIn(schedule.next(NOW, 0)!)
    const fresh = makeSchedule()
    let answered = 0
    for (let now = NOW; now < NOW + 600_000; now += 1000) {
      const query = fresh.next(now, 0)!
      if (tilesIn(query).includes(broken!)) fresh.failed(query, now)
      else {
        fresh.answered(query)
        answered++
      }
    }
    expect(answered).toBeGreaterThan(500)
    const late = Array.from({ length: tiling.size }, (_, tile) => tile).filter((tile) => fresh.askedMs(tile) < NOW)
    expect(late).toContain(broken)
    expect(late.length).toBeLessThan(40)
  })

  test('gives up a query that never ends, whose answer then counts for nothing', () => {
    const schedule = makeSchedule()
    const query = schedule.next(NOW, 0)!
    schedule.next(NOW + LEASE_MS, 0)
    expect(schedule.answered(query)).toBe(false)
    expect(schedule.failed(query, NOW + LEASE_MS)).toBe(false)
    expect(tilesIn(query).every((tile) => schedule.askedMs(tile) < NOW)).toBe(true)
  })

  test('asks about tiles with aircraft the more often, the more there are', () => {
    const sky = new Sky()
    const [crowded, thin] = [100, 500]
    sky.present.set(tiling.numbers[crowded]!, 30).set(tiling.numbers[thin]!, 1)
    const counts = new Map<number, number>()
    run(makeSchedule(sky), sky, { lengthMs: 3_600_000, everyMs: 2500 }, (query) => {
      for (const tile of tilesIn(query)) counts.set(tile, (counts.get(tile) ?? 0) + 1)
    })
    const [often, seldom] = [counts.get(crowded)!, counts.get(thin)!]
    const others = [...counts.values()].toSorted((a, b) => a - b)
    expect(often).toBeGreaterThan(1.3 * seldom)
    expect(seldom).toBeGreaterThan(2 * others[others.length >> 1]!)
  })

  test('finds an aircraft in a tile that was always empty, within its target times the load', () => {
    const sky = new Sky()
    for (let tile = 0; tile < tiling.size; tile += 2) sky.present.set(tiling.numbers[tile]!, 20)
    const empty = 301
    const schedule = makeSchedule(sky)
    run(schedule, sky, { lengthMs: 1_800_000, everyMs: 1000 })
    const from = NOW + 1_800_000
    const load = Math.max(1, schedule.load(from))
    sky.present.set(tiling.numbers[empty]!, 1)
    let foundMs = Number.POSITIVE_INFINITY
    run(schedule, sky, { fromMs: from, lengthMs: 1_800_000, everyMs: 1000 }, (query, now) => {
      if (tilesIn(query).includes(empty)) foundMs = Math.min(foundMs, now - from)
    })
    expect(foundMs).toBeLessThan(TARGETS_MS.at(-1)! * load)
    expect(schedule.levelOf(empty)).toBeLessThan(4)
  })

  test('treats a tile as empty once it was asked about and nobody was there', () => {
    const sky = new Sky()
    sky.present.set(tiling.numbers[7]!, 5)
    const schedule = makeSchedule(sky)
    run(schedule, sky, { lengthMs: 60_000, everyMs: 300 })
    expect(schedule.aircraft[7]).toBe(5)
    sky.present.clear()
    run(schedule, sky, { fromMs: NOW + 60_000, lengthMs: 60_000 + 2 * REREAD_MS, everyMs: 300 })
    expect(schedule.aircraft[7]).toBe(0)
  })

  test('lets nobody wait for ever, however little may be asked', () => {
    const sky = new Sky()
    for (let tile = 0; tile < tiling.size; tile += 3) sky.present.set(tiling.numbers[tile]!, 1 + (tile % 20))
    const schedule = makeSchedule(sky)
    run(schedule, sky, { lengthMs: 4 * 3_600_000, everyMs: 10_000 })
    const now = NOW + 4 * 3_600_000
    const overdue = Array.from({ length: tiling.size }, (_, tile) => {
      return (now - schedule.askedMs(tile)) / TARGETS_MS[schedule.levelOf(tile)]!
    })
    expect(Math.max(...overdue)).toBeLessThan(30)
    expect(schedule.load(now)).toBeCloseTo(Math.max(...overdue), 6)
  })

  test('decides the same for the same calls', () => {
    const decisions = (): string[] => {
      const sky = new Sky()
      for (let tile = 0; tile < tiling.size; tile += 5) sky.present.set(tiling.numbers[tile]!, tile % 9)
      const all: string[] = []
      run(makeSchedule(sky), sky, { lengthMs: 300_000, everyMs: 400 }, (query) => all.push(JSON.stringify(query.where)))
      return all
    }
    expect(decisions()).toEqual(decisions())
  })

  test('keeps each tile in one place, whatever ends how', () => {
    const action = fc.record({
      kind: fc.constantFrom('next', 'answered', 'failed'),
      provider: fc.constantFrom(0, 1, BOX),
      pick: fc.nat(),
      afterMs: fc.constantFrom(0, 10, 1000, LEASE_MS),
    })
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const schedule = makeSchedule()
        const open: Query[] = []
        let now = NOW
        for (const { kind, provider, pick, afterMs } of actions) {
          now += afterMs
          if (kind === 'next') {
            const query = schedule.next(now, provider)
            if (query !== null) open.push(query)
          } else if (open.length > 0) {
            const [query] = open.splice(pick % open.length, 1)
            if (kind === 'answered') schedule.answered(query!)
            else schedule.failed(query!, now)
          }
        }
        for (const query of open) schedule.failed(query, now)
        // All are back: each can be asked about once more.
        const asked = new Set<number>()
        for (let query = schedule.next(now, 0); query !== null; query = schedule.next(now, 0))
          for (const tile of tilesIn(query)) asked.add(tile)
        expect(asked.size).toBe(tiling.size)
      }),
      { numRuns: 50 },
    )
  })
})

describe('a schedule’s state', () => {
  function used(): { schedule: Schedule; sky: Sky } {
    const sky = new Sky()
    for (let tile = 0; tile < tiling.size; tile += 4) sky.present.set(tiling.numbers[tile]!, 1 + (tile % 12))
    const schedule = makeSchedule(sky)
    run(schedule, sky, { lengthMs: 120_000, everyMs: 700 })
    return { schedule, sky }
  }
  const END = NOW + 120_000

  test('goes over a restart: what was asked when, and where aircraft are', () => {
    const { schedule } = used()
    const state = encodeSchedule(schedule, END)
    const again = makeSchedule(new Sky(), END + 5000)
    expect(restoreSchedule(again, state, END + 5000)).toBe(true)
    for (let tile = 0; tile < tiling.size; tile++) {
      expect(again.aircraft[tile]).toBe(schedule.aircraft[tile])
      if (schedule.aircraft[tile]! > 0) expect(again.levelOf(tile)).toBe(schedule.levelOf(tile))
      const age = END - schedule.askedMs(tile)
      expect(Math.abs(END - again.askedMs(tile) - age)).toBeLessThan(0.05 * age + 100)
    }
    expect(state.length).toBeLessThan(2500)
  })

  test('of another region, or damaged, is refused and changes nothing', () => {
    const { schedule } = used()
    const state = encodeSchedule(schedule, END)
    const others = tilesOf(REGIONS['New York']!, 3)
    const other = new Schedule({
      tiling: others,
      covers: [circlesOver(others, RADIUS_M)],
      activity: new Sky(),
      nowMs: END,
    })
    expect(restoreSchedule(other, state, END)).toBe(false)
    const fresh = makeSchedule(new Sky(), END)
    for (const wrong of [state.subarray(0, 20), new Uint8Array(0), Buffer.from('nothing of the kind')])
      expect(restoreSchedule(fresh, wrong, END)).toBe(false)
    expect(fresh.aircraft.every((aircraft) => aircraft === 0)).toBe(true)
  })

  test('makes nothing younger when the clock has gone back', () => {
    const { schedule } = used()
    const again = makeSchedule(new Sky(), NOW - 3_600_000)
    restoreSchedule(again, encodeSchedule(schedule, END), NOW - 3_600_000)
    for (let tile = 0; tile < tiling.size; tile++) expect(again.askedMs(tile)).toBeLessThanOrEqual(NOW - 3_600_000)
  })
})
