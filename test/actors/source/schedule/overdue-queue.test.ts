import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NONE, OverdueQueue } from '../../../../actors/source/schedule/overdue-queue.ts'

const TARGETS_MS = [10, 14, 40, 300]
const TILES = 20

type Step =
  | { action: 'touch' | 'setLevel'; tile: number; value: number }
  | { action: 'remove' | 'add'; tile: number }
  | { action: 'touchAll'; tiles: number[]; value: number }

const tile = fc.integer({ min: 0, max: TILES - 1 })
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ action: fc.constant('touch' as const), tile, value: fc.integer({ min: 0, max: 500 }) }),
  fc.record({ action: fc.constant('setLevel' as const), tile, value: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ action: fc.constantFrom('remove' as const, 'add' as const), tile }),
  fc.record({
    action: fc.constant('touchAll' as const),
    tiles: fc.array(tile, { maxLength: 12 }),
    value: fc.integer({ min: 0, max: 500 }),
  }),
)

describe('the overdue queue', () => {
  test('gives the tile that waits longest for its target', () => {
    const queue = new OverdueQueue(3, TARGETS_MS, 0, 0)
    queue.setLevel(1, 2)
    queue.touch(0, 90)
    queue.touch(2, 95)
    expect(queue.most(100), '1.0 against 2.5 and 0.5').toBe(1)
    expect(queue.most(200), '11 against 5 and 10.5').toBe(0)
  })

  test('gives of tiles that wait alike the first', () => {
    expect(new OverdueQueue(5, TARGETS_MS, 1, 0).most(50)).toBe(0)
  })

  test('gives none when all are out', () => {
    const queue = new OverdueQueue(2, TARGETS_MS, 0, 0)
    queue.remove(0)
    queue.remove(1)
    queue.remove(1)
    expect(queue.most(10)).toBe(NONE)
  })

  test('agrees with a look at every tile, whatever happened before', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const queue = new OverdueQueue(TILES, TARGETS_MS, 3, 0)
        const model = Array.from({ length: TILES }, () => ({ asked: 0, level: 3, isIn: true }))
        for (const s of steps) {
          if (s.action === 'touchAll') {
            queue.touchAll(Int32Array.from(s.tiles), 0, s.tiles.length, s.value)
            for (const i of s.tiles) model[i]!.asked = Math.max(model[i]!.asked, s.value)
            continue
          }
          const known = model[s.tile]!
          if (s.action === 'touch') queue.touch(s.tile, (known.asked = s.value))
          else if (s.action === 'setLevel') queue.setLevel(s.tile, (known.level = s.value))
          else if (s.action === 'remove') queue.remove(s.tile)
          else queue.add(s.tile)
          if (s.action === 'remove' || s.action === 'add') known.isIn = s.action === 'add'
        }
        const now = 600
        const overdue = model.map(({ asked, level, isIn }) => (isIn ? (now - asked) * (1 / TARGETS_MS[level]!) : -1))
        const most = queue.most(now)
        expect(most === NONE ? -1 : overdue[most]).toBe(Math.max(...overdue))
        for (const [i, { isIn }] of model.entries()) {
          expect(queue.has(i)).toBe(isIn)
          expect(queue.rates[i]! > 0).toBe(isIn)
        }
      }),
      { numRuns: 500 },
    )
  })
})
