/**
 * A unit of restart: threads that fail together and start together. The processing group is one unit; each source thread
 * and each reader is one of its own.
 *
 *            start               all running
 *   idle ──────────► starting ──────────────► running ──drain──► draining ──► stopped
 *                      ▲  │                      │                  │
 *                      │  └──── a member failed ─┴──────────────────┘
 *                      │                │
 *                      │ pause          ▼
 *                      └────────── clearing: end the others, wait for every exit
 *                                       │ too often, or before it ran
 *                                       ▼
 *                                    given up
 *
 * From any state `terminate` leads through `ending` to `stopped`: nothing is started again.
 */
import { SkeinError } from '../errors.ts'
import type { FromActor } from './actor.ts'
import type { ActorThread } from './actor-thread.ts'
import { type RestartLimits, RestartPolicy } from './restart-policy.ts'
import { ActorState, type FrameNote } from './status-board.ts'
import { Suspicion } from './suspicion.ts'

export type UnitState = 'idle' | 'starting' | 'running' | 'clearing' | 'draining' | 'ending' | 'stopped' | 'given-up'

/** What went wrong, for the log and for `/ready`. */
export interface Failure {
  member: string
  reason: string
  error: unknown
  /** The frame that the failed member's handler was working on. */
  note: FrameNote | null
}

export interface UnitOptions {
  name: string
  /** Makes the threads of a start. Runs after every thread of the start before is gone. */
  spawn(suspects: Suspects): ActorThread[]
  limits: RestartLimits
  /** Threads that may not be ended from outside are left behind when they hang. */
  neverTerminate: boolean
  /** Holds work that must be finished although the engine drains: started again even then. */
  finishesAfterFailure: boolean
  onRestart(failure: Failure, delayMs: number): void
  onGivenUp(failure: Failure): void
  now?: () => number
  random?: () => number
}

/** Frames under which the unit has failed: once makes it careful, twice makes it a dead letter. */
export interface Suspects {
  careful: FrameNote | null
  poison: FrameNote[]
}

/** A further failure changes nothing. */
const OVER: ReadonlySet<UnitState> = new Set(['clearing', 'ending', 'stopped', 'given-up'])

export class Unit {
  readonly name: string
  state: UnitState = 'idle'
  readonly #options: UnitOptions
  readonly #policy: RestartPolicy
  readonly #suspicion = new Suspicion()
  #threads: ActorThread[] = []
  #running = new Set<string>()
  #failure: Failure | null = null
  #pause: NodeJS.Timeout | null = null
  #wantsDrain = false
  #started: PromiseWithResolvers<void> = Promise.withResolvers()
  readonly #stopped: PromiseWithResolvers<void> = Promise.withResolvers()

  constructor(options: UnitOptions) {
    this.name = options.name
    this.#options = options
    this.#policy = new RestartPolicy(options.limits)
    this.#started.promise.catch(() => {}) // whoever waits for the start hears of it; nobody has to
  }

  get threads(): readonly ActorThread[] {
    return this.#threads
  }

  /** Resolves when every member runs; rejects when the unit is given up first. */
  start(): Promise<void> {
    this.#spawn()
    return this.#started.promise
  }

  /** Asks every member to finish; resolves when the unit is over. */
  drain(): Promise<void> {
    this.#wantsDrain = true
    if (this.state === 'starting' || this.state === 'running') this.#tellToDrain()
    else if (this.state === 'clearing') this.#cleared()
    else if (this.state === 'idle') this.#stop()
    return this.#stopped.promise
  }

  /** Ends every thread now, except those that must not be. */
  terminate(): void {
    this.#clearPause()
    this.state = 'ending'
    for (const thread of this.#threads) {
      if (thread.isOver) continue
      if (this.#options.neverTerminate) thread.tell({ type: 'stop' })
      else thread.terminate()
    }
    if (this.#allOver) this.#stop()
  }

  owns(thread: ActorThread): boolean {
    return this.#threads.includes(thread)
  }

  onMessage(thread: ActorThread, message: FromActor): void {
    if (message.type === 'terminate') thread.terminate()
    if (message.type !== 'running') return
    this.#running.add(thread.name)
    if (this.#running.size < this.#threads.length || this.state !== 'starting') return
    this.state = 'running'
    this.#started.resolve()
    if (this.#wantsDrain) this.#tellToDrain()
  }

  onExit(thread: ActorThread, code: number, error: unknown): void {
    // Only a drain ends a member well: one that leaves the others by itself has failed them.
    if (error !== undefined || code !== 0 || this.state !== 'draining') {
      const reason = error === undefined ? `exited with code ${code}` : describe(error)
      this.fail({ member: thread.name, reason, error, note: thread.status.noted })
    }
    if (!this.#allOver) return
    if (this.state === 'clearing') this.#cleared()
    else if (this.state !== 'given-up') this.#stop()
  }

  /** A member has failed: ends the others. The next start waits until all are gone. */
  fail(failure: Failure): void {
    if (OVER.has(this.state)) return
    // Others may still be starting: only who never ran is beyond help. Its word of it may still be on its way, so see for ourselves.
    const failed = this.#threads.find((thread) => thread.name === failure.member)
    const neverRan = failed?.status.state === ActorState.starting
    this.state = 'clearing'
    this.#failure = failure
    if (failure.note !== null) this.#suspicion.fellOn(failure.note)
    const isStuck = this.#options.neverTerminate && !this.#allOver
    if (isStuck || neverRan) this.#giveUp(failure)
    if (isStuck) return
    for (const thread of this.#threads) if (!thread.isOver) thread.terminate()
  }

  #spawn(): void {
    this.state = 'starting'
    this.#running = new Set()
    const { careful, poison } = this.#suspicion
    this.#threads = this.#options.spawn({ careful, poison })
  }

  #cleared(): void {
    const failure = this.#failure
    if (failure === null || !this.#allOver) return
    if (this.#wantsDrain && !this.#options.finishesAfterFailure) {
      // What it had is in its rings and in the log; it would be started only to stop.
      this.#clearPause()
      this.#stop()
      return
    }
    if (this.#pause !== null) return
    const now = this.#options.now?.() ?? performance.now()
    const delayMs = this.#policy.next(now, this.#options.random?.() ?? Math.random())
    if (delayMs === null) {
      this.#giveUp(failure)
      return
    }
    this.#options.onRestart(failure, delayMs)
    this.#pause = setTimeout(() => {
      this.#pause = null
      this.#spawnAgain()
    }, delayMs)
  }

  /** What stands in the way of a start, such as a disk that cannot be read, is one more failure. */
  #spawnAgain(): void {
    try {
      this.#spawn()
    } catch (error) {
      this.state = 'clearing'
      this.#failure = { member: this.name, reason: describe(error), error, note: null }
      this.#cleared()
    }
  }

  #tellToDrain(): void {
    this.state = 'draining'
    for (const thread of this.#threads) thread.tell({ type: 'drain' })
  }

  get #allOver(): boolean {
    return this.#threads.every((thread) => thread.isOver)
  }

  #clearPause(): void {
    if (this.#pause !== null) clearTimeout(this.#pause)
    this.#pause = null
  }

  #giveUp(failure: Failure): void {
    this.state = 'given-up'
    this.#started.reject(escalation(failure))
    this.#stopped.resolve()
    this.#options.onGivenUp(failure)
  }

  #stop(): void {
    this.state = 'stopped'
    this.#stopped.resolve()
  }
}

/** Why a unit is given up: the error itself where it says what to do, as a port that is taken does. */
export function escalation({ member, reason, error }: Failure): SkeinError {
  if (error instanceof SkeinError && error.code !== 'SKEIN_RUNTIME_UNEXPECTED') return error
  return new SkeinError('SKEIN_RUNTIME_ESCALATED', { actor: member, reason }, { cause: error })
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
