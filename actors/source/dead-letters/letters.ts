/** The dead letters of a log, oldest first. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { LogReader } from '../../../engine/log/reader.ts'
import { FrameMemory } from '../../../engine/memory/frame-memory.ts'
import { Frame, FrameKind } from '../../../engine/records/index.ts'

export interface LetterRange {
  /** Log offset of the first; the oldest there is, unless given. */
  from?: number
  /** Log offset of the first one that is left out. */
  until: number
}

/**
 * Each as the one frame, valid until the next is asked for. Lets other work run after each batch.
 * Throws `SKEIN_LOG_GONE` when `from` is no longer there, `SKEIN_LOG_DAMAGED`.
 */
export async function* deadLettersIn(directory: string, { from, until }: LetterRange): AsyncGenerator<Frame> {
  const reader = LogReader.open(directory, from === undefined ? 'oldest' : { sequence: from })
  const frame = new Frame(FrameMemory.allocate(0))
  const first = from ?? 0
  try {
    for (let batch = reader.next(); batch !== null; batch = reader.next()) {
      const { memory, start, barrierStart, lastSequence } = batch
      for (let at = start; at < barrierStart; at += frame.stride) {
        frame.over(memory, at)
        if (frame.kind === FrameKind.deadLetter && frame.sequence >= first && frame.sequence < until) yield frame
      }
      if (lastSequence >= until - 1) return
      await nextTurn()
    }
  } finally {
    reader.close()
  }
}
