/**
 * Brings a lane's table back to the last barrier on disk: the newest snapshot, then the log after it.
 *
 * Each frame in the log tells what it did to the table when it was judged, so nothing is judged again: an accepted record
 * set the accepted time, every record was a mention, a removal removed.
 */
import { LogReader } from '../../engine/log/reader.ts'
import { FrameMemory } from '../../engine/memory/frame-memory.ts'
import { ABSENT, type KeyTable } from '../../engine/memory/table.ts'
import { Frame, FrameKind } from '../../engine/records/index.ts'
import type { ActorContext } from '../../engine/runtime/actor.ts'
import { schemaById } from '../../schemas/registry.ts'

export function rebuild(table: KeyTable, context: ActorContext<unknown>): void {
  const lastBarrier = context.barrier.number
  if (lastBarrier === 0) return
  const log = LogReader.open(context.directory, 'oldest')
  const frame = new Frame(FrameMemory.allocate(0))
  let barrier = 0
  while (barrier < lastBarrier) {
    const batch = log.next()
    if (batch === null) break
    for (let offset = batch.start; offset < batch.barrierStart; offset += frame.stride) {
      replay(table, frame.over(batch.memory, offset), context)
    }
    barrier = batch.lastBarrier
    context.status.beat()
  }
  log.close()
}

function replay(table: KeyTable, frame: Frame, { lane, lanes }: ActorContext<unknown>): void {
  const { kind } = frame
  if (kind === FrameKind.deadLetter) return
  const schema = schemaById(frame.schemaId)
  if (schema === undefined || !schema.deduplicated || (frame.keyHash >>> 0) % lanes !== lane) return
  const start = schema.key.startOf(frame)
  const length = schema.key.lengthOf(frame)
  let slot = table.find(frame.memory.u8, start, length, frame.keyHash, frame.schemaId)
  if (kind === FrameKind.removal) {
    if (slot !== ABSENT) table.remove(slot)
    return
  }
  if (slot === ABSENT) slot = table.insert(frame.memory.u8, start, length, frame.keyHash, frame.schemaId)
  if (slot < 0) return // it did not fit then either
  if (kind === FrameKind.record) table.acceptedMs[slot] = frame.time
  table.touch(slot, frame.clock)
}
