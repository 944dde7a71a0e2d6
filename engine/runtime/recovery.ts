/**
 * The one rule of recovery: go back to the last barrier on disk.
 *
 *   source ring   ░░░░░░░░░░▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓
 *                 released ─┘ ← shard reads on from here
 *   inner rings   ░░░░░░░░░░░░░░░░░░░░░░░░░░░   what is in them belongs to no commit: skipped to their tails
 *   log           ██████████ barrier n          dedupe tables, counts, sequence and clock follow from it
 *
 * Nothing that a source published is lost: it stays in the source's ring until a commit covers it.
 */
import type { LogMark } from '../log/mark.ts'
import type { CutTail } from '../log/recovery.ts'
import { LogWriter } from '../log/writer.ts'
import type { Ring } from '../memory/ring.ts'
import type { Barrier } from '../records/barrier.ts'
import type { MemoryMap } from './memory-map.ts'

/** The log's end and its last barrier. Only while no journal runs: it cuts a torn tail off. */
export function openLog(directory: string): { barrier: Barrier; end: LogMark; cut: CutTail | null } {
  const log = LogWriter.open(directory)
  const { lastBarrier: barrier, end, cut } = log
  log.close()
  return { barrier, end, cut }
}

/** Sets every ring of the processing group to where a new group goes on. Only while none of its threads is left. */
export function rewindGroup(
  memory: MemoryMap,
  sources: readonly { id: number; ring: Ring }[],
  barrier: Barrier,
  inherited: Barrier,
): void {
  for (const { id, ring } of sources) {
    // Before this process's first commit nothing is released; ring positions of an earlier process mean nothing here.
    const isOurs = barrier.number > inherited.number
    const state = isOurs ? barrier.sources.get(id) : undefined
    if (state !== undefined) ring.release(state.ringPosition)
    ring.moveReader(0, ring.released)
    memory.bells.ring(ring.producerBell) // the commit that failed may have freed what its source waits for
  }
  for (const ring of [...memory.laneRings, ...memory.verdictRings]) ring.moveReader(0, ring.tail)
}
