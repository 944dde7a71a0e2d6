/** Runs the source alone, from any state, and gives its frames; and a plain model of what the shard makes of them. */
import deadLetters, { type DeadLettersOptions } from '../../../../actors/source/dead-letters/dead-letters.ts'
import type { SourceContext } from '../../../../actors/source/source.ts'
import { SourceOutput } from '../../../../actors/source/source-output.ts'
import { Doorbells } from '../../../../engine/memory/doorbell.ts'
import { FrameMemory } from '../../../../engine/memory/frame-memory.ts'
import { Ring } from '../../../../engine/memory/ring.ts'
import { READER_REQUIRED } from '../../../../engine/memory/ring-layout.ts'
import { RingReader } from '../../../../engine/memory/ring-reader.ts'
import { WorkerLog } from '../../../../engine/ops/worker-log.ts'
import {
  Count,
  DISCARD_SLOTS,
  Frame,
  FrameKind,
  makeSourceState,
  progressCursor,
  progressDiscarded,
  type SourceState,
} from '../../../../engine/records/index.ts'
import { Failpoints } from '../../../../engine/runtime/failpoints.ts'
import { Wakeups } from '../../../../engine/runtime/wakeups.ts'

/** The number of the source `dead-letters` in a made log. */
export const OWN_ID = 3

export interface Run {
  directory: string
  options?: Partial<DeadLettersOptions>
  resume?: SourceState
  /** Positions that have failed twice. */
  poison?: number[]
}

export async function runDeadLetters({ directory, options, resume = makeSourceState(OWN_ID), poison = [] }: Run) {
  const bells = Doorbells.create(1)
  const ring = Ring.create({ capacityBytes: 1 << 24 })
  ring.attach(0, READER_REQUIRED, -1)
  const { signal } = new AbortController()
  const failpoints = new Failpoints(null)
  const notes: number[] = []
  const context: SourceContext<DeadLettersOptions> = {
    id: OWN_ID,
    name: 'dead-letters',
    options: {
      directory,
      where: {},
      format: 'auto',
      maps: [],
      until: Number.MAX_SAFE_INTEGER,
      bounds: null,
      maxPositionAgeMs: 300_000,
      maxTimeAheadMs: 60_000,
      maxFrameBytes: 1 << 20,
      ...options,
    },
    resume: { ...resume, counts: resume.counts.slice() },
    output: new SourceOutput(ring, bells, new Wakeups(bells.at(0)), failpoints, signal),
    signal,
    failpoints,
    answerWith: () => {},
    committed: () => resume,
    settled: () => Promise.resolve(),
    poison: poison.map((position) => ({ sourceId: OWN_ID, position })),
    isCareful: false,
    note: (position) => notes.push(position),
    clearNote: () => {},
    log: new WorkerLog('dead-letters', 'silent'),
    health: () => {},
  }
  const ended = await deadLetters.run(context)
  return { ended, frames: framesIn(ring, bells), notes }
}

function framesIn(ring: Ring, bells: Doorbells): Frame[] {
  const reader = new RingReader(ring, 0, bells)
  const frames: Frame[] = []
  reader.begin()
  for (let offset = reader.next(); offset >= 0; offset = reader.next()) {
    const frame = new Frame(reader.frames).at(offset)
    const memory = FrameMemory.allocate(frame.stride)
    frame.copyTo(memory, 0)
    frames.push(new Frame(memory))
  }
  return frames
}

/** What a barrier behind these frames would commit: the frames that are new by then, and the source's state. */
export function commit(frames: readonly Frame[], before: SourceState = makeSourceState(OWN_ID)) {
  const state = { ...before, counts: before.counts.slice() }
  const taken: Frame[] = []
  for (const frame of frames) {
    if (frame.kind === FrameKind.progress) {
      if (frame.position < state.progressPosition) continue
      state.progressPosition = frame.position
      state.clock = frame.clock
      state.cursor = progressCursor(frame)
      for (let i = 0; i < DISCARD_SLOTS; i++) state.counts[Count.discarded + i] = progressDiscarded(frame, i)
    } else if (frame.position > state.position) {
      state.position = frame.position
      taken.push(frame)
    }
  }
  return { state, taken }
}
