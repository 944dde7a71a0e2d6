/**
 * Fetches with patience: what may succeed a moment later is tried again, and a provider that is not well is left alone for a while.
 *
 * Each attempt passes the gate, so that retries count as the requests they are. Waits between attempts are decorrelated jitter.
 */
import { setTimeout as delay } from 'node:timers/promises'
import {
  BrokenCircuitError,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhenResult,
  type IBackoff,
  type IPolicy,
} from 'cockatiel'
import type { Headers } from '../limit/index.ts'
import type { Answer, HttpLimits, HttpRequest } from './answer.ts'
import type { Authorizer } from './authorizer.ts'
import { FAILURES, type FailureClass } from './failures.ts'
import type { HttpClient } from './http-client.ts'
import { TokenRefused } from './token-source.ts'

export interface FetchOptions {
  readonly limits: HttpLimits
  /** How often a request is sent at most. */
  readonly attempts: number
  /** After so many failures in a row nothing is sent for so long; then one request tries. */
  readonly breaker: { readonly failures: number; readonly pauseMs: number }
}

/** The rate limit: each attempt passes it. */
export interface Gate {
  /** Resolves with a ticket when the next attempt may be sent; rejects when the signal is aborted. */
  pass(signal: AbortSignal): Promise<number>
  /** What became of it; null for both when there was no answer. */
  answered(ticket: number, status: number | null, headers: Headers | null): void
}

/** How often a fetch's request was sent. */
export interface Tally {
  attempts: number
}

export interface FetchHooks {
  readonly gate: Gate
  readonly onAttempt: (outcome: FailureClass | 'ok') => void
}

/** Between attempts, by decorrelated jitter. */
const BACKOFF = new ExponentialBackoff({ initialDelay: 250, maxDelay: 10_000 })

export class Fetcher {
  readonly #client: HttpClient
  readonly #options: FetchOptions
  readonly #authorizer: Authorizer
  readonly #hooks: FetchHooks
  readonly #breaker: IPolicy

  constructor(client: HttpClient, options: FetchOptions, authorizer: Authorizer, hooks: FetchHooks) {
    this.#client = client
    this.#options = options
    this.#authorizer = authorizer
    this.#hooks = hooks
    this.#breaker = circuitBreaker(
      handleWhenResult((answer) => isFailure(answer, 'isProvidersFault')),
      { halfOpenAfter: options.breaker.pauseMs, breaker: new ConsecutiveBreaker(options.breaker.failures) },
    )
  }

  async fetch(request: HttpRequest, signal: AbortSignal, tally?: Tally): Promise<Answer> {
    try {
      // Not cockatiel's `retry`: it costs as much as all the rest, and waits to the end when the signal is aborted.
      let wait: IBackoff<unknown> | null = null
      for (let attempt = 1; ; attempt++) {
        const answer = await this.#breaker.execute(() => {
          if (tally !== undefined) tally.attempts = attempt
          return this.#attempt(request, signal)
        }, signal)
        if (attempt === this.#options.attempts || !isFailure(answer, 'isRetryable')) return answer
        wait = (wait ?? BACKOFF).next(undefined)
        await delay(wait.duration, undefined, { signal })
      }
    } catch (error) {
      if (error instanceof BrokenCircuitError) return failed('breaker_open', 'the provider is left alone for a while')
      if (signal.aborted) return failed('aborted', '')
      throw error
    }
  }

  /** Where the token was too old, another one makes it two requests. */
  async #attempt(request: HttpRequest, signal: AbortSignal): Promise<Answer> {
    try {
      const authorized = await this.#authorizer.authorize(request, signal)
      const answer = await this.#send(authorized, signal)
      const isRefused = answer.kind === 'refused' && answer.class === 'unauthorized'
      if (!isRefused || !this.#authorizer.renew(authorized)) return answer
      return await this.#send(await this.#authorizer.authorize(request, signal), signal)
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw error
      this.#hooks.onAttempt(error.failure)
      return failed(error.failure, error.message)
    }
  }

  async #send(request: HttpRequest, signal: AbortSignal): Promise<Answer> {
    const { gate, onAttempt } = this.#hooks
    const ticket = await gate.pass(signal)
    const answer = await this.#client.send(request, this.#options.limits, signal)
    const hasStatus = answer.kind !== 'failed'
    gate.answered(ticket, hasStatus ? answer.status : null, hasStatus ? answer.headers : null)
    onAttempt('class' in answer ? answer.class : 'ok')
    return answer
  }
}

function isFailure(answer: unknown, of: 'isRetryable' | 'isProvidersFault'): boolean {
  const { class: failure } = answer as { class?: FailureClass }
  return failure !== undefined && FAILURES[failure][of]
}

function failed(failure: FailureClass, detail: string): Answer {
  return { kind: 'failed', class: failure, detail }
}
