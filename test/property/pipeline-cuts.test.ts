/**
 * Any recording, in any number of lanes and through rings of any size, worked through in any order of steps, with the group, the
 * source or the process failing anywhere: the log is that of one lane that nobody disturbed.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FAILPOINTS, type Failpoint, Failpoints } from '../../engine/runtime/failpoints.ts'
import type { Plan } from '../../engine/runtime/plan.ts'
import { InlinePipeline, type InlineSettings } from '../engine/runtime/inline-pipeline.ts'
import { readLog } from '../engine/runtime/log-content.ts'
import { pipelinePlan } from '../engine/runtime/pipeline-plan.ts'
import { expectSameLog } from '../engine/runtime/same-log.ts'
import { scratchDirectory } from '../engine/runtime/scratch.ts'

const T0 = 1_600_000_000

interface Row {
  key: number
  age: number
}

interface Body {
  step: number
  rows: Row[]
  /** Nothing but discards, or no body at all. */
  is: 'observed' | 'silent' | 'junk'
}

const row = fc.record({ key: fc.nat(6), age: fc.constantFrom(0, 0, 0.1, 0.25, 1, 59, 60, 299, 301, -61) })
const body: fc.Arbitrary<Body> = fc.record({
  step: fc.constantFrom(0, 0.2, 0.5, 1, 10, 30, 59.9, 60, 60.001, 61, -5, -100, 400),
  rows: fc.array(row, { maxLength: 6 }),
  is: fc.constantFrom('observed', 'observed', 'observed', 'observed', 'silent', 'junk'),
})
const recordings = fc.array(fc.array(body, { maxLength: 12 }), { minLength: 1, maxLength: 3 })

const INLINE_POINTS = FAILPOINTS.filter((point) => /^(shard|dedupe|journal)/.test(point))

type Move =
  | { does: 'publish'; frames: number }
  | { does: 'step'; actor: number }
  | { does: 'round' }
  | { does: 'restart group' | 'restart source' | 'restart process' }
  | { does: 'arm'; point: Failpoint; skip: number }

const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ does: fc.constant('publish' as const), frames: fc.integer({ min: 1, max: 12 }) }),
  },
  { weight: 12, arbitrary: fc.record({ does: fc.constant('step' as const), actor: fc.nat(5) }) },
  { weight: 3, arbitrary: fc.constant({ does: 'round' as const }) },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Move>(
      { does: 'restart group' },
      { does: 'restart source' },
      { does: 'restart process' },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('arm' as const),
      point: fc.constantFrom(...INLINE_POINTS),
      skip: fc.nat(5),
    }),
  },
)

const setting = fc.record({
  lanes: fc.integer({ min: 1, max: 4 }),
  barrierIntervalMs: fc.constantFrom(0, 1e9),
  isCareful: fc.boolean(),
  isSourceCareful: fc.boolean(),
  sourceRingBytes: fc.constantFrom(1 << 14, 1 << 16),
  laneRingBytes: fc.constantFrom(1 << 13, 1 << 16),
  admit: fc.constantFrom('news' as const, 'first' as const),
})

function write(path: string, bodies: Body[]): string {
  let time = T0
  const lines = bodies.map(({ step, rows, is }) => {
    time += step
    const states = rows.map(({ key, age }) => state(is === 'silent' ? '' : `abcde${key}`, time - age))
    return is === 'junk' ? '<html>' : JSON.stringify({ time, states })
  })
  writeFileSync(path, lines.join('\n'))
  return path
}

function state(icao24: string, time: number): unknown[] {
  return [icao24, null, 'X', time, time, 8, 47, 1000, false, 200, 90, 0, null, 1000, null, false, 0]
}

/** One life of the pipeline after another; armed failpoints strike when they may. */
class Life {
  readonly #settings: InlineSettings
  readonly #failpoints = Failpoints.create()
  #pipeline!: InlinePipeline

  constructor(settings: InlineSettings) {
    this.#settings = { ...settings, failpoints: this.#failpoints }
  }

  async begin(): Promise<this> {
    this.#pipeline = await InlinePipeline.start(this.#settings)
    return this
  }

  async make(move: Move): Promise<void> {
    const pipeline = this.#pipeline
    switch (move.does) {
      case 'publish':
        for (let i = 0; i < move.frames && pipeline.publishNext(); i++);
        break
      case 'step':
        this.#surviving(() => pipeline.stepActor(move.actor))
        break
      case 'round':
        this.#surviving(() => pipeline.round())
        break
      case 'restart group':
        pipeline.restartGroup()
        break
      case 'restart source':
        await pipeline.restartSource()
        break
      case 'restart process':
        pipeline.stop()
        await this.begin()
        break
      case 'arm':
        this.#failpoints.arm(move.point, 'throw', { skip: move.skip })
    }
  }

  end(): void {
    for (let isOver = false; !isOver; ) isOver = this.#surviving(() => this.#pipeline.finish())
  }

  /** Whether it went well; if not, the group starts again. */
  #surviving(work: () => void): boolean {
    try {
      work()
      return true
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('failpoint'))) throw error
      this.#pipeline.restartGroup()
      return false
    }
  }
}

test('the log is the same for any lanes, rings, steps and failures', async () => {
  const scratch = scratchDirectory()
  let runs = 0
  await fc.assert(
    fc.asyncProperty(recordings, setting, fc.array(move, { maxLength: 60 }), async (recording, own, moves) => {
      const directory = join(scratch, String(runs++))
      mkdirSync(directory)
      const files = recording.map((bodies, i) => write(join(directory, `${i}.jsonl`), bodies))
      const { admit, isCareful, isSourceCareful, ...rest } = own
      const common = { files, format: 'opensky' as const, dedupe: { admit, capacity: 16 } }
      const plain: Plan = pipelinePlan({ ...common, directory: join(directory, 'plain'), barrierIntervalMs: 1e9 })
      const plan: Plan = pipelinePlan({ ...common, ...rest, directory: join(directory, 'disturbed') })

      ;(await InlinePipeline.start({ plan: plain })).finish()
      const life = await new Life({ plan, isCareful, isSourceCareful }).begin()
      for (const move of moves) await life.make(move)
      life.end()

      expectSameLog(readLog(plan.directory), readLog(plain.directory), 'disturbed')
    }),
    {
      numRuns: Number(process.env.SKEIN_RUNS ?? 150),
      seed: process.env.SKEIN_SEED ? Number(process.env.SKEIN_SEED) : undefined,
    },
  )
  expect(runs).toBeGreaterThan(0)
}, 120_000)
