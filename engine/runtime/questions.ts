/** Questions to sources that have not been replied to yet. Each is settled once: by a reply, or because its thread is over. */
import { type PlainError, SkeinError } from '../errors.ts'
import type { ActorThread } from './actor-thread.ts'

/** What a source replies. Plain data. */
export type Reply = { readonly answer: unknown } | { readonly error: PlainError }

interface Open {
  readonly thread: ActorThread
  settle(reply: Reply): void
}

export class Questions {
  readonly #open = new Map<number, Open>()
  #last = 0

  /** Rejects with what the source's side rejected with, or `SKEIN_SOURCE_STOPPED`. An aborted signal withdraws the question. */
  async ask(thread: ActorThread, sourceId: number, question: unknown, signal?: AbortSignal): Promise<unknown> {
    const number = ++this.#last
    const { promise, resolve } = Promise.withResolvers<Reply>()
    this.#open.set(number, { thread, settle: resolve })
    const withdraw = () => thread.tell({ type: 'withdraw', number })
    signal?.addEventListener('abort', withdraw, { once: true })
    thread.tell({ type: 'ask', id: sourceId, number, question })
    if (signal?.aborted) withdraw()
    const reply = await promise
    signal?.removeEventListener('abort', withdraw)
    if ('error' in reply) throw SkeinError.fromPlain(reply.error)
    return reply.answer
  }

  replied(number: number, reply: Reply): void {
    this.#open.get(number)?.settle(reply)
    this.#open.delete(number)
  }

  threadIsOver(thread: ActorThread): void {
    for (const [number, open] of this.#open) {
      if (open.thread !== thread) continue
      const error = new SkeinError('SKEIN_SOURCE_STOPPED', { thread: thread.name })
      this.replied(number, { error: error.toPlain() })
    }
  }
}
