import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { FrameKind } from '../../../engine/records/index.ts'
import { Failpoints } from '../../../engine/runtime/failpoints.ts'
import { SHARD } from '../../../engine/runtime/memory-map.ts'
import { InlinePipeline } from '../../engine/runtime/inline-pipeline.ts'
import { readLog } from '../../engine/runtime/log-content.ts'
import { writeNastyRecording } from '../../engine/runtime/nasty-recording.ts'
import { pipelinePlan } from '../../engine/runtime/pipeline-plan.ts'
import { scratchDirectory } from '../../engine/runtime/scratch.ts'

function recordedPlan() {
  const scratch = scratchDirectory()
  const files = writeNastyRecording(scratch)
  return { files, plan: pipelinePlan({ directory: join(scratch, 'log'), files }) }
}

describe('the shard', () => {
  test('keeps what it knows of a source through runs that do not have it', async () => {
    const { files, plan } = recordedPlan()
    ;(await InlinePipeline.start({ plan, sourceId: 1 })).finish()
    const first = readLog(plan.directory)
    const other = pipelinePlan({ directory: plan.directory, files: files.slice(1) })
    ;(await InlinePipeline.start({ plan: other, sourceId: 2 })).finish()
    const second = readLog(plan.directory)
    ;(await InlinePipeline.start({ plan, sourceId: 1 })).finish()

    expect(second.end!.sources[0]).toEqual(first.end!.sources[0])
    expect(second.end!.sources[1]!.counts.received).toBeGreaterThan(0)
    expect(readLog(plan.directory), 'the first source is not read again').toEqual(second)
  })

  test('puts the blame on the record that it was at, and never on the one behind a progress frame', async () => {
    const { plan } = recordedPlan()
    const failpoints = Failpoints.create()
    const pipeline = await InlinePipeline.start({ plan, failpoints })
    const blamed = new Set<string>()
    while (pipeline.next !== undefined) {
      const { kind, position, sourceId } = pipeline.next
      pipeline.publishNext()
      failpoints.arm('shard.handler', 'throw')
      expect(() => pipeline.stepActor(0)).toThrow('failpoint shard.handler')
      const expected = kind === FrameKind.progress ? null : { sourceId, position }
      expect(pipeline.memory.board.at(SHARD).noted).toEqual(expected)
      blamed.add(kind === FrameKind.progress ? 'nothing' : 'record')
      pipeline.restartGroup()
      pipeline.round()
    }
    expect([...blamed].sort()).toEqual(['nothing', 'record'])
  })
})
