import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { DedupeOptions } from '../../../actors/dedupe/dedupe.ts'
import { deadLetter, FrameKind } from '../../../engine/records/index.ts'
import { InlinePipeline } from '../../engine/runtime/inline-pipeline.ts'
import { forEachFrame, readLog } from '../../engine/runtime/log-content.ts'
import { pipelinePlan } from '../../engine/runtime/pipeline-plan.ts'
import { expectSameLog } from '../../engine/runtime/same-log.ts'
import { scratchDirectory } from '../../engine/runtime/scratch.ts'

const T0 = 1_600_000_000

/** A body at `seconds` with aircraft, each seen that many seconds before. */
function body(seconds: number, ...rows: (string | [key: string, age: number])[]): string {
  const time = T0 + seconds
  const states = rows.map((row) => {
    const [key, age] = typeof row === 'string' ? [row, 0] : row
    return [key, null, 'X', time - age, time, 8, 47, 1000, false, 200, 90, 0, null, 1000, null, false, 0]
  })
  return JSON.stringify({ time, states })
}

function planOf(bodies: string[], dedupe: Partial<DedupeOptions>, name = 'log') {
  const scratch = scratchDirectory()
  writeFileSync(join(scratch, 'bodies.jsonl'), bodies.join('\n'))
  return pipelinePlan({
    directory: join(scratch, name),
    files: [join(scratch, 'bodies.jsonl')],
    dedupe,
    barrierIntervalMs: 0,
  })
}

const kindsIn = (directory: string) => readLog(directory).frames.map(({ kind }) => kind)

describe('the dedupe', () => {
  test('where the first in a window is admitted takes one record per key and window', async () => {
    const bodies = [body(0, 'aaaaaa'), body(3, 'aaaaaa'), body(5, 'aaaaaa'), body(6, ['aaaaaa', 6])]
    const plan = planOf(bodies, { admit: 'first' })
    ;(await InlinePipeline.start({ plan })).finish()
    expect(kindsIn(plan.directory)).toEqual(['record', 'duplicate', 'record', 'late'])
  })

  test('with a full table refuses new keys and says so, goes on with known ones, and takes new ones when there is room', async () => {
    const bodies = [
      body(0, 'aaaaaa', 'bbbbbb'),
      body(10, 'aaaaaa', 'cccccc', 'bbbbbb'),
      body(60, 'aaaaaa'),
      body(71, 'aaaaaa', 'cccccc'), // bbbbbb is gone
    ]
    const plan = planOf(bodies, { capacity: 2 })
    const pipeline = await InlinePipeline.start({ plan })
    pipeline.finish()
    expect(kindsIn(plan.directory)).toEqual([
      ...['record', 'record', 'record', 'deadLetter', 'record', 'record'],
      ...['removal', 'record', 'record'],
    ])
    forEachFrame(plan.directory, (frame) => {
      if (frame.kind === FrameKind.deadLetter)
        expect(deadLetter.toObject(frame)).toMatchObject({ reason: 'table_full', stage: 'dedupe' })
    })
    expect(pipeline.reports).toMatchObject([
      { type: 'health', component: 'dedupe-0', problem: expect.stringContaining('raise dedupe.capacity') },
      { type: 'health', component: 'dedupe-0', problem: null },
    ])
    const [source] = readLog(plan.directory).end!.sources
    expect(source!.counts).toMatchObject({ received: 8, accepted: 7, deadLetteredByLanes: 1 })
  })

  test('of something live takes nothing for gone until sources have had time to tell what is still there', async () => {
    const bodies = [body(0, 'aaaaaa', 'bbbbbb'), body(600, 'aaaaaa'), body(620, 'aaaaaa'), body(631, 'aaaaaa')]
    const kindsAfterRestart = async (isLive: boolean) => {
      const plan = planOf(bodies, {})
      plan.sources[0]!.isLive = isLive
      const pipeline = await InlinePipeline.start({ plan })
      for (let frames = 0; frames < 2; frames++) pipeline.publishNext()
      for (let rounds = 0; rounds < 3; rounds++) pipeline.round() // the first body is committed
      pipeline.restartGroup()
      pipeline.finish()
      return kindsIn(plan.directory)
    }
    expect(await kindsAfterRestart(true)).toEqual([
      ...['record', 'record'],
      ...['record', 'record', 'removal', 'record'],
    ])
    expect(await kindsAfterRestart(false)).toEqual([
      ...['record', 'record', 'removal', 'removal'],
      ...['record', 'record', 'record'],
    ])
  })

  test('with a full table forgets nothing of that in a restart', async () => {
    const bodies = Array.from({ length: 30 }, (_, i) =>
      body(i * 13, `aaaa0${i % 7}`, `bbbb0${i % 5}`, [`aaaa0${i % 3}`, 1]),
    )
    const undisturbed = planOf(bodies, { capacity: 6 })
    ;(await InlinePipeline.start({ plan: undisturbed })).finish()
    expect(kindsIn(undisturbed.directory)).toContain('deadLetter')
    expect(kindsIn(undisturbed.directory)).toContain('removal')
    const plan = { ...undisturbed, directory: `${undisturbed.directory}-restarted` }
    const pipeline = await InlinePipeline.start({ plan })
    while (pipeline.publishNext()) {
      pipeline.round()
      pipeline.restartGroup()
    }
    pipeline.finish()
    expectSameLog(readLog(plan.directory), readLog(undisturbed.directory), 'restarted after every frame')
  })
})
