/**
 * The nasty recording on one thread, run again and again, each time interrupted somewhere else: the log, the removals and the
 * ledger must be those of a run that nobody disturbed.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { FAILPOINTS, Failpoints } from '../../../engine/runtime/failpoints.ts'
import { InlinePipeline, type InlineSettings } from './inline-pipeline.ts'
import { type LogContent, readLog } from './log-content.ts'
import { writeNastyRecording } from './nasty-recording.ts'
import { pipelinePlan } from './pipeline-plan.ts'
import { expectSameLog } from './same-log.ts'
import { scratchDirectory } from './scratch.ts'
import { writeSnapshotOfHalf } from './write-snapshot.ts'

export const NEVER_MS = 1e9
export const EVERY_FRAME = 0
const INLINE_POINTS = FAILPOINTS.filter((point) => /^(shard|dedupe|journal)/.test(point))

/** Runs over the recording, each in a fresh directory that is gone afterwards. */
function recording() {
  const scratch = scratchDirectory()
  const files = writeNastyRecording(scratch)
  const directory = join(scratch, 'log')
  return {
    settings(lanes: number, barrierIntervalMs: number): InlineSettings {
      const small = {
        sourceRingBytes: 1 << 18,
        laneRingBytes: 1 << 16,
        committedRingBytes: 1 << 16,
        dedupe: { capacity: 64 },
      }
      const plan = pipelinePlan({ directory, files, lanes, barrierIntervalMs, ...small })
      return { plan, isCareful: barrierIntervalMs === EVERY_FRAME }
    },
    async logOf(run: () => Promise<void>): Promise<LogContent> {
      await run()
      const log = readLog(directory)
      rmSync(directory, { recursive: true })
      return log
    },
  }
}

async function advanced(settings: InlineSettings, frames: number): Promise<InlinePipeline> {
  const pipeline = await InlinePipeline.start(settings)
  for (let i = 0; i < frames && pipeline.publishNext(); i++) pipeline.round()
  return pipeline
}

/** What can befall a pipeline; each leaves one that goes on. */
const INTERRUPTIONS = {
  async group(pipeline: InlinePipeline) {
    pipeline.restartGroup()
    return pipeline
  },
  async source(pipeline: InlinePipeline) {
    await pipeline.restartSource()
    return pipeline
  },
  async process(pipeline: InlinePipeline, settings: InlineSettings) {
    pipeline.stop()
    return InlinePipeline.start(settings)
  },
  /** As the process, with a snapshot that stands for some of the log. */
  async snapshot(pipeline: InlinePipeline, settings: InlineSettings) {
    pipeline.stop()
    writeSnapshotOfHalf(settings.plan.directory)
    return InlinePipeline.start(settings)
  },
}
export type Interruption = keyof typeof INTERRUPTIONS

/** Runs to the end; whenever an actor throws, it is interrupted. */
async function finishDespiteFailures(settings: InlineSettings, interruption: Interruption): Promise<void> {
  let pipeline = await InlinePipeline.start(settings)
  for (;;) {
    try {
      pipeline.finish()
      return
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('failpoint'))) throw error
      pipeline = await INTERRUPTIONS[interruption](pipeline, settings)
    }
  }
}

export interface Mode {
  lanes: number
  barrierIntervalMs: number
}

/** Interrupts the run after each frame, in each way. */
export async function expectNoTraceOfStops({ lanes, barrierIntervalMs }: Mode): Promise<void> {
  const { settings, logOf } = recording()
  const undisturbed = await logOf(async () => (await InlinePipeline.start(settings(1, NEVER_MS))).finish())
  const own = settings(lanes, barrierIntervalMs)
  const frames = (await InlinePipeline.start(own)).remaining
  expect(frames).toBeGreaterThan(40)
  for (let cut = 0; cut <= frames; cut++) {
    for (const interruption of Object.keys(INTERRUPTIONS) as Interruption[]) {
      const log = await logOf(async () => {
        const pipeline = await INTERRUPTIONS[interruption](await advanced(own, cut), own)
        pipeline.finish()
      })
      expectSameLog(log, undisturbed, `${interruption} interrupted after frame ${cut}`)
    }
  }
}

/** Fails at each failpoint, at every `stride`-th of the times that it is hit. */
export async function expectNoTraceOfFailures(mode: Mode, interruption: Interruption, stride: number): Promise<void> {
  const { settings, logOf } = recording()
  const undisturbed = await logOf(async () => (await InlinePipeline.start(settings(1, NEVER_MS))).finish())
  for (const [index, point] of INLINE_POINTS.entries()) {
    let failures = 0
    for (let skip = index % stride; ; skip += stride) {
      const failpoints = Failpoints.create()
      failpoints.arm(point, 'throw', { skip })
      const own = { ...settings(mode.lanes, mode.barrierIntervalMs), failpoints }
      const log = await logOf(() => finishDespiteFailures(own, interruption))
      expectSameLog(log, undisturbed, `${point}, hit ${skip}`)
      if (failpoints.remaining(point) > 0) break
      failures++
    }
    // Where one barrier ends the run, its points are hit once.
    const hitsOnce = mode.barrierIntervalMs === NEVER_MS && /commit|release|barrier/i.test(point)
    if (!hitsOnce || index % stride === 0) expect(failures, `failures at ${point}`).toBeGreaterThan(0)
  }
}
