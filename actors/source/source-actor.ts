/**
 * The SourceActor: hosts the sources of one thread, each with a ring of its own.
 *
 * A source that throws ends the thread, which starts again from the last commit with all of its sources: what they had
 * published is in their rings, and what they read again the shard drops.
 */
import { makeSourceState } from '../../engine/records/index.ts'
import { type ActorContext, defineActor, type EventedActor, type SourceAssignment } from '../../engine/runtime/actor.ts'
import { Wakeups } from '../../engine/runtime/wakeups.ts'
import type { SourceDefinition } from './source.ts'
import { SourceOutput } from './source-output.ts'

class SourceActor implements EventedActor {
  readonly #context: ActorContext<null>
  readonly #wakeups: Wakeups
  readonly #abort = new AbortController()

  constructor(context: ActorContext<null>) {
    this.#context = context
    this.#wakeups = new Wakeups(context.bell)
  }

  async run(): Promise<void> {
    await Promise.all(this.#context.sources.map((source) => this.#runSource(source)))
    // A thread whose sources are finished stays until the drain: its rings are still being read.
    await this.#aborted()
  }

  drain(): void {
    this.#abort.abort()
    this.#wakeups.recheck()
  }

  stop(): void {
    this.drain()
  }

  async #runSource(source: SourceAssignment): Promise<void> {
    const { report } = this.#context
    const { default: definition } = (await import(source.module)) as { default: SourceDefinition<unknown> }
    const outcome = await definition.run(this.#contextOf(source))
    if (outcome === 'finished') report({ type: 'finished', source: source.name })
  }

  #contextOf(source: SourceAssignment) {
    const { bells, barrier, careful, failpoints, poison, status, log, report } = this.#context
    return {
      id: source.id,
      name: source.name,
      options: source.options,
      resume: barrier.sources.get(source.id) ?? makeSourceState(source.id),
      output: new SourceOutput(source.ring, bells, this.#wakeups, failpoints, this.#abort.signal),
      signal: this.#abort.signal,
      failpoints,
      poison: poison.filter((note) => note.sourceId === source.id),
      isCareful: careful !== null,
      note: (position: number) => status.note(source.id, position),
      clearNote: () => status.clearNote(),
      log,
      health: (problem: string | null) => report({ type: 'health', component: source.name, problem }),
    }
  }

  #aborted(): Promise<void> {
    const { signal } = this.#abort
    if (signal.aborted) return Promise.resolve()
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  }
}

export default defineActor<null>({ kind: 'source', blocking: false, setup: (context) => new SourceActor(context) })
