/** One request and its answer on the wire, without redirects: what undici tells of it, as a promise. */
import type { Dispatcher } from 'undici'
import type { Headers } from '../limit/index.ts'
import type { HttpLimits } from './answer.ts'
import { Body } from './body.ts'
import { classOfError, type FailureClass } from './failures.ts'

export type Exchanged =
  | { isWhole: true; status: number; headers: Headers; body: Buffer }
  | { isWhole: false; class: FailureClass; detail: string }

/** Of an answer that is not wanted so much is kept. */
export const MOST_OF_A_REFUSAL = 65_536

export class Exchange implements Dispatcher.DispatchHandler {
  readonly whole: Promise<Exchanged>
  readonly #limits: HttpLimits
  readonly #resolve: (exchanged: Exchanged) => void
  #controller: Dispatcher.DispatchController | null = null
  #status = 0
  #headers: Headers = {}
  #body: Body | null = null
  /** Why it was given up here. */
  #givenUp: FailureClass | null = null

  constructor(limits: HttpLimits) {
    this.#limits = limits
    const { promise, resolve } = Promise.withResolvers<Exchanged>()
    this.whole = promise
    this.#resolve = resolve
  }

  giveUp(why: FailureClass, detail = ''): void {
    this.#givenUp ??= why
    this.#resolve({ isWhole: false, class: this.#givenUp, detail })
    this.#controller?.abort(new Error(why))
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#givenUp !== null) controller.abort(new Error(this.#givenUp))
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (status < 200) return // 1xx: the answer is still to come
    this.#status = status
    this.#headers = headers
    const length = headers['content-length']
    this.#body = new Body(typeof length === 'string' ? length : undefined, this.#mostBytes)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#body!.add(chunk)) return
    if (this.#isWanted) this.giveUp('too_large', `more than ${this.#limits.maxBodyBytes} bytes`)
    else {
      this.#finish() // the rest of an error page is nobody's loss
      controller.abort(new Error('enough of it'))
    }
  }

  onResponseEnd(): void {
    this.#finish()
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    const failure = this.#givenUp ?? classOfError(error, this.#body !== null)
    this.#resolve({ isWhole: false, class: failure, detail: error.message })
  }

  #finish(): void {
    this.#resolve({ isWhole: true, status: this.#status, headers: this.#headers, body: this.#body!.take() })
  }

  get #isWanted(): boolean {
    return this.#status < 300
  }

  get #mostBytes(): number {
    return this.#isWanted ? this.#limits.maxBodyBytes : MOST_OF_A_REFUSAL
  }
}
