/** What a lane has counted since its last barrier, by source; added to the barrier's counts as it passes. */
import { COUNT_SLOTS, type Count, type Frame, forEachCounts, LANE_COUNTS } from '../../engine/records/index.ts'

type CountSlot = (typeof Count)[keyof typeof Count]

export class LaneCounts {
  /** By source id and count slot. */
  readonly #bySource: Float64Array[] = []

  add(sourceId: number, count: CountSlot): void {
    const counts = (this.#bySource[sourceId] ??= new Float64Array(COUNT_SLOTS))
    counts[count]! += 1
  }

  /** Writes the differences into a barrier and starts again at zero. */
  moveInto(barrier: Frame): void {
    const { f64 } = barrier.memory
    forEachCounts(barrier, (sourceId, offset) => {
      const counts = this.#bySource[sourceId]
      for (const count of LANE_COUNTS) f64[(offset >> 3) + count] = counts?.[count] ?? 0
      counts?.fill(0)
    })
  }
}
