import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ReplayOptions } from '../../../actors/source/replay/replay.ts'
import type { Log } from '../../../engine/ops/log.ts'
import { Count } from '../../../engine/records/index.ts'
import { Engine } from '../../../engine/runtime/engine.ts'
import { type Failpoint, Failpoints } from '../../../engine/runtime/failpoints.ts'
import type { Plan } from '../../../engine/runtime/plan.ts'
import { writeEvents } from './generated-recording.ts'
import { readLog } from './log-content.ts'
import { pipelinePlan } from './pipeline-plan.ts'
import { scratchDirectory } from './scratch.ts'

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} }
const LIMITS = { minDelayMs: 5, maxDelayMs: 20, maxRestarts: 1000 }

/** A plan over recordings of so many events, by the names of their sources. */
function planOf(scratch: string, counts: Record<string, number>): Plan {
  const [first, ...more] = Object.entries(counts).map(([name, count], i) => {
    return [name, [writeEvents(join(scratch, `${name}.jsonl`), count, i + 1)]] as const
  })
  const plan = pipelinePlan({
    directory: join(scratch, 'log'),
    files: [...first![1]],
    more: Object.fromEntries(more.map(([name, files]) => [name, [...files]])),
    barrierIntervalMs: 1,
    sourceRingBytes: 1 << 16,
    laneRingBytes: 1 << 16,
    limits: LIMITS,
  })
  const sources = plan.sources.map((source, i) => ({ ...source, name: Object.keys(counts)[i]! }))
  return { ...plan, sources, untilFinished: false }
}

const only = (plan: Plan, ...names: string[]): Plan => ({
  ...plan,
  sources: plan.sources.filter(({ name }) => names.includes(name)),
})

async function start(plan: Plan, failpoints?: Failpoints): Promise<Engine> {
  const engine = await Engine.start({ plan, log: silent, failpoints })
  onTestFinished(async () => {
    await engine.drain()
  })
  return engine
}

const received = (engine: Engine, name: string): number =>
  engine.committedBarrier().sources.get(engine.sources.named(name)?.id ?? 0)?.counts[Count.received] ?? 0

/** Every record of the source is in the log once, in its order. */
function expectWhole(engine: Engine, plan: Plan, name: string, count: number): void {
  const { id } = engine.sources.named(name)!
  const positions = readLog(plan.directory).frames.filter(({ sourceId }) => sourceId === id)
  expect(positions.map(({ position }) => position)).toEqual(Array.from({ length: count }, (_, i) => i))
}

describe('while the engine runs', () => {
  test('a source comes, and all of it is in the log', async () => {
    const plan = planOf(scratchDirectory(), { a: 500, b: 2000, c: 1000 })
    const engine = await start(only(plan, 'a'))
    const changes = await engine.reload(plan)
    expect(changes.added.map(({ name }) => name)).toEqual(['b', 'c'])
    for (const [name, count] of [
      ['a', 500],
      ['b', 2000],
      ['c', 1000],
    ] as const) {
      await expect.poll(() => received(engine, name)).toBe(count)
      expectWhole(engine, plan, name, count)
    }
    expect(engine.plan.sources).toHaveLength(3)
  })

  test('a source that has more to read now reads it, and nothing again', async () => {
    const plan = planOf(scratchDirectory(), { a: 700, more: 300 })
    const [a, more] = plan.sources
    const engine = await start(only(plan, 'a'))
    await expect.poll(() => received(engine, 'a')).toBe(700)
    const [options, others] = [a, more].map((source) => source!.options as ReplayOptions)
    const files = [...options!.files, ...others!.files]
    const next = { ...only(plan, 'a'), sources: [{ ...a!, options: { ...options, files } }] }
    expect((await engine.reload(next)).changed).toHaveLength(1)
    await expect.poll(() => received(engine, 'a')).toBe(1000)
    expectWhole(engine, plan, 'a', 1000)
  })

  test('a source that takes its thread with it when it is to stop goes all the same, and the others go on', async () => {
    const plan = planOf(scratchDirectory(), { a: 500, b: 10 })
    const [a, b] = plan.sources
    const exiting = new URL('../../actors/source/exiting-source.ts', import.meta.url).href
    const oneThread = { ...plan, sourceThread: { ...plan.sourceThread, count: 1 } }
    const engine = await start({ ...oneThread, sources: [a!, { ...b!, module: exiting }] })
    expect((await engine.reload({ ...oneThread, sources: [a!] })).removed).toEqual(['b'])
    expect(engine.supervisor.sources.named('b')).toBeUndefined()
    await expect.poll(() => received(engine, 'a')).toBe(500)
    expectWhole(engine, plan, 'a', 500)
  })

  test('whatever differs beside the sources is refused by name, and nothing has changed', async () => {
    const plan = planOf(scratchDirectory(), { a: 10, b: 10 })
    const engine = await start(only(plan, 'a'))
    const next = { ...plan, dedupe: { ...plan.dedupe, lanes: 3 }, laneRingBytes: 1 << 20 }
    await expect(engine.reload(next)).rejects.toMatchObject({
      code: 'SKEIN_RUNTIME_RELOAD',
      details: { parts: ['dedupe', 'laneRingBytes'] },
    })
    expect(engine.sources.named('b')).toBeUndefined()
    expect(engine.plan.sources).toHaveLength(1)
  })

  test.each<Failpoint | 'nothing'>([...(['nothing', 'journal.afterCommit', 'source.beforePublish'] as const)])(
    'a source goes and comes back, again and again, and loses and doubles nothing, though %s fails',
    async (point) => {
      const plan = planOf(scratchDirectory(), { stays: 4000, moves: 30_000 })
      const failpoints = Failpoints.create()
      const engine = await start(plan, failpoints)
      for (let round = 0; round < 5; round++) {
        if (point !== 'nothing') failpoints.arm(point, round % 2 === 0 ? 'throw' : 'exit', { skip: 1 })
        const { removed } = await engine.reload(only(plan, 'stays'))
        expect(removed).toEqual(['moves'])
        expect(engine.supervisor.sources.named('moves')).toBeUndefined()
        await delay(3)
        await engine.reload(plan)
        await delay(15 * round)
      }
      for (const [name, count] of [
        ['stays', 4000],
        ['moves', 30_000],
      ] as const) {
        await expect.poll(() => received(engine, name)).toBe(count)
        expectWhole(engine, plan, name, count)
      }
    },
  )
})
