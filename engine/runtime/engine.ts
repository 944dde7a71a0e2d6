/**
 * A running engine: a locked log directory, its registered sources, and the supervised actors of a plan.
 *
 * It says how it is (`health`), ends by itself when a plan that is to end has read everything (`finished`), and tells when
 * it cannot go on (`failed`). It knows no HTTP, no terminal and no signals: those are the caller's.
 */
import { SkeinError } from '../errors.ts'
import { makeCommittedState } from '../log/committed.ts'
import type { ReaderOffset } from '../log/committed-reader.ts'
import { readBarrierNumber } from '../log/last-barrier.ts'
import { type DirectoryLock, lockDirectory } from '../log/lock.ts'
import { SourceRegistry } from '../log/source-registry.ts'
import type { Log } from '../ops/log.ts'
import type { Barrier } from '../records/barrier.ts'
import type { Failpoints } from './failpoints.ts'
import { LogKeeper } from './log-keeper.ts'
import type { Plan } from './plan.ts'
import { type SourceChanges, sourceChanges } from './source-changes.ts'
import { Supervisor } from './supervisor.ts'

export interface EngineOptions {
  plan: Plan
  log: Log
  /** A server that an actor opened, such as the hub's. */
  onListening?: (component: string, url: string) => void
  failpoints?: Failpoints
}

export class Engine {
  readonly sources: SourceRegistry
  /** Resolves when every source has read all it will ever read. */
  readonly finished: Promise<void>
  /** Resolves with the reason when the engine cannot go on. */
  readonly failed: Promise<SkeinError>
  readonly supervisor: Supervisor
  readonly lock: DirectoryLock
  /** Where the log ended when this engine came to it. */
  readonly begin: ReaderOffset
  #plan: Plan
  readonly #keeper: LogKeeper
  /** One reload after the other. */
  #reloaded: Promise<unknown> = Promise.resolve()
  readonly #health = new Map<string, string>()
  readonly #restarts = new Map<string, number>()
  #state: 'starting' | 'running' | 'draining' | 'stopped' = 'starting'

  private constructor(options: EngineOptions, lock: DirectoryLock) {
    const { plan, log, failpoints, onListening } = options
    const finished = Promise.withResolvers<void>()
    const failed = Promise.withResolvers<SkeinError>()
    this.#plan = plan
    this.lock = lock
    this.finished = finished.promise
    this.failed = failed.promise
    this.sources = new SourceRegistry(plan.directory)
    const registered = this.sources.registerAll(plan.sources.map(({ name, metadata }) => ({ name, metadata })))
    this.supervisor = new Supervisor({
      plan,
      sourceIds: new Map(registered.map(({ name, id }) => [name, id])),
      runId: Math.floor(Math.random() * 2 ** 48),
      failpoints,
      events: {
        onRestart: (unit, failure, delayMs) => {
          this.#restarts.set(unit, (this.#restarts.get(unit) ?? 0) + 1)
          const { member, reason, note, error } = failure
          log.error('an actor failed; its unit starts again', { unit, member, reason, note, delayMs, error })
        },
        onHealth: (component, problem) => this.noteHealth(component, problem),
        onListening: (component, url) => onListening?.(component, url),
        onTailCut: (cut) =>
          log.warn('the log ended in the middle of a commit; its sources tell again what was in it', { ...cut }),
        onFinished: () => finished.resolve(),
        onFatal: (error) => {
          this.noteHealth('engine', error.message)
          failed.resolve(error)
        },
        onStuck: (actor, silentMs) => {
          log.error('a commit does not return: the disk hangs; the process ends itself', { actor, silentMs })
          process.kill(process.pid, 'SIGKILL')
          throw new SkeinError('SKEIN_RUNTIME_UNEXPECTED', { actor, silentMs })
        },
      },
    })
    this.begin = { position: this.supervisor.memory.committed.read(makeCommittedState()).position, frames: 0 }
    this.#keeper = new LogKeeper(plan, this.supervisor.memory, log)
  }

  /** Throws `SKEIN_LOG_LOCKED`, `SKEIN_LOG_DAMAGED`, `SKEIN_LOG_NEWER_FORMAT`, `SKEIN_RUNTIME_ESCALATED`. */
  static async start(options: EngineOptions): Promise<Engine> {
    const lock = await lockDirectory(options.plan.directory)
    try {
      const engine = new Engine(options, lock)
      try {
        await engine.supervisor.start()
      } catch (error) {
        await engine.supervisor.drain()
        throw error
      }
      engine.#keeper.start()
      engine.#state = 'running'
      return engine
    } catch (error) {
      await lock.release()
      throw error
    }
  }

  get plan(): Plan {
    return this.#plan
  }

  get state(): string {
    return this.#state
  }

  /** What is wrong, by component; empty when all is well. */
  get health(): ReadonlyMap<string, string> {
    return this.#health
  }

  /** Of the log's files, a moment ago. */
  get logBytes(): number {
    return this.#keeper.bytes
  }

  /** A component is degraded, or well again (null). */
  noteHealth(component: string, problem: string | null): void {
    if (problem === null) this.#health.delete(component)
    else this.#health.set(component, problem)
  }

  /** How often each unit was started again. */
  get restarts(): ReadonlyMap<string, number> {
    return this.#restarts
  }

  /** The last committed barrier: the ledger, and where every source is. */
  committedBarrier(): Barrier {
    const { barrier } = this.supervisor.memory.committed.read(makeCommittedState())
    return readBarrierNumber(this.plan.directory, barrier)
  }

  /**
   * Takes over another plan's sources: they come, change and go while everything runs on. Throws `SKEIN_RUNTIME_RELOAD`, and
   * has changed nothing, when anything else differs. Resolves when those that go have gone.
   */
  reload(plan: Plan): Promise<SourceChanges> {
    const reloaded = this.#reloaded.then(() => this.#changeSources(plan))
    this.#reloaded = reloaded.catch(() => {})
    return reloaded
  }

  /** Drains and stops. Returns who was still busy when it was cut short, by time or by `signal`. */
  async drain(signal?: AbortSignal): Promise<string[]> {
    this.#state = 'draining'
    this.#keeper.stop()
    const busy = await this.supervisor.drain(signal)
    this.#state = 'stopped'
    await this.lock.release()
    return busy
  }

  async #changeSources(plan: Plan): Promise<SourceChanges> {
    const changes = sourceChanges(this.#plan, plan)
    const { added, changed, removed } = changes
    const registered = this.sources.registerAll(plan.sources.map(({ name, metadata }) => ({ name, metadata })))
    const idOf = new Map(registered.map(({ name, id }) => [name, id]))
    for (const source of [...added, ...changed]) this.supervisor.addSource(source, idOf.get(source.name)!)
    this.#plan = plan
    await Promise.all(removed.map((name) => this.supervisor.removeSource(name)))
    return changes
  }
}
