/** Logs that hold dead letters, as a pipeline would have left them. */
import { BatchBuffer, LogWriter } from '../../../../engine/log/index.ts'
import { SourceRegistry } from '../../../../engine/log/source-registry.ts'
import {
  addDeadLetter,
  type DeadLetterReason,
  deadLetter,
  FrameBatch,
  type Stage,
} from '../../../../engine/records/index.ts'
import { makeBarrier } from '../../../engine/log/frames.ts'

export interface MadeLetter {
  input: string | Uint8Array
  reason?: DeadLetterReason
  stage?: Stage
  row?: number
  origin?: string
  clockMs?: number
  attempts?: number
  /** When not all of it was kept. */
  fullBytes?: number
  /** 1 for `feed-1`, 2 for `feed-2`. */
  sourceId?: number
}

export const LETTERS_PER_BATCH = 2
/** Between two dead letters, as records are. */
export const STEP = 10

/** Returns their offsets: 10, 20, 30 … */
export function writeLetters(directory: string, letters: readonly MadeLetter[]): number[] {
  new SourceRegistry(directory).registerAll([{ name: 'feed-1' }, { name: 'feed-2' }, { name: 'dead-letters' }])
  const writer = LogWriter.open(directory)
  const buffer = new BatchBuffer()
  const offsets: number[] = []
  for (let first = 0; first < letters.length; first += LETTERS_PER_BATCH) {
    const barrier = writer.end.barrier + 1
    let { sequence } = writer.end
    buffer.reset()
    for (const letter of letters.slice(first, first + LETTERS_PER_BATCH)) {
      offsets.push((sequence += STEP))
      buffer.add(frameOf(letter, sequence))
    }
    buffer.add(makeBarrier(barrier, sequence))
    writer.append(buffer, { firstBarrier: barrier, epoch: 1 })
  }
  writer.close()
  return offsets
}

function frameOf(letter: MadeLetter, sequence: number) {
  const { reason = 'bad_value', stage = 'source', row = -1, origin = 'made.jsonl', clockMs = 0, fullBytes } = letter
  const bytes = typeof letter.input === 'string' ? Buffer.from(letter.input) : letter.input
  const batch = new FrameBatch()
  const where = { origin, offset: sequence * 100, line: sequence, row }
  addDeadLetter(batch, { reason, stage, detail: 'made', ...where, fullBytes }, bytes, 0, bytes.length)
  const frame = batch.frame
  deadLetter.fields.attempts.set(frame, letter.attempts ?? 1)
  frame.sourceId = letter.sourceId ?? 1
  frame.sequence = sequence
  frame.time = clockMs
  frame.clock = clockMs
  return frame
}

/** An OpenSky body that is well, with a clock in epoch seconds. */
export function bodyOf(clock: number, icao24s: readonly string[]): string {
  return JSON.stringify({ time: clock, states: icao24s.map((icao24) => rowOf(clock, icao24)) })
}

export function rowOf(time: number, icao24: string, lat = 47): unknown[] {
  return [icao24, null, 'X', time, time, 8, lat, 1000, false, 200, 90, 0, null, 1000, null, false, 0]
}
