import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import type { Log } from '../../../engine/ops/log.ts'
import { Engine } from '../../../engine/runtime/engine.ts'
import { Failpoints } from '../../../engine/runtime/failpoints.ts'
import { writeEvents, writeFlights } from './generated-recording.ts'
import { readLog } from './log-content.ts'
import { pipelinePlan } from './pipeline-plan.ts'
import { scratchDirectory } from './scratch.ts'

const quiet: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const LIMITS = { minDelayMs: 5, maxDelayMs: 20 }

const until = (condition: () => boolean) =>
  vi.waitFor(() => expect(condition()).toBe(true), { timeout: 20_000, interval: 5 })

describe('an engine', () => {
  test('ends by itself when a recording is read, and holds its directory until it is drained', async () => {
    const scratch = scratchDirectory()
    const plan = pipelinePlan({ directory: join(scratch, 'log'), files: [writeEvents(join(scratch, 'events'), 100)] })
    const engine = await Engine.start({ plan, log: quiet })
    await engine.finished
    await expect(Engine.start({ plan, log: quiet })).rejects.toMatchObject({ code: 'SKEIN_LOG_LOCKED' })
    expect(await engine.drain()).toEqual([])
    expect(readLog(plan.directory).frames).toHaveLength(100)
    const again = await Engine.start({ plan, log: quiet })
    await again.finished
    expect(await again.drain()).toEqual([])
    expect(readLog(plan.directory).frames, 'a file that is finished adds nothing').toHaveLength(100)
  })

  test('is well again when the actor that complained has been replaced by one that does not', async () => {
    const scratch = scratchDirectory()
    const file = join(scratch, 'flights')
    const row = (key: string) => [key, null, 'X', null, null, 8, 47, 1, false, 1, 1, 0, null, 1, null, false, 0]
    const full = JSON.stringify({ time: 1_600_000_000, states: [row('aaaaaa'), row('bbbbbb')] })
    const known = Array.from({ length: 50 }, (_, i) =>
      JSON.stringify({ time: 1_600_000_001 + i, states: [row('aaaaaa')] }),
    )
    writeFileSync(file, [full, ...known].join('\n'))
    const plan = pipelinePlan({
      directory: join(scratch, 'log'),
      files: [file],
      dedupe: { capacity: 1 },
      barrierIntervalMs: 0,
      replay: { speed: 40 },
      limits: LIMITS,
    })
    const failpoints = Failpoints.create()
    const engine = await Engine.start({ plan, log: quiet, failpoints })
    await until(() => engine.health.get('dedupe-0')?.includes('full') === true)
    await until(() => readLog(plan.directory).frames.length > 5)
    failpoints.arm('dedupe.handler', 'throw')
    await engine.finished
    await engine.drain()
    expect([...engine.restarts.values()]).toEqual([1])
    expect([...engine.health]).toEqual([])
  })

  test('says why it cannot go on, drains what it can, and has lost nothing', async () => {
    const scratch = scratchDirectory()
    const files = [writeFlights(join(scratch, 'flights'), { bodies: 100, aircraft: 20 })]
    const limits = { ...LIMITS, maxRestarts: 2 }
    const plan = pipelinePlan({ directory: join(scratch, 'log'), files, sourceRingBytes: 1 << 14, limits })
    const failpoints = Failpoints.create()
    failpoints.arm('journal.beforeCommit', 'throw', { skip: 3, times: 1000 })
    const engine = await Engine.start({ plan, log: quiet, failpoints })
    expect(await engine.failed).toMatchObject({ code: 'SKEIN_RUNTIME_ESCALATED', details: { actor: 'journal' } })
    expect(engine.health.get('engine')).toContain('journal')
    expect(await engine.drain()).toEqual([])
    const committed = readLog(plan.directory)

    const next = await Engine.start({ plan, log: quiet })
    await next.finished
    await next.drain()
    const whole = readLog(plan.directory)
    expect(whole.frames.length).toBeGreaterThan(committed.frames.length)
    expect(whole.frames.slice(0, committed.frames.length)).toEqual(committed.frames)
  })
})
