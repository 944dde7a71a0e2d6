/**
 * Asks an HTTP API again and again: the parts of a region that are most overdue, or each combination of some parameters.
 *
 *   the limiter lets it ──► the agenda gives a task ──► fetch, with retries ──► decode and publish
 *
 * Fetches overlap; their answers are published one after the other, each whole. A task whose fetch failed, or whose body was
 * refused, is as overdue as before.
 *
 * *Delivery guarantees.* What was published is in the log exactly once (`intake.ts`). After 401 or 403 nothing is asked any more;
 * limits hold across restarts (`credentials.ts`).
 */

import { unpackSecrets } from '../../../engine/config/secret.ts'
import { SkeinError } from '../../../engine/errors.ts'
import {
  type Answer,
  type Auth,
  Authorizer,
  FAILURES,
  type FailureClass,
  Fetcher,
  type FetchOptions,
  nextLink,
  parametersOf,
  shownUrl,
  toSetFor,
} from '../http/index.ts'
import { LimiterTable } from '../limit/index.ts'
import { RedisGone } from '../sharing/redis.ts'
import { SharedLimiter } from '../sharing/shared-limiter.ts'
import { defineSource, type SourceContext, type SourceOutcome } from '../source.ts'
import type { Task } from './agenda.ts'
import { AnswerIntake, type IntakeOptions } from './answer-intake.ts'
import { Asking, Question } from './asking.ts'
import type { LimiterPlace } from './credentials.ts'
import { LimiterGate } from './limiter-gate.ts'
import { countFailure, type PollCounters, pollCounters } from './poll-counters.ts'
import type { PollGate } from './poll-gate.ts'
import { Reading } from './reading.ts'
import { combinations, Rounds } from './rounds.ts'
import { SharedGate } from './shared-gate.ts'
import { type SharedOptions, SharedUse } from './shared-use.ts'
import { SinceCursors } from './since-cursors.ts'
import type { PollSettings } from './spec.ts'
import { type BoardPlan, TileBoard } from './tile-board.ts'
import { TileRounds } from './tile-rounds.ts'
import { UrlTemplate } from './url-template.ts'
import { Validated } from './validated.ts'
import { Waker } from './waker.ts'

export interface PollOptions extends IntakeOptions, Pick<PollSettings, 'url' | 'params' | 'headers' | 'maxInFlight'> {
  /** Packed. */
  auth: unknown
  everyMs: number
  countsCredits: boolean
  stopsWhenUnauthorized: boolean
  fetch: FetchOptions
  userAgent: string
  /** For a source that asks for tiles: the board, and which of its covers is this source's. */
  tiles: { board: BoardPlan; cover: number } | null
  /** The same for all sources. */
  shared: SharedOptions
  limiter: LimiterPlace
  counters: SharedArrayBuffer
}

/** A live source says at least so often that time goes on: what has gone silent is noticed by that. */
const CLOCK_EVERY_MS = 1000
/** How long a provider that is left alone is not asked, before it is seen whether it still is. */
const BROKEN_PAUSE_MS = 1000
/** After Redis did not answer. */
const GONE_PAUSE_MS = 1000
/** So many fetches in a row that come to nothing make a source degraded. */
const DEGRADED_AFTER = 3

const NO_CURSOR = new Uint8Array(0)

class Poll {
  readonly #context: SourceContext<PollOptions>
  readonly #url: UrlTemplate
  readonly #agenda: Asking
  readonly #board: TileBoard | null
  readonly #gate: PollGate
  readonly #shared: SharedUse
  readonly #auth: Auth | undefined
  readonly #ownParameters: readonly string[]
  readonly #fetcher: Fetcher
  readonly #intake: AnswerIntake
  readonly #since: SinceCursors | null
  /** Null where a first page that is as it was says nothing of the others, or each round has another address. */
  readonly #validated: Validated | null
  readonly #counters: PollCounters
  readonly #waker = new Waker()
  readonly #ending = Promise.withResolvers<SourceOutcome>()
  #inFlight = 0
  #failuresInARow = 0
  readonly #problems: Record<'provider' | 'redis', string | null> = { provider: null, redis: null }
  #pausedUntilMs = 0
  #isEnding = false

  constructor(context: SourceContext<PollOptions>) {
    const { options } = context
    this.#context = context
    this.#shared = SharedUse.begin(options.shared)
    this.#url = new UrlTemplate(options.url)
    this.#board = options.tiles === null ? null : TileBoard.join(options.tiles.board, this.#shared.redis, context.log)
    const agenda =
      this.#board === null
        ? new Rounds(options.params, options.everyMs)
        : new TileRounds(this.#board, options.tiles!.cover, options.countsCredits, (error) => this.#noteGone(error))
    this.#agenda = new Asking(agenda, () => this.#waker.wake())
    context.answerWith((params, signal) => this.#agenda.ask(params as Record<string, string>, signal))
    this.#counters = pollCounters.attach(options.counters)
    this.#gate = this.#gateTo(options.limiter)
    this.#auth = unpackSecrets(options.auth) as Auth | undefined
    this.#ownParameters = parametersOf(this.#auth)
    this.#fetcher = new Fetcher(this.#shared.http, options.fetch, new Authorizer(this.#auth, this.#shared.http), {
      gate: this.#gate,
      onAttempt: (outcome) => this.#countAttempt(outcome),
    })
    const { since, pages, params } = options
    this.#since = since === null ? null : new SinceCursors(since, combinations(params), context.resume.cursor)
    this.#validated = this.#board === null && since === null && pages === null ? new Validated() : null
    this.#intake = new AnswerIntake(context, this.#shared.pool, () => this.#since?.encode() ?? NO_CURSOR)
  }

  #gateTo({ memory, slot, name, ...limits }: LimiterPlace): PollGate {
    const limiter = new LimiterTable(memory).limiter(slot, limits)
    const { redis } = this.#shared
    if (redis === null || limits.rules.length === 0) return new LimiterGate(limiter, this.#agenda.mostCredits)
    const shared = new SharedLimiter(redis, name, limits, limiter)
    return new SharedGate(shared, this.#agenda.mostCredits, (error) => this.#noteGone(error))
  }

  async run(): Promise<SourceOutcome> {
    const { signal } = this.#context
    signal.addEventListener('abort', () => this.#end('stopped'), { once: true })
    if (signal.aborted) this.#end('stopped')
    try {
      while (!this.#isEnding) {
        const waitMs = await this.#begin()
        const sleepMs = this.#board === null ? waitMs : Math.min(waitMs, await this.#tellTime())
        if (sleepMs > 0) await this.#waker.sleep(sleepMs)
      }
      return await this.#ending.promise
    } finally {
      this.#agenda.end()
      await this.#intake.close()
      await this.#board?.leave().catch((error) => this.#noteGone(error))
      this.#shared.end()
    }
  }

  /** Begins a fetch if one may begin now; else returns in how many milliseconds to look again. */
  async #begin(): Promise<number> {
    const nowMs = Date.now()
    if (this.#inFlight >= this.#context.options.maxInFlight) return Number.POSITIVE_INFINITY // until one ends
    const waitMs = Math.max(this.#pausedUntilMs - nowMs, this.#gate.waitMs(nowMs))
    if (waitMs > 0) return waitMs
    try {
      const task = await this.#agenda.take(nowMs)
      if (task === null) return Math.max(1, this.#agenda.waitMs(nowMs))
      if (!(await this.#mayAsk(task))) return 1
      this.#start(task)
      return 0
    } catch (error) {
      this.#noteGone(error)
      return GONE_PAUSE_MS
    }
  }

  /** If not, the task is where it was. */
  async #mayAsk(task: Task): Promise<boolean> {
    let mayAsk = false
    try {
      mayAsk = (await this.#gate.take(Date.now(), task.credits)) && !this.#isEnding
    } finally {
      if (!mayAsk) this.#agenda.returned(task)
    }
    this.#health('redis', null)
    return mayAsk
  }

  #start(task: Task): void {
    this.#counters.in_flight.set(++this.#inFlight)
    void this.#perform(task)
      .catch((error) => this.#end(Promise.reject(error)))
      .finally(() => this.#oneLess())
  }

  #oneLess(): void {
    this.#counters.in_flight.set(--this.#inFlight)
    this.#waker.wake()
  }

  /** All pages of a round. */
  async #perform(task: Task): Promise<void> {
    const question = task instanceof Question ? task : null
    const mark = question === null ? (this.#since?.newMark() ?? null) : null
    const reading = new Reading(this.#addressOf(task), this.#context.options.pages, mark, this.#ownParameters)
    while (await this.#ask(task, question, reading));
  }

  /** Of the first page: what is new of a round, what is asked for of a question that says since when. */
  #addressOf({ params }: Task): string {
    const { since } = this.#context.options
    if (this.#since === null || since!.param in params) return this.#url.fill(params)
    return this.#since.ask(this.#url, params)
  }

  /** One page. Whether there is another one to ask for. */
  async #ask(task: Task, question: Question | null, reading: Reading): Promise<boolean> {
    const { options } = this.#context
    const signal = question === null ? this.#context.signal : AbortSignal.any([this.#context.signal, question.signal])
    const { url } = reading
    const validators = question === null ? (this.#validated?.of(url) ?? null) : null
    const headers = { 'user-agent': options.userAgent, ...options.headers }
    const beganMs = performance.now()
    const answer = await this.#fetcher.fetch({ url, headers, validators }, signal, question?.tally)
    const tookMs = performance.now() - beganMs
    this.#counters.fetch_us.record(tookMs * 1000)
    if (question !== null) {
      question.latencyMs = tookMs
      if (answer.kind !== 'failed') question.status = answer.status
    }
    if (answer.kind === 'ok') return await this.#take(task, question, reading, answer)
    if (answer.kind === 'not-modified') this.#conclude(task, 'unchanged')
    else if (!signal.aborted) this.#fail(task, url, answer)
    else question?.fail('aborted', '')
    return false
  }

  async #take(
    task: Task,
    question: Question | null,
    reading: Reading,
    answer: Extract<Answer, { kind: 'ok' }>,
  ): Promise<boolean> {
    const { url, mark } = reading
    this.#counters.bytes.add(answer.body.length)
    const taken = await this.#intake.take(answer.body, {
      origin: shownUrl(url),
      params: task.params,
      mark,
      records: question?.records,
      onTaken: (rows, next) => {
        reading.follow({ rows, next, link: nextLink(answer.headers) })
        if (question === null && reading.end !== null) this.#finishReading(task, reading)
      },
    })
    if (this.#context.signal.aborted) {
      this.#agenda.failed(task, Date.now()) // it may not have been published
      return false
    }
    if (taken !== 'taken') {
      this.#counters.refused_bodies.add(1)
      question?.fail(taken === 'limited' ? 'limited' : 'refused_body', 'see the dead letters')
      this.#agenda.failed(task, Date.now())
      if (taken === 'limited') {
        countFailure(this.#counters, 'limited')
        this.#gate.refused()
      } else this.#noteFailure('it answers what is not to be understood: see the dead letters')
      return false
    }
    if (question !== null) {
      this.#conclude(task, 'answers') // one page is what was asked for
      return false
    }
    this.#validated?.note(url, answer.validators)
    if (reading.end === 'elsewhere') {
      const detail = `it says that the next page is at ${shownUrl(reading.url)}, which is another origin`
      countFailure(this.#counters, 'other_origin')
      this.#fail(task, url, { kind: 'failed', class: 'other_origin', detail })
    } else if (reading.end === null) this.#counters.answers.add(1)
    else this.#conclude(task, 'answers')
    return reading.end === null
  }

  /** Moves the cursor, if it may move, before the last page's rows are published: it is written behind them. */
  #finishReading({ params }: Task, reading: Reading): void {
    const { log, options } = this.#context
    if (reading.mark !== null) this.#counters.rows_without_since.add(reading.mark.missing)
    const isMoved = this.#since?.conclude(params, reading) ?? true
    if (reading.end === 'repeated') this.#counters.repeated_cursors.add(1)
    if (reading.end !== 'cut') return
    this.#counters.cut_rounds.add(1)
    log.warn('there are more pages than may be asked for: raise pages.most', {
      params,
      most: options.pages!.most,
      goesOn: isMoved ? 'behind them in the next round' : 'from the first page in the next round',
    })
  }

  #conclude(task: Task, became: 'answers' | 'unchanged'): void {
    this.#counters[became].add(1)
    this.#counters.last_answer_ms.set(Date.now())
    this.#agenda.answered(task)
    this.#failuresInARow = 0
    this.#health('provider', null)
  }

  #fail(task: Task, url: string, answer: Extract<Answer, { kind: 'refused' | 'failed' }>): void {
    const nowMs = Date.now()
    const shown = shownUrl(url)
    this.#counters.failures.add(1)
    if (task instanceof Question) task.fail(answer.class, answer.detail)
    this.#agenda.failed(task, nowMs)
    this.#context.log.debug('a fetch came to nothing', { url: shown, class: answer.class, detail: answer.detail })
    if (answer.class === 'unauthorized' || answer.class === 'forbidden') this.#endUnauthorized(shown, answer)
    else if (answer.class === 'breaker_open') this.#pausedUntilMs = nowMs + BROKEN_PAUSE_MS
    else if (answer.class !== 'limited')
      this.#noteFailure(`${answer.class}: ${FAILURES[answer.class].what}; ${answer.detail}`)
  }

  #noteFailure(problem: string): void {
    this.#failuresInARow++
    if (this.#failuresInARow === DEGRADED_AFTER) this.#health('provider', problem)
  }

  /** Throws any other error. */
  #noteGone(error: unknown): void {
    if (!(error instanceof RedisGone)) throw error
    const { message } = error
    this.#counters.redis_failures.add(1)
    this.#health('redis', `nothing is asked as long as Redis does not say what other nodes ask: ${message}`)
  }

  #health(of: 'provider' | 'redis', problem: string | null): void {
    if (this.#problems[of] === problem) return
    this.#problems[of] = problem
    this.#context.health(this.#problems.redis ?? this.#problems.provider)
  }

  #countAttempt(outcome: Parameters<typeof countFailure>[1] | 'ok'): void {
    this.#counters.requests.add(1)
    if (outcome !== 'ok') countFailure(this.#counters, outcome)
  }

  /** Says that time goes on, if nothing else has of late; returns in how many milliseconds to say it again. */
  async #tellTime(): Promise<number> {
    const waitMs = this.#intake.toldMs + CLOCK_EVERY_MS - Date.now()
    if (waitMs > 0) return waitMs
    await this.#intake.tellTime()
    return CLOCK_EVERY_MS
  }

  #endUnauthorized(url: string, { class: failure, detail }: { class: FailureClass; detail: string }): void {
    this.#agenda.end(failure, detail)
    const { options, name } = this.#context
    const set = toSetFor(this.#auth)
    const error = new SkeinError('SKEIN_SOURCE_UNAUTHORIZED', { source: name, url, answer: detail, set })
    this.#end({ parked: error, isFatal: options.stopsWhenUnauthorized })
  }

  #end(outcome: SourceOutcome | Promise<never>): void {
    this.#isEnding = true
    this.#ending.resolve(outcome)
    this.#waker.wake()
  }
}

export default defineSource<PollOptions>({ kind: 'poll', run: (context) => new Poll(context).run() })
