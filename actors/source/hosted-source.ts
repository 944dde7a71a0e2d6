/**
 * One source on its thread, kept from the others there: when it fails it starts again by itself, from the last commit.
 *
 *   running ──failed──► pause ──► running        too often in a while: parked, and told; the others go on
 *
 * What it had published is in its ring, and what it reads again the shard drops. An input under which it has failed twice is
 * refused unread. A failure that takes the thread with it, an exit or a hang, is the supervisor's.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { SkeinError } from '../../engine/errors.ts'
import { makeCommittedState } from '../../engine/log/committed.ts'
import { readBarrierNumber } from '../../engine/log/last-barrier.ts'
import { distance } from '../../engine/memory/ring-layout.ts'
import { makeSourceState, type SourceState } from '../../engine/records/index.ts'
import type { ActorContext, SourceAssignment } from '../../engine/runtime/actor.ts'
import { type RestartLimits, RestartPolicy } from '../../engine/runtime/restart-policy.ts'
import { Suspicion } from '../../engine/runtime/suspicion.ts'
import type { Wakeups } from '../../engine/runtime/wakeups.ts'
import type { Answerer, SourceContext, SourceDefinition, SourceOutcome } from './source.ts'
import { SourceOutput } from './source-output.ts'

export class HostedSource {
  readonly #source: SourceAssignment
  readonly #context: ActorContext<unknown>
  readonly #wakeups: Wakeups
  readonly #abort = new AbortController()
  readonly #signal: AbortSignal
  readonly #policy: RestartPolicy
  readonly #suspicion: Suspicion
  /** The input being decoded. The thread's own note is everybody's, and may be another's by the time that this one has failed. */
  #noted: number | null = null
  /** Rejects when it is known that nobody will answer. */
  #answerer = Promise.withResolvers<Answerer>()
  #isClosed = false

  constructor(
    source: SourceAssignment,
    context: ActorContext<{ restarts: RestartLimits }>,
    wakeups: Wakeups,
    threadSignal: AbortSignal,
  ) {
    this.#source = source
    this.#context = context
    this.#wakeups = wakeups
    this.#signal = AbortSignal.any([threadSignal, this.#abort.signal])
    this.#policy = new RestartPolicy(context.options.restarts)
    this.#suspicion = new Suspicion(context.careful, context.poison)
    this.#expectAnswerer()
  }

  /** Waits until the source can be asked. Throws `SKEIN_SOURCE_STOPPED`, or why it is parked. */
  async answer(question: unknown, signal: AbortSignal): Promise<unknown> {
    const answer = await this.#answerer.promise
    return answer(question, signal)
  }

  /** `run` ends soon, and nothing more is published. */
  stop(): void {
    this.#abort.abort()
    this.#wakeups.recheck()
  }

  /** Resolves when the source is done, stopped or parked. */
  async run(): Promise<void> {
    try {
      await this.#runOn()
    } finally {
      this.#noAnswers(new SkeinError('SKEIN_SOURCE_STOPPED', { source: this.#source.name }))
    }
  }

  async #runOn(): Promise<void> {
    const { module } = this.#source
    let resume = this.#committedState()
    for (;;) {
      try {
        const { default: definition } = (await import(module)) as { default: SourceDefinition<unknown> }
        const outcome = await definition.run(this.#contextFrom(resume))
        this.#reportEnd(outcome)
        return
      } catch (error) {
        if (this.#signal.aborted || !(await this.#pauseAfter(error))) return
        resume = this.#committedState()
      }
    }
  }

  #expectAnswerer(): void {
    this.#answerer = Promise.withResolvers()
    this.#answerer.promise.catch(() => {}) // whoever asks hears of it
  }

  /** The first reason stays. */
  #noAnswers(why: SkeinError): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#answerer.reject(why) // for those who wait already
    this.#expectAnswerer()
    this.#answerer.reject(why)
  }

  #reportEnd(outcome: SourceOutcome): void {
    if (typeof outcome === 'object') this.#noAnswers(outcome.parked)
    const { report } = this.#context
    const source = this.#source.name
    if (outcome === 'finished') report({ type: 'finished', source })
    else if (outcome !== 'stopped')
      report({ type: outcome.isFatal ? 'fatal' : 'parked', source, error: outcome.parked.toPlain() })
  }

  /** False when it is not to start again. */
  async #pauseAfter(thrown: unknown): Promise<boolean> {
    const { name, id } = this.#source
    const { report } = this.#context
    const error = SkeinError.from(thrown).toPlain()
    const note = this.#noted === null ? null : { sourceId: id, position: this.#noted }
    if (note !== null) this.#suspicion.fellOn(note)
    this.#clearNote()
    this.#expectAnswerer()
    const delayMs = this.#policy.next(performance.now(), Math.random())
    if (delayMs === null) {
      report({ type: 'parked', source: name, error })
      return false
    }
    report({ type: 'restarting', source: name, error, note, delayMs })
    await delay(delayMs, undefined, { signal: this.#signal }).catch(() => {}) // cut short by a drain
    return !this.#signal.aborted
  }

  #contextFrom(resume: SourceState | undefined): SourceContext<unknown> {
    const { id, name, options, ring } = this.#source
    const { bells, failpoints, log, report } = this.#context
    return {
      id,
      name,
      options,
      resume: resume ?? makeSourceState(id),
      output: new SourceOutput(ring, bells, this.#wakeups, failpoints, this.#signal),
      committed: () => this.#committedState() ?? makeSourceState(id),
      settled: (signal) => this.#settled(signal),
      signal: this.#signal,
      failpoints,
      poison: this.#suspicion.poison.filter(({ sourceId }) => sourceId === id),
      isCareful: this.#suspicion.careful !== null,
      note: (position) => this.#note(position),
      clearNote: () => this.#clearNote(),
      log,
      health: (problem) => report({ type: 'health', component: name, problem }),
      answerWith: (answerer) => this.#answerer.resolve(answerer),
    }
  }

  async #settled(signal: AbortSignal): Promise<void> {
    const { ring } = this.#source
    const { tail } = ring
    const recheck = () => this.#wakeups.recheck()
    signal.addEventListener('abort', recheck, { once: true })
    await this.#wakeups.until(() => signal.aborted || distance(ring.released, tail) >= 0)
    signal.removeEventListener('abort', recheck)
  }

  #committedState(): SourceState | undefined {
    const { committed, directory } = this.#context
    const { barrier } = committed.read(makeCommittedState())
    return readBarrierNumber(directory, barrier).sources.get(this.#source.id)
  }

  #note(position: number): void {
    this.#noted = position
    this.#context.status.note(this.#source.id, position)
  }

  #clearNote(): void {
    this.#noted = null
    this.#context.status.clearNote()
  }
}
