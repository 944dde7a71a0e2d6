/** Reads barriers back from a log's files, whoever is writing it. */
import { SkeinError } from '../errors.ts'
import { type Barrier, NO_BARRIER, readBarrier } from '../records/barrier.ts'
import { Frame } from '../records/frame.ts'
import { locate } from './locate.ts'
import { LogReader } from './reader.ts'

/** The barrier of this number, which must be on disk; that of 0 is the one before everything. */
export function readBarrierNumber(directory: string, number: number): Barrier {
  if (number === 0) return NO_BARRIER
  const log = LogReader.open(directory, { barrier: number - 1 })
  try {
    const batch = log.next()
    if (batch === null) throw new SkeinError('SKEIN_LOG_BARRIER', { expected: number, barrier: 'none' })
    return readBarrier(new Frame(batch.memory).at(batch.barrierStart))
  } finally {
    log.close()
  }
}

/** The last barrier on disk. */
export function readLastBarrier(directory: string): Barrier {
  return readBarrierNumber(directory, locate(directory, 'end').barrier)
}
