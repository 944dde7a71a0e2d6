import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mergeLanes } from '../../../actors/sink/merge-lanes.ts'
import { BatchBuffer } from '../../../engine/log/batch-buffer.ts'
import { barrierNumber, Frame, FrameKind } from '../../../engine/records/index.ts'
import { barrierOf, framesIn, laneOf, type MadeFrame } from './lane-batches.ts'

function merged(...lanes: MadeFrame[][]): MadeFrame[] {
  const batch = new BatchBuffer(1024)
  mergeLanes(
    lanes.map((frames) => laneOf(frames)),
    batch,
  )
  return framesIn(batch)
}

const { record, removal } = FrameKind

describe('lanes are merged', () => {
  test('by sequence number', () => {
    const sequences = merged(
      [2, 5, 6].map((sequence) => ({ sequence, key: 'a' })),
      [1, 3, 9].map((sequence) => ({ sequence, key: 'b' })),
      [],
    ).map(({ sequence }) => sequence)
    expect(sequences).toEqual([1, 2, 3, 5, 6, 9])
  })

  test('with what one tick of the clock removes in the order of the keys, whichever lanes they are in', () => {
    const gone = (key: string) => ({ sequence: 7, key, kind: removal })
    expect(merged([gone('a'), gone('d')], [gone('b'), gone('c'), gone('e')]).map(({ key }) => key)).toEqual([
      ...'abcde',
    ])
  })

  test('with a removal before the record that brought it about', () => {
    const lane = [
      { sequence: 7, key: 'a', kind: removal },
      { sequence: 7, key: 'a', kind: record },
    ]
    expect(merged([{ sequence: 6, key: 'b' }], lane, [{ sequence: 8, key: 'c' }]).map(({ kind }) => kind)).toEqual([
      record,
      removal,
      record,
      record,
    ])
  })

  test('and end in one barrier', () => {
    const batch = new BatchBuffer(1024)
    const lanes = [laneOf([{ sequence: 1, key: 'a' }], barrierOf(9, [1])), laneOf([], barrierOf(9, [1]))]
    mergeLanes(lanes, batch)
    expect(batch.frames).toBe(2)
    expect(barrierNumber(new Frame(batch.memory).at(batch.barrierStart))).toBe(9)
  })

  test('into the same for any number of them', () => {
    const key = fc.constantFrom(...'abcdefgh')
    const ticks = fc.array(fc.oneof(key, fc.uniqueArray(key, { minLength: 1, maxLength: 5 })), { maxLength: 40 })
    fc.assert(
      fc.property(ticks, fc.integer({ min: 1, max: 5 }), (stream, lanes) => {
        // A tick is a record of one key, or the removal of several.
        const frames = stream.flatMap((tick, sequence): MadeFrame[] =>
          typeof tick === 'string'
            ? [{ sequence, key: tick, kind: record }]
            : tick.toSorted().map((key) => ({ sequence, key, kind: removal })),
        )
        const laneOfKey = (key: string) => key.charCodeAt(0) % lanes
        const split = Array.from({ length: lanes }, (_, lane) => frames.filter(({ key }) => laneOfKey(key) === lane))
        expect(merged(...split)).toEqual(frames)
      }),
    )
  })
})
