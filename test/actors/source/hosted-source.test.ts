import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Log } from '../../../engine/ops/log.ts'
import { Engine } from '../../../engine/runtime/engine.ts'
import { Failpoints } from '../../../engine/runtime/failpoints.ts'
import type { Plan } from '../../../engine/runtime/plan.ts'
import { runEngine } from '../../chaos/run-engine.ts'
import { writeEvents } from '../../engine/runtime/generated-recording.ts'
import { readLog } from '../../engine/runtime/log-content.ts'
import { pipelinePlan } from '../../engine/runtime/pipeline-plan.ts'
import { scratchDirectory } from '../../engine/runtime/scratch.ts'

const RECORDS = 5000
const LIMITS = { minDelayMs: 5, maxDelayMs: 20, maxRestarts: 3 }
const silent: Log = { debug() {}, info() {}, warn() {}, error() {} }

/** A recording, and beside it on the one thread whatever else is asked for. */
function planWith(...more: string[]): Plan {
  const scratch = scratchDirectory()
  const file = writeEvents(join(scratch, 'events.jsonl'), RECORDS)
  const plan = pipelinePlan({ directory: join(scratch, 'log'), files: [file], barrierIntervalMs: 1, limits: LIMITS })
  const failing = new URL('./failing-source.ts', import.meta.url).href
  const sources = more.map((name) => ({ ...plan.sources[0]!, name, module: failing, options: null }))
  return { ...plan, sources: [...plan.sources, ...sources] }
}

describe('a source that fails', () => {
  test('every time is parked, which its health says, and the others on its thread read to their ends', async () => {
    const plan = { ...planWith('failing'), untilFinished: false }
    const engine = await Engine.start({ plan, log: silent })
    await expect.poll(() => engine.health.get('failing'), { timeout: 20_000 }).toContain('this source always fails')
    await expect.poll(() => engine.committedBarrier().sources.get(1)?.counts[0], { timeout: 20_000 }).toBe(RECORDS)
    expect(engine.restarts).toEqual(new Map([['failing', LIMITS.maxRestarts]]))
    expect(engine.health.has('sources-0')).toBe(false)
    expect(await engine.drain()).toEqual([])
  })

  test('every time ends an engine that has nothing else left to do, with the reason', async () => {
    await expect(runEngine(planWith('failing'))).rejects.toThrow('this source always fails')
  })

  test('now and then starts again by itself, and leaves no trace', async () => {
    const plan = planWith()
    const failpoints = Failpoints.create()
    failpoints.arm('source.afterPublish', 'throw', { skip: 0, times: 2 })
    const { restarts, said } = await runEngine(plan, failpoints)
    expect(restarts).toBe(2)
    expect(said.join('\n')).not.toContain('sources-0')
    const positions = readLog(plan.directory).frames.map(({ position }) => position)
    expect(positions).toEqual(Array.from({ length: RECORDS }, (_, position) => position))
  })
})
