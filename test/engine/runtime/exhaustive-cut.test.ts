/**
 * A small nasty recording, stopped at every frame and at every step between two frames, and gone on with: the log, the
 * removals and the ledger must be those of a run that nobody disturbed.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FAILPOINTS, Failpoints } from '../../../engine/runtime/failpoints.ts'
import { InlinePipeline, type InlineSettings } from './inline-pipeline.ts'
import { expectSameLog, type LogContent, readLog } from './log-content.ts'
import { writeNastyRecording } from './nasty-recording.ts'
import { pipelinePlan } from './pipeline-plan.ts'
import { scratchDirectory } from './scratch.ts'

const NEVER_MS = 1e9
const EVERY_FRAME = 0
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
}
type Interruption = keyof typeof INTERRUPTIONS

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

const MODES = [1, 2, 4].flatMap((lanes) => [
  { lanes, when: 'a barrier after every frame', barrierIntervalMs: EVERY_FRAME },
  { lanes, when: 'one barrier, at the end', barrierIntervalMs: NEVER_MS },
])

test.each(MODES)('a stop after any frame does not show: $lanes lanes, $when', async ({ lanes, barrierIntervalMs }) => {
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
})

test.each([
  { lanes: 1, when: 'a barrier after every frame', barrierIntervalMs: EVERY_FRAME, interruption: 'process' as const },
  { lanes: 2, when: 'a barrier after every frame', barrierIntervalMs: EVERY_FRAME, interruption: 'group' as const },
  { lanes: 2, when: 'one barrier, at the end', barrierIntervalMs: NEVER_MS, interruption: 'group' as const },
])(
  'a failure at any point, at any time, does not show: $lanes lanes, $when, restart of the $interruption',
  async ({ lanes, barrierIntervalMs, interruption }) => {
    const { settings, logOf } = recording()
    const undisturbed = await logOf(async () => (await InlinePipeline.start(settings(1, NEVER_MS))).finish())
    for (const point of INLINE_POINTS) {
      let hits = 0
      for (; ; hits++) {
        const failpoints = Failpoints.create()
        failpoints.arm(point, 'throw', { skip: hits })
        const log = await logOf(() =>
          finishDespiteFailures({ ...settings(lanes, barrierIntervalMs), failpoints }, interruption),
        )
        expectSameLog(log, undisturbed, `${point}, hit ${hits}`)
        if (failpoints.remaining(point) > 0) break
      }
      expect(hits, `hits of ${point}`).toBeGreaterThan(0)
    }
  },
  120_000,
)
