/**
 * One worker thread and what the supervisor knows of it. It is used once: a restarted actor is a new thread in the same
 * place (board line, bell, counters).
 */
import { Worker } from 'node:worker_threads'
import { SkeinError } from '../errors.ts'
import type { Doorbells } from '../memory/doorbell.ts'
import type { FromActor, ToActor } from './actor.ts'
import type { ActorStatus } from './status-board.ts'
import type { Wiring } from './wiring.ts'

const ENTRY = new URL('./thread.js', import.meta.url)

export interface ThreadEvents {
  message(thread: ActorThread, message: FromActor): void
  /** The thread is over. `error` is what it threw, if that is how it ended. */
  exit(thread: ActorThread, code: number, error: unknown): void
}

export class ActorThread {
  readonly name: string
  readonly status: ActorStatus
  /** Resolves when the thread is over, however it ended. */
  readonly exited: Promise<void>
  readonly #worker: Worker
  readonly #bells: Doorbells
  readonly #bell: number
  #error: unknown
  #isOver = false

  constructor(wiring: Wiring, status: ActorStatus, bells: Doorbells, events: ThreadEvents) {
    this.name = wiring.name
    this.status = status
    this.#bells = bells
    this.#bell = wiring.index
    status.reset()
    const { name, nurseryMb } = wiring
    const resourceLimits = nurseryMb === null ? {} : { maxYoungGenerationSizeMb: nurseryMb }
    this.#worker = new Worker(ENTRY, { workerData: wiring, name, resourceLimits })
    this.#worker.on('message', (message: FromActor) => {
      if (message.type === 'failed') this.#error = SkeinError.fromPlain(message.error)
      else events.message(this, message)
    })
    this.#worker.on('error', (error) => {
      this.#error ??= error
    })
    this.exited = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        this.#isOver = true
        events.exit(this, code, this.#error)
        resolve()
      })
    })
  }

  get isOver(): boolean {
    return this.#isOver
  }

  tell(message: ToActor): void {
    this.#worker.postMessage(message)
    this.status.announceControl()
    this.#bells.ring(this.#bell)
  }

  /** Ends the thread wherever it is in JavaScript; one that is stuck in the kernel stays. */
  terminate(): void {
    void this.#worker.terminate()
  }
}
