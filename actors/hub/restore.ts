/**
 * Fills the live table from the newest snapshot that is whole, and says where in the log to go on: behind it, or at the
 * oldest batch there is when there is no snapshot.
 */
import { type CommittedState, type LogStart, logIdOf, newestSnapshot } from '../../engine/log/index.ts'
import type { Log } from '../../engine/ops/log.ts'
import type { LiveTable } from './live-table.ts'

export function restore(table: LiveTable, directory: string, { position }: CommittedState, log: Log): LogStart {
  table.clear()
  const logId = logIdOf(directory)
  if (logId === null) return 'oldest'
  const snapshot = newestSnapshot(directory, {
    logId,
    atMost: position,
    onUnusable: ({ message }) => log.warn('a snapshot is passed over', { reason: message }),
  })
  if (snapshot === null) return 'oldest'
  try {
    snapshot.forEachRow((frame) => table.onFrame(frame))
    table.advanceClock(snapshot.barrier.clock)
    return { position: snapshot.position }
  } finally {
    snapshot.close()
  }
}
