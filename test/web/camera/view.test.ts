import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { frameFleet, globeDistance } from '../../../web/camera/framing.ts'
import { CameraRig } from '../../../web/camera/rig.ts'
import { View } from '../../../web/camera/view.ts'
import { createFlightTable } from '../../../web/client/flight-table.ts'
import { directionOf, latitudeOf, longitudeDelta, longitudeOf, vector } from '../../../web/geo/sphere.ts'

const poses = fc.record({
  lat: fc.double({ min: -80, max: 80, noNaN: true }),
  lon: fc.double({ min: -180, max: 180, noNaN: true }),
  distance: fc.double({ min: 0.001, max: 4, noNaN: true }),
  tiltDeg: fc.double({ min: 0, max: 60, noNaN: true }),
  bearingDeg: fc.double({ min: -180, max: 180, noNaN: true }),
})

function viewOf(pose: Parameters<View['place']>[0], width = 1440, height = 900): View {
  const view = new View()
  view.resize(width, height)
  view.place(pose)
  return view
}

function fleetAround(lat: number, lon: number, spreadDeg: number) {
  const table = createFlightTable(64)
  table.highWater = table.count = 64
  for (let slot = 0; slot < 64; slot++) {
    table.present[slot] = 1
    table.lat[slot] = lat + ((slot % 8) / 7 - 0.5) * spreadDeg
    table.lon[slot] = ((lon + (Math.floor(slot / 8) / 7 - 0.5) * spreadDeg + 540) % 360) - 180
  }
  return table
}

describe('the view', () => {
  test('has its target in the middle of the picture', () => {
    fc.assert(
      fc.property(poses, (pose) => {
        const view = viewOf(pose)
        const pixel = [0, 0]
        expect(view.project(view.target, 1, pixel)).toBe(true)
        expect(pixel[0]).toBeCloseTo(720, 3)
        expect(pixel[1]).toBeCloseTo(450, 3)
      }),
    )
  })

  test('finds the ground under a pixel that projects to that pixel', () => {
    fc.assert(
      fc.property(poses, fc.nat(1440), fc.nat(900), (pose, x, y) => {
        const view = viewOf(pose)
        const ground = vector()
        if (!view.groundAt(x, y, ground)) return
        const pixel = [0, 0]
        view.project(ground, 1, pixel)
        expect(pixel[0]).toBeCloseTo(x, 2)
        expect(pixel[1]).toBeCloseTo(y, 2)
      }),
    )
  })

  test('does not see the far side of the globe', () => {
    const view = viewOf({ lat: 0, lon: 0, distance: 2.7, tiltDeg: 0, bearingDeg: 0 })
    const behind = vector()
    directionOf(0, 180, behind)
    expect(view.project(behind, 1, [0, 0])).toBe(false)
  })
})

describe('framing', () => {
  test('looks at the middle of the fleet from where nine in ten aircraft are in the picture', () => {
    for (const [width, height] of [
      [1440, 900],
      [390, 844],
    ] as const) {
      const table = fleetAround(40.8, -74, 1)
      const view = viewOf({ lat: 0, lon: 0, distance: 3, tiltDeg: 0, bearingDeg: 0 }, width, height)
      const pose = frameFleet(table, view)!
      view.place(pose)
      const direction = vector()
      let seen = 0
      for (let slot = 0; slot < 64; slot++) {
        directionOf(table.lat[slot]!, table.lon[slot]!, direction)
        const pixel = [0, 0]
        if (
          view.project(direction, 1, pixel) &&
          pixel[0]! > 0 &&
          pixel[0]! < width &&
          pixel[1]! > 0 &&
          pixel[1]! < height
        )
          seen++
      }
      expect(seen).toBeGreaterThanOrEqual(0.9 * 64)
      expect(pose.lat).toBeCloseTo(40.8, 1)
    }
  })

  test('finds the middle of a fleet that straddles the antimeridian', () => {
    const view = viewOf({ lat: 0, lon: 0, distance: 3, tiltDeg: 0, bearingDeg: 0 })
    const pose = frameFleet(fleetAround(-18, 180, 4), view)!
    expect(Math.abs(longitudeDelta(180, pose.lon))).toBeLessThan(0.1)
  })

  test('shows the whole globe for a fleet all over the world, and has no pose for an empty one', () => {
    const view = viewOf({ lat: 0, lon: 0, distance: 3, tiltDeg: 0, bearingDeg: 0 })
    expect(frameFleet(fleetAround(0, 0, 150), view)!.distance).toBe(globeDistance(view))
    expect(frameFleet(createFlightTable(1), view)).toBeNull()
  })
})

describe('the camera', () => {
  test('keeps the point under the cursor in place while zooming', () => {
    const rig = new CameraRig({ lat: 40, lon: -74, distance: 0.02, tiltDeg: 0, bearingDeg: 0 })
    rig.reducedMotion = true
    const view = viewOf(rig.pose)
    const ground = vector()
    view.groundAt(1000, 300, ground)
    rig.turn(0, 0.001)
    rig.zoom(0.7, latitudeOf(ground), longitudeOf(ground))
    rig.step(1)
    view.place(rig.pose)
    const pixel = [0, 0]
    view.project(ground, 1, pixel)
    expect(Math.hypot(pixel[0]! - 1000, pixel[1]! - 300)).toBeLessThan(12)
  })

  test('arrives where it flies to, over the antimeridian the short way', () => {
    const rig = new CameraRig({ lat: 0, lon: 170, distance: 1, tiltDeg: 0, bearingDeg: 0 })
    rig.flyTo({ lat: 10, lon: -170, distance: 0.1, tiltDeg: 30, bearingDeg: 0 }, 1)
    for (let i = 0; i < 30; i++) {
      rig.step(1 / 30)
      expect(Math.abs(longitudeDelta(180, rig.pose.lon))).toBeLessThan(11)
    }
    rig.step(0.1)
    expect(rig.flying).toBe(false)
    expect(rig.pose.lat).toBeCloseTo(10, 6)
    expect(rig.pose.distance).toBeCloseTo(0.1, 6)
  })

  test('stops its flight when a hand takes over', () => {
    const rig = new CameraRig({ lat: 0, lon: 0, distance: 1, tiltDeg: 0, bearingDeg: 0 })
    rig.flyTo({ lat: 40, lon: 40, distance: 0.1, tiltDeg: 0, bearingDeg: 0 }, 2)
    rig.step(0.5)
    const { lat } = rig.pose
    rig.pan(0, 0)
    rig.step(1)
    expect(rig.pose.lat).toBeCloseTo(lat, 6)
  })
})
