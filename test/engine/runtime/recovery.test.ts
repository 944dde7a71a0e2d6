import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Failpoints } from '../../../engine/runtime/failpoints.ts'
import { InlinePipeline } from './inline-pipeline.ts'
import { writeNastyRecording } from './nasty-recording.ts'
import { pipelinePlan } from './pipeline-plan.ts'
import { scratchDirectory } from './scratch.ts'

test('a source that waits for room is woken when the group failed between its commit and the release', async () => {
  const scratch = scratchDirectory()
  const plan = pipelinePlan({
    directory: join(scratch, 'log'),
    files: writeNastyRecording(scratch),
    barrierIntervalMs: 0,
  })
  const failpoints = Failpoints.create()
  failpoints.arm('journal.beforeRelease', 'throw')
  const pipeline = await InlinePipeline.start({ plan, failpoints })
  const { bells } = pipeline.memory
  const ring = pipeline.sourceRing
  while (pipeline.publishNext());
  expect(() => pipeline.round()).toThrow('failpoint')
  expect(ring.released).toBe(0)

  const bell = bells.at(ring.producerBell)
  bell.arm()
  const woken = bell.sleepAsync(60_000)
  pipeline.restartGroup()
  await woken
  expect(ring.released, 'all of it is committed').toBe(ring.tail)
})
