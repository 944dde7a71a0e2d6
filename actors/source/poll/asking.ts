/**
 * An agenda in which somebody's questions come first: each is one request now, with parameters of its own.
 *
 * Whatever holds for the requests of the agenda below holds for them: limits, requests in flight, retries, breaker. A question
 * costs what the dearest request does.
 */
import Denque from 'denque'
import { SkeinError } from '../../../engine/errors.ts'
import type { PlainRecord } from '../../../schemas/plain-record.ts'
import type { FailureClass, Tally } from '../http/index.ts'
import type { Later } from '../schedule/index.ts'
import type { Agenda, Task } from './agenda.ts'

/** Why a fetch came to nothing; `refused_body`: what was answered is not to be understood, and is a dead letter now. */
export type FetchFailure = FailureClass | 'refused_body'

/** Of a fetch that was asked for. */
export interface FetchInfo {
  /** The answer's; null where there was none. */
  status: number | null
  /** From the first attempt to the end of the answer, waits between attempts included. */
  latency_ms: number
  attempts: number
}

/** What becomes of a question. */
export type Told =
  | { kind: 'records'; records: PlainRecord[]; fetch: FetchInfo }
  | { kind: 'failed'; class: FetchFailure; detail: string; fetch: FetchInfo }

export class Question implements Task {
  readonly params: Readonly<Record<string, string>>
  readonly credits: number
  readonly signal: AbortSignal
  /** What the answer held. */
  readonly records: PlainRecord[] = []
  readonly tally: Tally = { attempts: 0 }
  status: number | null = null
  latencyMs = 0
  isSettled = false
  readonly #told = Promise.withResolvers<Told>()

  constructor(params: Readonly<Record<string, string>>, credits: number, signal: AbortSignal) {
    this.params = params
    this.credits = credits
    this.signal = signal
  }

  get told(): Promise<Told> {
    return this.#told.promise
  }

  succeed(): void {
    this.#settle({ kind: 'records', records: this.records, fetch: this.#info })
  }

  fail(failure: FetchFailure, detail: string): void {
    this.#settle({ kind: 'failed', class: failure, detail, fetch: this.#info })
  }

  get #info(): FetchInfo {
    return { status: this.status, latency_ms: this.latencyMs, attempts: this.tally.attempts }
  }

  #settle(told: Told): void {
    this.isSettled = true
    this.#told.resolve(told)
  }
}

/** So many may wait for their turn: whoever asks more is told at once. */
const MOST_WAITING = 10_000

export class Asking implements Agenda {
  readonly #below: Agenda
  readonly #wake: () => void
  readonly #waiting = new Denque<Question>()
  /** Why nothing is asked any more. */
  #over: { failure: FetchFailure; detail: string } | null = null

  /** `wake`: there is something to take. */
  constructor(below: Agenda, wake: () => void) {
    this.#below = below
    this.#wake = wake
  }

  get mostCredits(): number {
    return this.#below.mostCredits
  }

  ask(params: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Told> {
    if (this.#over?.failure === 'aborted') throw new SkeinError('SKEIN_SOURCE_STOPPED')
    if (this.#waiting.length >= MOST_WAITING) throw new SkeinError('SKEIN_FETCH_QUEUE', { waiting: MOST_WAITING })
    const question = new Question(params, this.mostCredits, signal)
    signal.addEventListener('abort', () => question.fail('aborted', 'the caller gave it up'), { once: true })
    if (signal.aborted) question.fail('aborted', 'the caller gave it up')
    else if (this.#over !== null) question.fail(this.#over.failure, this.#over.detail)
    else this.#waiting.push(question)
    this.#wake()
    return question.told
  }

  take(nowMs: number): Later<Task | null> {
    this.#forgetSettled()
    return this.#waiting.shift() ?? this.#below.take(nowMs)
  }

  returned(task: Task): void {
    if (!(task instanceof Question)) this.#below.returned(task)
    else if (this.#over !== null) task.fail(this.#over.failure, this.#over.detail)
    else if (!task.isSettled) this.#waiting.unshift(task)
  }

  waitMs(nowMs: number): number {
    return this.#below.waitMs(nowMs)
  }

  answered(task: Task): void {
    if (task instanceof Question) task.succeed()
    else this.#below.answered(task)
  }

  /** A question that was not told what became of it is still to be asked. */
  failed(task: Task, nowMs: number): void {
    if (task instanceof Question) this.returned(task)
    else this.#below.failed(task, nowMs)
  }

  /** Whoever waits is told why, and whoever asks from now on. The first reason stays. */
  end(failure: FetchFailure = 'aborted', detail = 'the source has stopped'): void {
    this.#over ??= { failure, detail }
    for (let one = this.#waiting.shift(); one !== undefined; one = this.#waiting.shift())
      one.fail(this.#over.failure, this.#over.detail)
  }

  #forgetSettled(): void {
    while (this.#waiting.peekFront()?.isSettled) this.#waiting.shift()
  }
}
