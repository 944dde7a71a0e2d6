/** Turns the lanes' differences into totals, source by source, in the barrier that goes to disk. */
import type { BatchBuffer } from '../../engine/log/batch-buffer.ts'
import { type Barrier, COUNT_SLOTS, Frame, forEachCounts, LANE_COUNTS } from '../../engine/records/index.ts'

interface Lane {
  readonly staging: BatchBuffer
}

export class BarrierTotals {
  /** By source id and count slot. */
  readonly #totals = new Map<number, Float64Array>()

  /** Goes on from the last barrier on disk. */
  constructor(last: Barrier) {
    for (const [sourceId, state] of last.sources) this.#totals.set(sourceId, state.counts.slice())
  }

  /** Adds what the barrier says in each lane and writes the totals into `barrier`, which may be one of the lanes' own. */
  writeInto(barrier: Frame, lanes: readonly Lane[]): void {
    for (const { staging } of lanes) {
      const frame = new Frame(staging.memory).at(staging.barrierStart)
      const { f64 } = frame.memory
      forEachCounts(frame, (sourceId, offset) => {
        const totals = this.#totalsOf(sourceId)
        for (const count of LANE_COUNTS) totals[count]! += f64[(offset >> 3) + count]!
      })
    }
    const { f64 } = barrier.memory
    forEachCounts(barrier, (sourceId, offset) => {
      const totals = this.#totalsOf(sourceId)
      for (const count of LANE_COUNTS) f64[(offset >> 3) + count] = totals[count]!
    })
  }

  #totalsOf(sourceId: number): Float64Array {
    let totals = this.#totals.get(sourceId)
    if (totals === undefined) this.#totals.set(sourceId, (totals = new Float64Array(COUNT_SLOTS)))
    return totals
  }
}
