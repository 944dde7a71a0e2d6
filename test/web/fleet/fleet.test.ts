import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createFlightTable } from '../../../web/client/flight-table.ts'
import { packLabel } from '../../../web/fleet/callsign.ts'
import { Fleet } from '../../../web/fleet/fleet.ts'
import { reckon, reckoned } from '../../../web/fleet/motion.ts'
import { angleBetween, EARTH_RADIUS_M, latitudeOf, longitudeOf } from '../../../web/geo/sphere.ts'

const START = 1_750_000_000_000
const ONE = Uint32Array.of(0)

interface Fix {
  lat: number
  lon: number
  headingDeg?: number
  velocityMps?: number
  altitudeM?: number
}

function tableWith(fix: Fix, timeMs: number, icao24 = 'abc123') {
  const table = createFlightTable(4)
  table.present[0] = 1
  table.highWater = table.count = 1
  table.icao24[0] = icao24
  return moved(table, fix, timeMs)
}

function moved(table: ReturnType<typeof createFlightTable>, fix: Fix, timeMs: number) {
  table.lat[0] = fix.lat
  table.lon[0] = fix.lon
  table.headingDeg[0] = fix.headingDeg ?? Number.NaN
  table.velocityMps[0] = fix.velocityMps ?? Number.NaN
  table.altitudeM[0] = fix.altitudeM ?? 10_000
  table.timePositionMs[0] = table.lastContactMs[0] = timeMs
  return table
}

const shownAt = (fleet: Fleet, timeMs: number) => {
  const out = reckoned()
  reckon(fleet.data, 0, fleet.secondsOf(timeMs), out)
  return out
}

const fixes = fc.record({
  lat: fc.double({ min: -89, max: 89, noNaN: true }),
  lon: fc.double({ min: -180, max: 180, noNaN: true }),
  headingDeg: fc.double({ min: 0, max: 360, noNaN: true }),
  velocityMps: fc.double({ min: 0, max: 320, noNaN: true }),
})

describe('the fleet', () => {
  test('carries an aircraft on over the antimeridian', () => {
    const fleet = new Fleet()
    fleet.replace(tableWith({ lat: 10, lon: 179.99, headingDeg: 90, velocityMps: 250 }, START), START)
    const after = shownAt(fleet, START + 20_000)
    expect(longitudeOf(after.direction)).toBeCloseTo(-179.9643, 3)
    expect(latitudeOf(after.direction)).toBeCloseTo(10, 2)
  })

  test('carries an aircraft on over the pole, and its nose then points south', () => {
    const fleet = new Fleet()
    fleet.replace(tableWith({ lat: 89.99, lon: 0, headingDeg: 0, velocityMps: 250 }, START), START)
    const after = shownAt(fleet, START + 20_000)
    expect(latitudeOf(after.direction)).toBeCloseTo(89.965, 2)
    expect(Math.abs(longitudeOf(after.direction))).toBeCloseTo(180, 0)
    expect(after.course[1]).toBeLessThan(0)
  })

  test('shows no jump when a fix corrects the course, and reaches the new course soon', () => {
    fc.assert(
      fc.property(fixes, fc.double({ min: -0.02, max: 0.02, noNaN: true }), (fix, off) => {
        const fleet = new Fleet()
        const table = tableWith(fix, START)
        fleet.replace(table, START)
        const before = shownAt(fleet, START + 5000)
        const corrected = {
          ...fix,
          lat: Math.max(-89.5, Math.min(89.5, fix.lat + off)),
          headingDeg: (fix.headingDeg + 40) % 360,
        }
        fleet.change(moved(table, corrected, START + 4000), ONE, 1, START + 5000)
        const after = shownAt(fleet, START + 5000)
        expect(angleBetween(before.direction, after.direction) * EARTH_RADIUS_M).toBeLessThan(2)
        expect(angleBetween(before.course, after.course)).toBeLessThan(1e-3)

        const fresh = new Fleet()
        fresh.replace(tableWith(corrected, START + 4000), START + 5000)
        const settled = angleBetween(shownAt(fleet, START + 15_000).direction, shownAt(fresh, START + 15_000).direction)
        expect(settled * EARTH_RADIUS_M).toBeLessThan(2)
      }),
    )
  })

  test('eases at any rate of fixes alike: ten small corrections end where one does', () => {
    const fix = { lat: 40, lon: -74, headingDeg: 45, velocityMps: 200 }
    const [often, once] = [new Fleet(), new Fleet()]
    for (const fleet of [often, once]) fleet.replace(tableWith(fix, START), START)
    const table = tableWith({ ...fix, lat: 40.01 }, START)
    for (let i = 0; i < 10; i++) often.change(table, ONE, 1, START + i * 200)
    once.change(table, ONE, 1, START)
    const apart = angleBetween(shownAt(often, START + 2000).direction, shownAt(once, START + 2000).direction)
    expect(apart * EARTH_RADIUS_M).toBeLessThan(2)
  })

  test('lets an aircraft that is suddenly elsewhere appear there instead of sliding over the map', () => {
    const fleet = new Fleet()
    const table = tableWith({ lat: 40, lon: -74, headingDeg: 0, velocityMps: 200 }, START)
    fleet.replace(table, START)
    fleet.change(moved(table, { lat: 50, lon: 8 }, START + 1000), ONE, 1, START + 1000)
    expect(latitudeOf(shownAt(fleet, START + 1000).direction)).toBeCloseTo(50, 4)
  })

  test('stops carrying an aircraft on a minute after its last fix', () => {
    const fleet = new Fleet()
    fleet.replace(tableWith({ lat: 0, lon: 0, headingDeg: 90, velocityMps: 200 }, START), START)
    const atMinute = shownAt(fleet, START + 60_000)
    expect(angleBetween(atMinute.direction, shownAt(fleet, START + 600_000).direction)).toBe(0)
  })

  test('keeps its precision through days of stream time', () => {
    const fleet = new Fleet()
    const fix = { lat: 40, lon: -74, headingDeg: 90, velocityMps: 250 }
    const table = tableWith(fix, START)
    fleet.replace(table, START)
    let now = START
    for (let hour = 0; hour < 72; hour++) {
      now += 3_601_000
      fleet.prepare(now)
    }
    fleet.change(moved(table, fix, now), ONE, 1, now)
    const moves = [0, 16, 32, 48].map((ms) => shownAt(fleet, now + 20_000 + ms))
    const metres = moves.slice(1).map((at, i) => angleBetween(at.direction, moves[i]!.direction) * EARTH_RADIUS_M)
    for (const each of metres) expect(each).toBeCloseTo(4, 0)
  })

  test('keeps the trail of an aircraft that changes its slot in a new snapshot', () => {
    const fleet = new Fleet()
    const table = tableWith({ lat: 40, lon: -74 }, START)
    fleet.replace(table, START)
    fleet.change(moved(table, { lat: 40.01, lon: -74 }, START + 10_000), ONE, 1, START + 10_000)
    const later = createFlightTable(4)
    later.present[2] = 1
    later.highWater = 3
    later.count = 1
    for (const name of ['lat', 'lon', 'altitudeM', 'timePositionMs', 'lastContactMs'] as const)
      later[name][2] = table[name][0]!
    later.icao24[2] = 'abc123'
    fleet.replace(later, START + 11_000)
    expect(fleet.isPresent(0)).toBe(false)
    expect(fleet.trails.length[2]).toBe(2)
  })

  test('forgets an aircraft that is removed, and shows its slot anew for the next', () => {
    const fleet = new Fleet()
    fleet.replace(tableWith({ lat: 40, lon: -74 }, START), START)
    fleet.remove(ONE, 1)
    expect(fleet.highWater).toBe(0)
    fleet.change(tableWith({ lat: 40.001, lon: -74 }, START + 1000, 'def456'), ONE, 1, START + 1000)
    expect(latitudeOf(shownAt(fleet, START + 1000).direction)).toBeCloseTo(40.001, 5)
    expect(fleet.trails.length[0]).toBe(1)
  })
})

test('a label is packed into floats without loss', () => {
  const out = new Float32Array(2)
  packLabel('UAL1234', out, 0)
  const codes = [...out].flatMap((word) => [18, 12, 6, 0].map((shift) => (word >> shift) & 63))
  expect(codes).toEqual([21, 1, 12, 28, 29, 30, 31, 0])
})
