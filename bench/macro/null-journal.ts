/** A journal without a disk: takes the lanes' frames, and says of each barrier that it is committed. Measures what comes before it. */

import { LaneIntake } from '../../actors/sink/lane-intake.ts'
import { BatchBuffer } from '../../engine/log/batch-buffer.ts'
import { barrierNumber, Frame, forEachRingPosition } from '../../engine/records/index.ts'
import { type ActorContext, type BlockingActor, defineActor } from '../../engine/runtime/actor.ts'
import { SHARD } from '../../engine/runtime/memory-map.ts'

function nullJournal(context: ActorContext<null>): BlockingActor {
  const lanes = context.inputs.map((input) => new LaneIntake(input, new BatchBuffer(), context))
  const rings = new Map(context.sources.map((source) => [source.id, source.ring]))
  let isDraining = false
  return {
    step() {
      let worked = false
      for (const lane of lanes) worked = lane.read() || worked
      if (!lanes.every((lane) => lane.hasBarrier)) return worked
      const { staging } = lanes[0]!
      const barrier = new Frame(staging.memory).at(staging.barrierStart)
      forEachRingPosition(barrier, (id, position) => rings.get(id)?.release(position))
      context.committed.publish(
        { position: 0, barrier: barrierNumber(barrier), sequence: barrier.sequence, clock: barrier.clock },
        0,
      )
      context.bells.ring(SHARD)
      for (const lane of lanes) lane.startAnew()
      return true
    },
    hasWork: () => lanes.some((lane) => lane.hasWork),
    drain() {
      isDraining = true
    },
    get isDone() {
      return isDraining && context.upstreamIsDone()
    },
  }
}

export default defineActor<null>({ kind: 'null-journal', blocking: true, setup: nullJournal })
