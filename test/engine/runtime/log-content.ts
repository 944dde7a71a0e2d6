/** What a log holds, as plain data that two runs over one recording must agree on: everything but the ingest times. */
import { createHash } from 'node:crypto'
import { LogReader } from '../../../engine/log/reader.ts'
import { FrameMemory } from '../../../engine/memory/frame-memory.ts'
import {
  Count,
  DISCARD_REASONS,
  Frame,
  FrameKind,
  type FrameKindCode,
  readBarrier,
} from '../../../engine/records/index.ts'

const KIND_NAMES = new Map<FrameKindCode, string>(
  Object.entries(FrameKind).map(([name, code]) => [code, name] as const),
)

export interface LoggedFrame {
  kind: string
  schemaId: number
  flags: number
  sourceId: number
  keyHash: number
  sequence: number
  time: number
  clock: number
  position: number
  /** Latin-1. */
  body: string
}

export interface LogContent {
  frames: LoggedFrame[]
  /** Of the last barrier; its number and ring positions are a matter of timing. */
  end: { sequence: number; clock: number; sources: SourceEnd[] } | null
  barriers: number
}

interface SourceEnd {
  sourceId: number
  position: number
  progressPosition: number
  clock: number
  cursor: string
  counts: Record<string, number>
}

/** Calls back with every frame of a log in order, and the batch's epoch. */
export function forEachFrame(directory: string, visit: (frame: Frame) => void): void {
  const log = LogReader.open(directory, 'oldest')
  const frame = new Frame(FrameMemory.allocate(0))
  for (let batch = log.next(); batch !== null; batch = log.next()) {
    for (let offset = batch.start; offset < batch.end; offset += frame.stride) visit(frame.over(batch.memory, offset))
  }
  log.close()
}

export function readLog(directory: string): LogContent {
  const content: LogContent = { frames: [], end: null, barriers: 0 }
  forEachFrame(directory, (frame) => {
    if (frame.kind !== FrameKind.barrier) content.frames.push(describeFrame(frame))
    else {
      content.barriers++
      content.end = describeBarrier(frame)
    }
  })
  return content
}

/** Of everything that `readLog` gives but the number of barriers; quick, for logs of any size. */
export function logDigest(directory: string): string {
  const hash = createHash('sha256')
  let end: LogContent['end'] = null
  const copy = new Frame(FrameMemory.allocate(1 << 20))
  forEachFrame(directory, (frame) => {
    if (frame.kind === FrameKind.barrier) {
      end = describeBarrier(frame)
      return
    }
    frame.copyTo(copy.memory, 0)
    copy.ingested = 0
    hash.update(copy.memory.u8.subarray(0, copy.length))
  })
  return hash.update(JSON.stringify(end)).digest('hex')
}

function describeFrame(frame: Frame): LoggedFrame {
  const { flags, schemaId, sourceId, keyHash, sequence, time, clock, position } = frame
  const body = Buffer.from(frame.memory.u8.slice(frame.body, frame.offset + frame.length)).toString('latin1')
  return {
    kind: KIND_NAMES.get(frame.kind) ?? String(frame.kind),
    ...{ schemaId, flags, sourceId, keyHash, sequence, time, clock, position },
    body,
  }
}

function describeBarrier(frame: Frame): LogContent['end'] {
  const { sequence, clock, sources } = readBarrier(frame)
  const ends = [...sources.values()].map(({ ringPosition: _, cursor, counts, ...rest }) => ({
    ...rest,
    cursor: Buffer.from(cursor).toString('latin1'),
    counts: namedCounts(counts),
  }))
  return { sequence, clock, sources: ends.sort((a, b) => a.sourceId - b.sourceId) }
}

function namedCounts(counts: Float64Array): Record<string, number> {
  const named: Record<string, number> = {}
  for (const [name, slot] of Object.entries(Count)) if (slot !== Count.discarded) named[name] = counts[slot]!
  for (const [index, reason] of DISCARD_REASONS.entries()) named[reason] = counts[Count.discarded + index]!
  return named
}
