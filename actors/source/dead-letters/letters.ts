/** The dead letters of a log, oldest first. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { LogReader } from '../../../engine/log/reader.ts'
import { FrameMemory } from '../../../engine/memory/frame-memory.ts'
import { Frame } from '../../../engine/records/index.ts'
import { type DeadLetter, readDeadLetter } from './letter.ts'
import type { Matches } from './where.ts'

export interface LetterRange {
  /** From the oldest there is, unless given. */
  from?: number
  /** Log offset of the first one that is left out. */
  until: number
  wanted: Matches
}

/** Lets other work run after each batch. Throws `SKEIN_LOG_GONE` when `from` is no longer there, `SKEIN_LOG_DAMAGED`. */
export async function* deadLettersIn(directory: string, range: LetterRange): AsyncGenerator<DeadLetter> {
  const { from, until, wanted } = range
  const reader = LogReader.open(directory, from === undefined ? 'oldest' : { sequence: from })
  const frame = new Frame(FrameMemory.allocate(0))
  try {
    for (let batch = reader.next(); batch !== null; batch = reader.next()) {
      const { barrierStart, lastSequence } = batch
      for (let at = batch.start; at < barrierStart; at += frame.stride) {
        frame.over(batch.memory, at)
        const isInRange = frame.sequence >= (from ?? 0) && frame.sequence < until
        if (isInRange && wanted(frame)) yield readDeadLetter(frame)
      }
      if (lastSequence >= until - 1) return
      await nextTurn()
    }
  } finally {
    reader.close()
  }
}
