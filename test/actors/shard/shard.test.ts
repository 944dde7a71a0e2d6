import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { BatchBuffer } from '../../../engine/log/batch-buffer.ts'
import { LogWriter } from '../../../engine/log/writer.ts'
import { FrameMemory } from '../../../engine/memory/frame-memory.ts'
import { barrierBytes, Frame, FrameKind, makeSourceState, writeBarrier } from '../../../engine/records/index.ts'
import { Failpoints } from '../../../engine/runtime/failpoints.ts'
import { SHARD } from '../../../engine/runtime/memory-map.ts'
import { flight } from '../../../schemas/flight.ts'
import { InlinePipeline } from '../../engine/runtime/inline-pipeline.ts'
import { forEachFrame, readLog } from '../../engine/runtime/log-content.ts'
import { writeNastyRecording } from '../../engine/runtime/nasty-recording.ts'
import { pipelinePlan } from '../../engine/runtime/pipeline-plan.ts'
import { scratchDirectory } from '../../engine/runtime/scratch.ts'

function recordedPlan() {
  const scratch = scratchDirectory()
  const files = writeNastyRecording(scratch)
  return { files, plan: pipelinePlan({ directory: join(scratch, 'log'), files }) }
}

/** A log in which the first source's clock is known to be ahead. */
function commitOffset(directory: string, clockOffsetMs: number): void {
  const sources = [{ ...makeSourceState(1), clockOffsetMs }]
  const barrier = new Frame(FrameMemory.allocate(barrierBytes(sources)))
  writeBarrier(barrier, { number: 1, sequence: 0, clock: Number.NEGATIVE_INFINITY, sources })
  const batch = new BatchBuffer(1024)
  batch.add(barrier)
  const log = LogWriter.open(directory)
  log.append(batch, { firstBarrier: 1, epoch: 0 })
  log.close()
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

  test('leaves the times of recordings as they are, and takes what a live clock is ahead by off its records', async () => {
    const timesOf = (directory: string) => {
      const times: number[] = []
      forEachFrame(directory, (frame) => {
        if (frame.schemaId === flight.id && frame.kind !== FrameKind.removal) times.push(frame.time)
      })
      return times
    }
    const timesWith = async (isLive: boolean, clockOffsetMs: number) => {
      const { plan } = recordedPlan()
      plan.sources[0]!.isLive = isLive
      commitOffset(plan.directory, clockOffsetMs)
      ;(await InlinePipeline.start({ plan })).finish()
      return timesOf(plan.directory)
    }
    const asRecorded = await timesWith(false, 0)
    expect(asRecorded.length).toBeGreaterThan(0)
    expect(await timesWith(false, 1500)).toEqual(asRecorded)
    const corrected = await timesWith(true, 1500)
    expect(corrected[0]).toBe(asRecorded[0]! - 1500)
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
