/** Logs for tests. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type LogReader, LogWriter, type LogWriterOptions } from '../../../engine/log/index.ts'
import { barrierNumber, Frame, FrameKind } from '../../../engine/records/index.ts'
import { isFrame } from './frames.ts'
import { LogFiller } from './log-filler.ts'

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'skein-log-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

export function copyOf(directory: string): string {
  const copy = temporaryDirectory()
  cpSync(directory, copy, { recursive: true })
  return copy
}

/** A log with batches of the given numbers of frames, closed again. Returns its end. */
export function makeLog(directory: string, batches: readonly number[], options: LogWriterOptions = {}): number[] {
  const writer = LogWriter.open(directory, options)
  const filler = new LogFiller(writer)
  const ends = batches.map((frames) => filler.append(frames))
  writer.close()
  return ends
}

/** The sequence numbers of all frames that a reader gives, each checked; barriers as negative numbers. */
export function readAll(reader: LogReader, limit?: number): number[] {
  const read: number[] = []
  for (let batch = reader.next(limit); batch !== null; batch = reader.next(limit)) {
    const frame = new Frame(batch.memory)
    for (frame.at(batch.start); frame.offset < batch.end; frame.offset += frame.stride) {
      read.push(frame.kind === FrameKind.barrier ? -barrierNumber(frame) : sequenceOf(frame))
    }
  }
  reader.close()
  return read
}

function sequenceOf(frame: Frame): number {
  if (!isFrame(frame, frame.sequence)) throw new Error(`frame ${frame.sequence} is not what was written`)
  return frame.sequence
}

export function codeOf(operation: () => unknown): string {
  try {
    operation()
  } catch (error) {
    return String((error as { code?: string }).code ?? error)
  }
  return 'no error'
}
