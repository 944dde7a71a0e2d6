/** A unit of scripted actors on real threads. */
import { onTestFinished } from 'vitest'
import { Committed } from '../../../engine/log/committed.ts'
import { allocateCounters } from '../../../engine/memory/counters.ts'
import { Doorbells } from '../../../engine/memory/doorbell.ts'
import { Ring } from '../../../engine/memory/ring.ts'
import { ActorThread } from '../../../engine/runtime/actor-thread.ts'
import { StatusBoard } from '../../../engine/runtime/status-board.ts'
import { type Failure, type Suspects, Unit, type UnitOptions } from '../../../engine/runtime/unit.ts'
import type { Wiring } from '../../../engine/runtime/wiring.ts'
import type { Script } from './scripted-actor.ts'

export interface Observed {
  unit: Unit
  /** What each start was told of frames that had failed the unit. */
  starts: Suspects[]
  failures: Failure[]
  givenUp: Failure[]
}

export const times = (count: number): SharedArrayBuffer => new Int32Array(new SharedArrayBuffer(4)).fill(count).buffer

interface ScriptedOptions extends Partial<UnitOptions> {
  /** May throw: then this start cannot be made. */
  beforeStart?: (attempt: number) => void
}

export function scriptedUnit(
  scripts: Record<string, Script>,
  { beforeStart, ...options }: ScriptedOptions = {},
): Observed {
  let attempts = 0
  const names = Object.keys(scripts)
  const bells = Doorbells.create(names.length)
  const board = StatusBoard.create(names.length)
  const ring = Ring.create({ capacityBytes: 1024 })
  const observed: Omit<Observed, 'unit'> = { starts: [], failures: [], givenUp: [] }
  const unit: Unit = new Unit({
    name: 'unit',
    limits: { maxRestarts: 3, windowMs: 60_000, minDelayMs: 1, maxDelayMs: 10 },
    neverTerminate: false,
    finishesAfterFailure: false,
    onRestart: (failure) => observed.failures.push(failure),
    onGivenUp: (failure) => observed.givenUp.push(failure),
    spawn(suspects) {
      beforeStart?.(++attempts)
      observed.starts.push(suspects)
      return names.map((name, index) => {
        const wiring = wiringOf(name, index, scripts[name]!, bells, board, ring)
        return new ActorThread(wiring, board.at(index), bells, {
          message: (thread, message) => unit.onMessage(thread, message),
          exit: (thread, code, error) => unit.onExit(thread, code, error),
        })
      })
    },
    ...options,
  })
  onTestFinished(async () => {
    unit.terminate()
    await Promise.all(unit.threads.map((thread) => thread.exited))
  })
  return { unit, ...observed }
}

function wiringOf(
  name: string,
  index: number,
  options: Script,
  bells: Doorbells,
  board: StatusBoard,
  ring: Ring,
): Wiring {
  return {
    name,
    index,
    module: new URL('./scripted-actor.ts', import.meta.url).href,
    options,
    directory: '',
    bells: bells.memory,
    board: board.memory,
    counters: allocateCounters(),
    failpoints: null,
    committed: Committed.create().memory,
    committedRing: ring.memory,
    inputs: [],
    outputs: [],
    sources: [],
    upstream: [],
    barrier: null,
    epoch: 1,
    runId: 1,
    lane: 0,
    lanes: 1,
    careful: null,
    poison: [],
    logLevel: 'silent',
    maxSleepMs: 100,
    nurseryMb: null,
  }
}
