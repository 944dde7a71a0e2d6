/**
 * A place in the log between two batches, and what the last barrier before it says.
 *
 * A log position counts the bytes of batches since the log began; segment headers are not counted, so a batch begins
 * exactly where the one before it ended, in whichever file. Positions are multiples of 8 and only grow.
 */
export interface LogMark {
  position: number
  /** Number of the last barrier before it; 0 for none. */
  barrier: number
  /** The last sequence number before it. */
  sequence: number
  /** The stream clock there, epoch milliseconds; -Infinity before the first record. */
  clock: number
}

export const LOG_START: Readonly<LogMark> = { position: 0, barrier: 0, sequence: 0, clock: Number.NEGATIVE_INFINITY }
