/** The dead letters of a log, oldest first. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { LogReader } from '../../../engine/log/reader.ts'
import { FrameMemory } from '../../../engine/memory/frame-memory.ts'
import { Frame, FrameKind } from '../../../engine/records/index.ts'

/**
 * Those before the log offset `until`, each as the one frame, which is valid until the next is asked for. Lets other work
 * run after each batch. Throws `SKEIN_LOG_DAMAGED`.
 */
export async function* deadLettersIn(directory: string, until: number): AsyncGenerator<Frame> {
  const reader = LogReader.open(directory, 'oldest')
  const frame = new Frame(FrameMemory.allocate(0))
  try {
    for (let batch = reader.next(); batch !== null; batch = reader.next()) {
      const { memory, start, barrierStart, lastSequence } = batch
      for (let at = start; at < barrierStart; at += frame.stride) {
        frame.over(memory, at)
        if (frame.kind === FrameKind.deadLetter && frame.sequence < until) yield frame
      }
      if (lastSequence >= until - 1) return
      await nextTurn()
    }
  } finally {
    reader.close()
  }
}
