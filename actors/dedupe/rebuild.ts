/**
 * Brings a lane's table back to the last barrier on disk: the newest snapshot, then the log after it.
 *
 * Each frame in the log tells what it did to the table when it was judged, so nothing is judged again: an accepted record
 * set the accepted time, every record was a mention, a removal removed.
 */
import { LogReader, type LogStart, locate, logIdOf, newestSnapshot } from '../../engine/log/index.ts'
import { FrameMemory } from '../../engine/memory/frame-memory.ts'
import { ABSENT, type KeyTable } from '../../engine/memory/table.ts'
import { Frame, FrameKind, hashKey, laneOf } from '../../engine/records/index.ts'
import type { ActorContext } from '../../engine/runtime/actor.ts'
import { schemaById } from '../../schemas/registry.ts'
import type { Witnesses } from './witnesses.ts'

export function rebuild(table: KeyTable, witnesses: Witnesses, context: ActorContext<unknown>): void {
  const lastBarrier = context.barrier.number
  if (lastBarrier === 0) return
  const log = LogReader.open(context.directory, restore(table, witnesses, context))
  const frame = new Frame(FrameMemory.allocate(0))
  for (let barrier = 0; barrier < lastBarrier; ) {
    const batch = log.next()
    if (batch === null) break
    for (let offset = batch.start; offset < batch.barrierStart; offset += frame.stride) {
      replay(table, witnesses, frame.over(batch.memory, offset), context)
    }
    barrier = batch.lastBarrier
    context.status.beat()
  }
  log.close()
}

/** Takes this lane's keys from the newest snapshot, oldest mention first; returns where the log goes on behind it. */
function restore(table: KeyTable, witnesses: Witnesses, context: ActorContext<unknown>): LogStart {
  const { directory, log, status, lane, lanes } = context
  const logId = logIdOf(directory)
  if (logId === null) return 'oldest'
  const snapshot = newestSnapshot(directory, {
    logId,
    atMost: locate(directory, 'end').position,
    onUnusable: (error) => log.warn('a snapshot is passed over', { error }),
  })
  if (snapshot === null) return 'oldest'
  snapshot.forEachKey((schemaId, { u8 }, start, length, acceptedMs, mentionMs) => {
    const hash = hashKey(u8, start, start + length)
    if (laneOf(hash, lanes) !== lane) return
    const slot = table.insert(u8, start, length, hash, schemaId)
    if (slot < 0) return // more lanes than now had room for more keys
    table.acceptedMs[slot] = acceptedMs
    table.touch(slot, mentionMs)
    witnesses.restore(slot, mentionMs)
  })
  status.beat()
  snapshot.close()
  return { position: snapshot.position }
}

function replay(table: KeyTable, witnesses: Witnesses, frame: Frame, { lane, lanes }: ActorContext<unknown>): void {
  const { kind } = frame
  if (kind === FrameKind.deadLetter) return
  const schema = schemaById(frame.schemaId)
  if (schema === undefined || !schema.deduplicated || laneOf(frame.keyHash, lanes) !== lane) return
  const start = schema.key.startOf(frame)
  const length = schema.key.lengthOf(frame)
  let slot = table.find(frame.memory.u8, start, length, frame.keyHash, frame.schemaId)
  if (kind === FrameKind.removal) {
    if (slot !== ABSENT) table.remove(slot)
    return
  }
  if (slot === ABSENT) {
    slot = table.insert(frame.memory.u8, start, length, frame.keyHash, frame.schemaId)
    if (slot < 0) return // it did not fit then either
    witnesses.start(slot)
  }
  witnesses.note(slot, frame.sourceId, frame.clock, table.mentionMs[slot]!)
  if (kind === FrameKind.record) table.acceptedMs[slot] = frame.time
  table.touch(slot, frame.clock)
}
