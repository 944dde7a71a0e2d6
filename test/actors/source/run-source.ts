/** Runs a source alone, from any state, and gives its frames. */
import type { SourceContext, SourceDefinition, SourceOutcome } from '../../../actors/source/source.ts'
import { SourceOutput } from '../../../actors/source/source-output.ts'
import { Doorbells } from '../../../engine/memory/doorbell.ts'
import { FrameMemory } from '../../../engine/memory/frame-memory.ts'
import { Ring } from '../../../engine/memory/ring.ts'
import { READER_REQUIRED } from '../../../engine/memory/ring-layout.ts'
import { RingReader } from '../../../engine/memory/ring-reader.ts'
import { WorkerLog } from '../../../engine/ops/worker-log.ts'
import { Frame, makeSourceState, type SourceState } from '../../../engine/records/index.ts'
import { Failpoints } from '../../../engine/runtime/failpoints.ts'
import type { FrameNote } from '../../../engine/runtime/status-board.ts'
import { Wakeups } from '../../../engine/runtime/wakeups.ts'

export interface SourceRun {
  /** Where to go on; at the beginning unless given. */
  resume?: SourceState
  isCareful?: boolean
  poison?: FrameNote[]
  ringBytes?: number
  /** Asked after every published batch: true drains the source. */
  stopsWhen?(frames: readonly Frame[]): boolean
}

export interface RunOutcome {
  frames: Frame[]
  ended: SourceOutcome
  problems: string[]
  log: string[]
}

export async function runSource<Options>(
  source: SourceDefinition<Options>,
  options: Options,
  { resume = makeSourceState(1), ...run }: SourceRun = {},
): Promise<RunOutcome> {
  const bells = Doorbells.create(1)
  const ring = Ring.create({ capacityBytes: run.ringBytes ?? 1 << 23 })
  ring.setProducerBell(0)
  ring.attach(0, READER_REQUIRED, -1)
  const reader = new RingReader(ring, 0, bells)
  const frames: Frame[] = []
  const abort = new AbortController()
  const wakeups = new Wakeups(bells.at(0), 5)
  const read = () => {
    takeAll(reader, frames)
    if (run.stopsWhen?.(frames)) {
      abort.abort()
      wakeups.recheck()
    }
  }
  const reading = setInterval(read, 1)
  const failpoints = new Failpoints(null)
  const problems: string[] = []
  const log: string[] = []
  const context: SourceContext<Options> = {
    id: resume.sourceId,
    name: source.kind,
    options,
    resume: { ...resume, counts: resume.counts.slice() },
    output: new SourceOutput(ring, bells, wakeups, failpoints, abort.signal),
    signal: abort.signal,
    failpoints,
    poison: run.poison ?? [],
    isCareful: run.isCareful ?? false,
    note: () => {},
    clearNote: () => {},
    log: new WorkerLog(source.kind, 'warn', { write: (line) => log.push(line) }),
    answerWith: () => {},
    committed: () => resume,
    settled: () => Promise.resolve(),
    health: (problem) => problems.push(String(problem)),
  }
  try {
    const ended = await source.run(context)
    read()
    return { frames, ended, problems, log }
  } finally {
    clearInterval(reading)
  }
}

/** Copies what is published. */
function takeAll(reader: RingReader, into: Frame[]): void {
  reader.begin()
  for (let offset = reader.next(); offset >= 0; offset = reader.next()) {
    const frame = new Frame(reader.frames).at(offset)
    const memory = FrameMemory.allocate(frame.stride)
    frame.copyTo(memory, 0)
    into.push(new Frame(memory))
  }
  reader.finish()
}
