/** Every failpoint with every way to fail, and what a run through it must come to: the log of an undisturbed one. */
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { deadLetter, FrameKind } from '../../engine/records/index.ts'
import {
  FAILPOINTS,
  FAILURE_ACTIONS,
  type Failpoint,
  Failpoints,
  type FailureAction,
} from '../../engine/runtime/failpoints.ts'
import type { Plan } from '../../engine/runtime/plan.ts'
import { writeEvents, writeFlights } from '../engine/runtime/generated-recording.ts'
import { forEachFrame, readLog } from '../engine/runtime/log-content.ts'
import { pipelinePlan } from '../engine/runtime/pipeline-plan.ts'
import { expectSameLog } from '../engine/runtime/same-log.ts'
import { type EngineRun, runEngine } from './run-engine.ts'

export interface Cell {
  point: Failpoint
  action: FailureAction
}

export const CELLS: readonly Cell[] = FAILPOINTS.filter((point) => point !== 'reader.handler')
  .flatMap((point) => FAILURE_ACTIONS.map((action) => ({ point, action })))
  // A commit that does not return ends the process: see stuck-commit.test.ts.
  .filter(({ point, action }) => !(point === 'journal.inCommit' && action === 'hang'))

/** Where a record can be at work. */
export const HANDLER_CELLS: readonly Cell[] = CELLS.filter(({ point }) =>
  (['shard.handler', 'dedupe.handler', 'journal.handler'] as Failpoint[]).includes(point),
)

export type Material = 'events' | 'flights'

const RINGS = { sourceRingBytes: 1 << 18, laneRingBytes: 1 << 16, committedRingBytes: 1 << 16 }
const LIMITS = { hangTimeoutMs: 1000, minDelayMs: 5, maxDelayMs: 20, maxRestarts: 1000 }
const STRIKES = 2

/** A recording, and what an undisturbed run makes of it. */
export class Reference {
  readonly #scratch: string
  /** The log of the undisturbed run. */
  readonly #expected: string
  readonly #file: string
  readonly #lanes: number
  #undisturbed: Promise<EngineRun> | null = null
  #runs = 0

  constructor(scratch: string, material: Material) {
    this.#scratch = scratch
    this.#expected = join(scratch, `undisturbed-${material}`)
    this.#lanes = material === 'events' ? 1 : 2
    const path = join(scratch, `${material}.jsonl`)
    this.#file = material === 'events' ? writeEvents(path, 20_000) : writeFlights(path, { bodies: 600, aircraft: 40 })
  }

  plan(directory: string, lanes: number = this.#lanes): Plan {
    return pipelinePlan({ directory, files: [this.#file], lanes, barrierIntervalMs: 2, ...RINGS, limits: LIMITS })
  }

  get undisturbed(): Promise<EngineRun> {
    // With another number of lanes, which must not show.
    this.#undisturbed ??= runEngine(this.plan(this.#expected, 3 - this.#lanes))
    return this.#undisturbed
  }

  /** Runs through a cell, which strikes twice in a row, and compares. */
  async expectNoTrace({ point, action }: Cell): Promise<void> {
    const { digest } = await this.undisturbed
    for (let skip = firstSkip(point); ; skip++) {
      const directory = mkdtempSync(join(this.#scratch, `run-${this.#runs++}-`))
      const failpoints = Failpoints.create()
      failpoints.arm(point, action, { skip, times: STRIKES, apart: 2 })
      const run = await runEngine(this.plan(directory), failpoints)
      expect(failpoints.remaining(point), `strikes left of ${point}`).toBe(0)
      expect(run.restarts).toBeGreaterThan(0) // two lanes may be struck at once
      // Both strikes happened to hit one record, which is to blame then: as it should be, but not what is compared here.
      const isBlamed = poisonIn(directory).length > 0
      if (!isBlamed && run.digest !== digest) {
        expectSameLog(readLog(directory), readLog(this.#expected), run.said.join('\n'))
      }
      rmSync(directory, { recursive: true })
      if (!isBlamed) return
    }
  }

  /** Runs with a handler that cannot take one record, whenever it comes: only that one may be missing, as a dead letter. */
  async expectOnlyPoison({ point, action }: Cell, position: number): Promise<void> {
    await this.undisturbed
    const directory = mkdtempSync(join(this.#scratch, 'poison-'))
    const failpoints = Failpoints.create()
    failpoints.arm(point, action, { position, times: 1000 })
    const run = await runEngine(this.plan(directory), failpoints)
    expect(run.restarts, run.said.join('\n')).toBe(2)

    const actual = readLog(directory)
    const expected = readLog(this.#expected)
    const at = expected.frames.findIndex((frame) => frame.position === position)
    const [letter] = actual.frames.splice(at, 1)
    const [record] = expected.frames.splice(at, 1)
    expect(letter).toMatchObject({ kind: 'deadLetter', position, sequence: record!.sequence, clock: record!.clock })
    expect(poisonIn(directory)).toEqual([{ reason: 'poison', stage: 'shard', full_bytes: 56 + record!.body.length }])
    const { counts } = expected.end!.sources[0]!
    counts.accepted!--
    counts.deadLettered!++
    expectSameLog(actual, expected, 'all but the one record')
    rmSync(directory, { recursive: true })
  }
}

/** Handlers see every frame, the others only turns. The source sees a block at a time. */
function firstSkip(point: Failpoint): number {
  if (point === 'source.handler') return 1
  return point.endsWith('.handler') ? 5000 : 4
}

function poisonIn(directory: string) {
  const found: { reason: string; stage: string; full_bytes: number }[] = []
  const { reason, stage, full_bytes } = deadLetter.fields
  forEachFrame(directory, (frame) => {
    if (frame.kind !== FrameKind.deadLetter || reason.get(frame) !== 'poison') return
    found.push({ reason: reason.get(frame), stage: stage.get(frame), full_bytes: full_bytes.get(frame) })
  })
  return found
}
