/** Writes the snapshot that stands for the first half of a log's batches; none where there is only one. */
import { SnapshotState } from '../../../actors/sink/snapshot-state.ts'
import { LogReader, logIdOf, SnapshotWriter } from '../../../engine/log/index.ts'
import { FrameMemory } from '../../../engine/memory/frame-memory.ts'
import { Frame } from '../../../engine/records/index.ts'
import { readLog } from './log-content.ts'

export function writeSnapshotOfHalf(directory: string): void {
  const half = Math.floor(readLog(directory).barriers / 2)
  if (half === 0) return
  const state = new SnapshotState({ capacity: 1000, maxKeyBytes: 16 })
  const log = LogReader.open(directory, 'oldest')
  const frame = new Frame(FrameMemory.allocate(0))
  for (let batches = 1; ; batches++) {
    const batch = log.next()!
    for (let offset = batch.start; offset < batch.barrierStart; offset += frame.stride)
      state.apply(frame.over(batch.memory, offset))
    if (batches < half) continue
    const barrier = frame.over(batch.memory, batch.barrierStart)
    const writer = new SnapshotWriter(directory, { logId: logIdOf(directory)!, position: batch.endPosition, barrier })
    state.save(writer, () => {})
    writer.commit()
    break
  }
  log.close()
}
