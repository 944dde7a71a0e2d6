/**
 * The SourceActor: hosts the sources of one thread, each with a ring of its own and kept from the others. They come, change and
 * go while it runs.
 */
import { SkeinError } from '../../engine/errors.ts'
import {
  type ActorContext,
  type Ask,
  defineActor,
  type EventedActor,
  type SourceAssignment,
} from '../../engine/runtime/actor.ts'
import type { Reply } from '../../engine/runtime/questions.ts'
import type { RestartLimits } from '../../engine/runtime/restart-policy.ts'
import { Wakeups } from '../../engine/runtime/wakeups.ts'
import { HostedSource } from './hosted-source.ts'

export interface SourceThreadOptions {
  restarts: RestartLimits
}

interface Hosted {
  source: HostedSource
  /** Resolves when it publishes nothing more; never rejects. */
  over: Promise<void>
}

class SourceActor implements EventedActor {
  readonly #context: ActorContext<SourceThreadOptions>
  readonly #wakeups: Wakeups
  readonly #abort = new AbortController()
  readonly #hosted = new Map<number, Hosted>()
  /** By the number of the question. */
  readonly #asked = new Map<number, AbortController>()
  readonly #crashed = Promise.withResolvers<never>()

  constructor(context: ActorContext<SourceThreadOptions>) {
    this.#context = context
    this.#wakeups = new Wakeups(context.bell)
    for (const source of context.sources) this.#host(source, Promise.resolve())
  }

  /** Until the drain, also when all sources are finished: their rings are still being read. */
  async run(): Promise<void> {
    await Promise.race([this.#aborted(), this.#crashed.promise])
    await Promise.all(this.#hosted.values().map(({ over }) => over))
  }

  /** A source that is here already is stopped, and begins again with its new options where the last commit is. */
  addSource(source: SourceAssignment): void {
    const before = this.#hosted.get(source.id)
    before?.source.stop()
    this.#host(source, before?.over ?? Promise.resolve())
  }

  removeSource(id: number): void {
    const hosted = this.#hosted.get(id)
    this.#hosted.delete(id)
    hosted?.source.stop()
    void Promise.resolve(hosted?.over).then(() => this.#context.report({ type: 'left', id }))
  }

  ask({ id, number, question }: Ask): void {
    const abort = new AbortController()
    this.#asked.set(number, abort)
    void this.#replyTo(id, question, abort.signal).then((reply) => {
      this.#asked.delete(number)
      this.#context.report({ type: 'reply', number, reply })
    })
  }

  withdraw(number: number): void {
    this.#asked.get(number)?.abort()
  }

  drain(): void {
    this.#abort.abort()
    this.#wakeups.recheck()
  }

  stop(): void {
    this.drain()
  }

  async #replyTo(id: number, question: unknown, signal: AbortSignal): Promise<Reply> {
    try {
      const hosted = this.#hosted.get(id)
      if (hosted === undefined) throw new SkeinError('SKEIN_SOURCE_STOPPED')
      return { answer: await hosted.source.answer(question, signal) }
    } catch (error) {
      return { error: SkeinError.from(error).toPlain() }
    }
  }

  #host(assignment: SourceAssignment, after: Promise<void>): void {
    const source = new HostedSource(assignment, this.#context, this.#wakeups, this.#abort.signal)
    const over = after.then(() => source.run()).catch(this.#crashed.reject)
    this.#hosted.set(assignment.id, { source, over })
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
