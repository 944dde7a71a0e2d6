/** The SourceActor: hosts the sources of one thread, each with a ring of its own and kept from the others. */
import { type ActorContext, defineActor, type EventedActor } from '../../engine/runtime/actor.ts'
import type { RestartLimits } from '../../engine/runtime/restart-policy.ts'
import { Wakeups } from '../../engine/runtime/wakeups.ts'
import { HostedSource } from './hosted-source.ts'

export interface SourceThreadOptions {
  restarts: RestartLimits
}

class SourceActor implements EventedActor {
  readonly #wakeups: Wakeups
  readonly #abort = new AbortController()
  readonly #sources: HostedSource[]

  constructor(context: ActorContext<SourceThreadOptions>) {
    this.#wakeups = new Wakeups(context.bell)
    this.#sources = context.sources.map(
      (source) => new HostedSource(source, context, this.#wakeups, this.#abort.signal),
    )
  }

  async run(): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.run()))
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

  #aborted(): Promise<void> {
    const { signal } = this.#abort
    if (signal.aborted) return Promise.resolve()
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  }
}

export default defineActor<SourceThreadOptions>({
  kind: 'source',
  blocking: false,
  setup: (context) => new SourceActor(context),
})
