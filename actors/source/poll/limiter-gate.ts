/** Where each attempt of a fetch passes: what it counts for its credential, and what the answer says of the limits. */
import { setTimeout as delay } from 'node:timers/promises'
import { type Headers, makeLimitReport, type RateLimiter, readLimits, UNTOLD_WAIT_MS } from '../limit/index.ts'
import type { PollGate } from './poll-gate.ts'

export class LimiterGate implements PollGate {
  readonly #limiter: RateLimiter
  readonly #mostCredits: number
  readonly #report = makeLimitReport()
  /** Taken for fetches that have not sent yet. */
  readonly #taken: number[] = []

  constructor(limiter: RateLimiter, mostCredits: number) {
    this.#limiter = limiter
    this.#mostCredits = mostCredits
  }

  waitMs(nowMs: number): number {
    return this.#limiter.waitMs(nowMs, this.#mostCredits)
  }

  take(nowMs: number, credits: number): boolean {
    if (this.#limiter.tryTake(nowMs, credits) > 0) return false
    this.#taken.push(this.#limiter.ticket)
    return true
  }

  async pass(signal: AbortSignal): Promise<number> {
    const taken = this.#taken.shift()
    if (taken !== undefined) return taken
    for (;;) {
      const waitMs = this.#limiter.tryTake(Date.now(), this.#mostCredits)
      if (waitMs === 0) return this.#limiter.ticket
      await delay(waitMs, undefined, { signal })
    }
  }

  answered(ticket: number, status: number | null, headers: Headers | null): void {
    const nowMs = Date.now()
    if (status === null || headers === null) this.#limiter.answered(ticket, nowMs)
    else this.#limiter.answered(ticket, nowMs, readLimits(status, headers, nowMs, this.#report))
  }

  refused(): void {
    this.#limiter.block(Date.now(), UNTOLD_WAIT_MS)
  }
}
