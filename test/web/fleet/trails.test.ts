import { describe, expect, test } from 'vitest'
import { FLOATS_PER_AIRCRAFT } from '../../../web/fleet/layout.ts'
import { POINTS_PER_TRAIL, Trails } from '../../../web/fleet/trails.ts'

const fixAt = (x: number, seconds: number) => {
  const fleet = new Float32Array(FLOATS_PER_AIRCRAFT)
  const z = Math.sqrt(1 - x * x)
  fleet.set([x, 0, z, seconds])
  return fleet
}

describe('a trail', () => {
  test('keeps positions some seconds apart, whatever the feed sends', () => {
    const trails = new Trails(1)
    const kept = Array.from({ length: 100 }, (_, i) => trails.append(0, fixAt(i * 1e-6, i * 0.2), 0))
    expect(kept.filter(Boolean)).toHaveLength(5)
  })

  test('holds the newest positions when it is full', () => {
    const trails = new Trails(1)
    for (let i = 0; i < POINTS_PER_TRAIL + 10; i++) trails.append(0, fixAt(i * 1e-5, i * 10), 0)
    expect(trails.length[0]).toBe(POINTS_PER_TRAIL)
    const times = Array.from({ length: POINTS_PER_TRAIL }, (_, i) => trails.points[i * 4 + 3]!)
    expect(Math.min(...times)).toBe(100)
  })

  test('starts anew after a silence or an impossible leap', () => {
    const trails = new Trails(1)
    trails.append(0, fixAt(0, 0), 0)
    trails.append(0, fixAt(1e-4, 10), 0)
    trails.append(0, fixAt(2e-4, 200), 0)
    expect(trails.length[0]).toBe(1)
    trails.append(0, fixAt(0.3, 210), 0)
    expect(trails.length[0]).toBe(1)
  })

  test('puts the altitude into the length of the vector', () => {
    const trails = new Trails(1)
    trails.append(0, fixAt(0, 0), 6371.0088)
    expect(Math.hypot(...trails.points.subarray(0, 3))).toBeCloseTo(1.001, 6)
  })
})
