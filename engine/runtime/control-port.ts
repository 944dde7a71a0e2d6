/**
 * An actor's end of the line to the supervisor.
 *
 * A blocked thread gets no messages by itself: it polls its port, which costs one load while nothing was sent.
 */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { Ring } from '../memory/ring.ts'
import type { Ask, SourceAssignment, ToActor } from './actor.ts'
import type { ActorStatus } from './status-board.ts'

interface Obedient {
  drain(): void
  stop?(): void
  addSource?(source: SourceAssignment): void
  removeSource?(id: number): void
  ask?(ask: Ask): void
  withdraw?(number: number): void
}

export class ControlPort {
  readonly #port: MessagePort
  readonly #status: ActorStatus
  #seen: number
  #actor: Obedient | null = null

  constructor(port: MessagePort, status: ActorStatus) {
    this.#port = port
    this.#status = status
    this.#seen = 0
  }

  /** For blocking actors: messages are obeyed in `poll`. */
  obeyWhenPolled(actor: Obedient): void {
    this.#actor = actor
  }

  /** For evented actors: messages are obeyed as they come; `wake` then has whoever waits look again. */
  listen(actor: Obedient, wake: () => void): void {
    this.#actor = actor
    this.#port.on('message', (message: ToActor) => {
      this.#obey(message)
      wake()
    })
  }

  get isPending(): boolean {
    return this.#status.control !== this.#seen
  }

  poll(): void {
    while (this.isPending && this.#actor !== null) {
      const received = receiveMessageOnPort(this.#port)
      if (received === undefined) return // announced just before we were started, or not here yet: its bell comes too
      this.#seen++
      this.#obey(received.message as ToActor)
    }
  }

  close(): void {
    this.#port.close()
  }

  #obey(message: ToActor): void {
    const actor = this.#actor
    switch (message.type) {
      case 'drain':
        actor?.drain()
        break
      case 'stop':
        actor?.stop?.()
        break
      case 'add-source':
        actor?.addSource?.({ ...message.source, ring: new Ring(message.source.ring) })
        break
      case 'remove-source':
        actor?.removeSource?.(message.id)
        break
      case 'ask':
        actor?.ask?.(message)
        break
      case 'withdraw':
        actor?.withdraw?.(message.number)
    }
  }
}
