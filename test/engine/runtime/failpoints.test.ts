/** Some of the failpoint matrix, which test/chaos runs in full. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { FrameMemory } from '../../../engine/memory/frame-memory.ts'
import { Frame, FrameKind, type FrameKindCode, HEADER_BYTES } from '../../../engine/records/index.ts'
import { Failpoints } from '../../../engine/runtime/failpoints.ts'
import { type Cell, type Material, Reference } from '../../chaos/failpoint-matrix.ts'

const CELLS: readonly (Cell & { material: Material })[] = [
  { material: 'events', point: 'source.beforePublish', action: 'exit' },
  { material: 'flights', point: 'source.handler', action: 'throw' },
  { material: 'events', point: 'shard.handler', action: 'hang' },
  { material: 'flights', point: 'shard.beforeBarrier', action: 'terminate' },
  { material: 'flights', point: 'dedupe.afterPublish', action: 'throw' },
  { material: 'events', point: 'journal.inCommit', action: 'exit' },
  { material: 'flights', point: 'journal.afterCommit', action: 'throw' },
  { material: 'events', point: 'journal.beforeRelease', action: 'terminate' },
]

describe('an engine whose actors fail twice in a row', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'skein-failpoints-'))
  afterAll(() => rmSync(scratch, { recursive: true }))
  const references = { events: new Reference(scratch, 'events'), flights: new Reference(scratch, 'flights') }

  test.for(CELLS)('leaves no trace of it in a log of $material, at $point: $action', (cell) =>
    references[cell.material].expectNoTrace(cell),
  )

  test('makes a dead letter of the record that fails its handler every time, and loses nothing else', () =>
    references.events.expectOnlyPoison({ point: 'dedupe.handler', action: 'throw' }, 12_345))
})

describe('a failpoint', () => {
  test('lets hits pass, strikes as often as it is told, and lets hits pass between', () => {
    const failpoints = Failpoints.create()
    failpoints.arm('shard.handler', 'throw', { skip: 2, times: 3, apart: 1 })
    const struck = Array.from({ length: 10 }, () => isStruck(failpoints, null))
    expect(struck.map(Number).join('')).toBe('0010101000')
  })

  test('of a position strikes the record there, by whatever verdict, and nothing else', () => {
    const failpoints = Failpoints.create()
    failpoints.arm('shard.handler', 'throw', { position: 7, times: 100 })
    const kinds = [FrameKind.record, FrameKind.duplicate, FrameKind.late]
    for (const kind of kinds) expect(isStruck(failpoints, frameOf(kind, 7))).toBe(true)
    expect(isStruck(failpoints, frameOf(FrameKind.record, 8))).toBe(false)
    expect(isStruck(failpoints, frameOf(FrameKind.deadLetter, 7))).toBe(false)
    expect(isStruck(failpoints, null)).toBe(false)
  })

  test('does nothing where failpoints are off', () => {
    expect(isStruck(new Failpoints(null), null)).toBe(false)
  })
})

function isStruck(failpoints: Failpoints, frame: Frame | null): boolean {
  try {
    failpoints.hit('shard.handler', frame)
    return false
  } catch {
    return true
  }
}

function frameOf(kind: FrameKindCode, position: number): Frame {
  const frame = new Frame(FrameMemory.allocate(HEADER_BYTES))
  frame.start(HEADER_BYTES, kind, 0)
  frame.position = position
  return frame
}
