import { join } from 'node:path'
import { expect, test } from 'vitest'
import { InlinePipeline } from '../../engine/runtime/inline-pipeline.ts'
import { readLog } from '../../engine/runtime/log-content.ts'
import { writeNastyRecording } from '../../engine/runtime/nasty-recording.ts'
import { pipelinePlan } from '../../engine/runtime/pipeline-plan.ts'
import { scratchDirectory } from '../../engine/runtime/scratch.ts'

async function runningPipeline() {
  const scratch = scratchDirectory()
  const plan = pipelinePlan({
    directory: join(scratch, 'log'),
    files: writeNastyRecording(scratch),
    barrierIntervalMs: 0,
  })
  return { plan, pipeline: await InlinePipeline.start({ plan }) }
}

test('a journal that was replaced without knowing it commits nothing any more', async () => {
  const { plan, pipeline } = await runningPipeline()
  for (let i = 0; i < 10; i++) {
    pipeline.publishNext()
    pipeline.round()
  }
  const before = readLog(plan.directory)
  expect(before.barriers).toBeGreaterThan(0)
  pipeline.memory.committed.epoch++ // as the supervisor does for the next group
  expect(() => pipeline.finish()).toThrow(expect.objectContaining({ code: 'SKEIN_LOG_STALE_WRITER' }))
  expect(readLog(plan.directory)).toEqual(before)
})

test('a source’s space is released by the commit that covers it, and not before', async () => {
  const { pipeline } = await runningPipeline()
  const ring = pipeline.sourceRing
  while (pipeline.publishNext());
  pipeline.stepActor(0)
  pipeline.stepActor(1)
  expect([ring.headOf(0), ring.released], 'read, not committed').toEqual([ring.tail, 0])
  pipeline.stepActor(2)
  expect(ring.released).toBe(ring.tail)
  expect(pipeline.committedBarrier).toBe(1)
})

test('the ledger adds up at every barrier', async () => {
  const { plan, pipeline } = await runningPipeline()
  while (pipeline.publishNext()) {
    pipeline.round()
    const [source] = readLog(plan.directory).end?.sources ?? []
    if (source === undefined) continue
    const { received, ...rest } = source.counts
    expect(Object.values(rest).reduce((sum, count) => sum + count, 0)).toBe(received)
  }
})
