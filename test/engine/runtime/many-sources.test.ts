import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Failpoint, Failpoints, type FailureAction } from '../../../engine/runtime/failpoints.ts'
import { runEngine } from '../../chaos/run-engine.ts'
import { writeEvents } from './generated-recording.ts'
import { readLog } from './log-content.ts'
import { pipelinePlan } from './pipeline-plan.ts'
import { scratchDirectory } from './scratch.ts'

const COUNTS = { replay: 3000, second: 5000, third: 1000 }

describe('every record of every source is in the log once, in its source’s order', () => {
  test.each<[Failpoint, FailureAction, number]>([
    ['source.afterPublish', 'exit', 6],
    ['source.beforePublish', 'throw', 3],
    ['shard.handler', 'throw', 2000],
    ['dedupe.beforePublish', 'terminate', 6],
    ['journal.afterCommit', 'throw', 3],
  ])('though it fails at %s: %s', async (point, action, skip) => {
    const scratch = scratchDirectory()
    const [files, second, third] = Object.values(COUNTS).map((count, i) => [
      writeEvents(join(scratch, `${i}.jsonl`), count, i + 1),
    ])
    const plan = pipelinePlan({
      directory: join(scratch, 'log'),
      files: files!,
      more: { second: second!, third: third! },
      lanes: 2,
      barrierIntervalMs: 1,
      sourceRingBytes: 1 << 16,
      laneRingBytes: 1 << 16,
      limits: { minDelayMs: 5, maxDelayMs: 20, maxRestarts: 100 },
    })
    const failpoints = Failpoints.create()
    failpoints.arm(point, action, { skip, times: 2, apart: 3 })
    const run = await runEngine(plan, failpoints)
    expect(failpoints.remaining(point)).toBe(0)
    expect(run.restarts).toBeGreaterThan(0)

    const { frames, end } = readLog(plan.directory)
    for (const [i, count] of Object.values(COUNTS).entries()) {
      const positions = frames.filter(({ sourceId }) => sourceId === i + 1).map(({ position }) => position)
      expect(positions).toEqual(Array.from({ length: count }, (_, position) => position))
      expect(end!.sources[i]).toMatchObject({ sourceId: i + 1, counts: { received: count, accepted: count } })
    }
    expect(frames.map(({ sequence }) => sequence)).toEqual(
      frames.map(({ sequence }) => sequence).toSorted((a, b) => a - b),
    )
  })
})
