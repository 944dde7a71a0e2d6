import { describe, expect, test } from 'vitest'
import { LaneCounts } from '../../../actors/dedupe/lane-counts.ts'
import { BarrierTotals } from '../../../actors/sink/barrier-totals.ts'
import { Count, Frame, NO_BARRIER, readBarrier } from '../../../engine/records/index.ts'
import { barrierOf, laneOf } from './lane-batches.ts'

/** Two lanes that count, and the totals that barriers make of it. */
function counting(last = NO_BARRIER) {
  const lanes = [new LaneCounts(), new LaneCounts()]
  const totals = new BarrierTotals(last)
  let number = last.number
  return {
    lanes,
    /** What a barrier over these sources says that goes to disk now. */
    barrier(sourceIds: number[]) {
      number++
      const staged = lanes.map((counts) => {
        const frame = barrierOf(number, sourceIds)
        counts.moveInto(frame)
        return laneOf([], frame)
      })
      const { staging } = staged[0]!
      const frame = new Frame(staging.memory).at(staging.barrierStart)
      totals.writeInto(frame, staged)
      return readBarrier(frame)
    },
  }
}

const countsOf = (barrier: ReturnType<typeof readBarrier>, source: number) => {
  const { counts } = barrier.sources.get(source)!
  return [counts[Count.accepted], counts[Count.duplicate], counts[Count.late], counts[Count.deadLetteredByLanes]]
}

describe('the counts in a barrier', () => {
  test('are those of all lanes since the beginning, source by source', () => {
    const { lanes, barrier } = counting()
    lanes[0]!.add(1, Count.accepted)
    lanes[1]!.add(1, Count.accepted)
    lanes[1]!.add(2, Count.late)
    const first = barrier([1, 2])
    expect([countsOf(first, 1), countsOf(first, 2)]).toEqual([
      [2, 0, 0, 0],
      [0, 0, 1, 0],
    ])
    lanes[0]!.add(1, Count.duplicate)
    lanes[0]!.add(1, Count.deadLetteredByLanes)
    const second = barrier([1, 2])
    expect([countsOf(second, 1), countsOf(second, 2)]).toEqual([
      [2, 1, 0, 1],
      [0, 0, 1, 0],
    ])
  })

  test('go on from the last barrier on disk', () => {
    const before = counting()
    before.lanes[0]!.add(1, Count.accepted)
    const last = before.barrier([1])
    const { lanes, barrier } = counting(last)
    lanes[1]!.add(1, Count.accepted)
    expect(countsOf(barrier([1]), 1)).toEqual([2, 0, 0, 0])
  })

  test('begin at nothing for a source that is new', () => {
    const { barrier } = counting(counting().barrier([1]))
    expect(countsOf(barrier([1, 7]), 7)).toEqual([0, 0, 0, 0])
  })
})
