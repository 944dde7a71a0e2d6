/** The gate of a source whose limits are shared by nodes. While Redis cannot be asked, nothing passes. */
import { setTimeout as delay } from 'node:timers/promises'
import { type Headers, makeLimitReport, readLimits, UNTOLD_WAIT_MS } from '../limit/index.ts'
import type { SharedLimiter } from '../sharing/shared-limiter.ts'
import type { PollGate } from './poll-gate.ts'

const AGAIN_MS = 1000

export class SharedGate implements PollGate {
  readonly #limiter: SharedLimiter
  readonly #mostCredits: number
  readonly #onGone: (error: unknown) => void
  /** Taken for fetches that have not sent yet. */
  readonly #taken: number[] = []
  /** What was said when a request was not let through last. */
  #notBeforeMs = 0

  /** `onGone` hears of each time that Redis did not answer; of `take`, whoever waits for it does. */
  constructor(limiter: SharedLimiter, mostCredits: number, onGone: (error: unknown) => void) {
    this.#limiter = limiter
    this.#mostCredits = mostCredits
    this.#onGone = onGone
  }

  waitMs(nowMs: number): number {
    return Math.max(0, this.#notBeforeMs - nowMs)
  }

  async take(nowMs: number, credits: number): Promise<boolean> {
    const { waitMs, ticket } = await this.#limiter.tryTake(credits)
    if (waitMs === 0) this.#taken.push(ticket)
    else this.#notBeforeMs = nowMs + waitMs
    return waitMs === 0
  }

  async pass(signal: AbortSignal): Promise<number> {
    const taken = this.#taken.shift()
    if (taken !== undefined) return taken
    for (;;) {
      const permit = await this.#limiter.tryTake(this.#mostCredits).catch(this.#onGone)
      if (permit?.waitMs === 0) return permit.ticket
      await delay(permit?.waitMs ?? AGAIN_MS, undefined, { signal })
    }
  }

  answered(ticket: number, status: number | null, headers: Headers | null): void {
    const report =
      status === null || headers === null ? undefined : readLimits(status, headers, Date.now(), makeLimitReport())
    this.#limiter.answered(ticket, report).catch(this.#onGone)
  }

  refused(): void {
    this.#limiter.block(UNTOLD_WAIT_MS).catch(this.#onGone)
  }
}
