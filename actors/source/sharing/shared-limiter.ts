/**
 * The limits of one credential, shared by nodes through Redis.
 *
 *   read (state, time of Redis) ──► a `RateLimiter` decides ──► write, if nobody else has written meanwhile; else again
 *
 * So all nodes decide by the same rules, one after the other, by one clock. A request counts as sent once that is written: whoever
 * dies then has sent less than it might.
 *
 * What is known is also kept here, in the credential's slot. Where Redis has none of it, or was started anew since it was
 * written, the newer of the two holds, and whatever the others may have sent since counts as sent.
 */
import { randomUUID } from 'node:crypto'
import { type LimiterOptions, type LimitReport, RateLimiter, UNTOLD_WAIT_MS } from '../limit/index.ts'
import { type Redis, RedisGone, Script } from './redis.ts'

/** So often in a row somebody else was faster: then it is a fault. */
const MOST_TRIES = 100
/** Longer than any wait. */
const KEPT_MS = 8 * 86_400_000
/** Of what is in Redis. */
const VERSION = 1

const SCRIPT = new Script(new URL('limit.lua', import.meta.url))

export interface Permit {
  /** 0, or in how many milliseconds to ask again; then there is no ticket. */
  readonly waitMs: number
  readonly ticket: number
}

interface Reading {
  readonly nowMs: number
  readonly version: string
  readonly state: Uint8Array
  readonly isOfThisRun: boolean
  readonly isWritten: boolean
}

export class SharedLimiter {
  readonly #redis: Redis
  readonly #key: string
  /** Decides; what it knows is Redis' at each decision. */
  readonly #limiter: RateLimiter
  /** What was known last. */
  readonly #copy: RateLimiter
  /** What a provider said while Redis was not there to be told; by `performance.now()`. */
  #owedUntilMs = 0

  /** `name` names the credential and its rules on all nodes. */
  constructor(redis: Redis, name: string, options: LimiterOptions, copy: RateLimiter) {
    this.#redis = redis
    this.#key = `skein:${VERSION}:limit:${name}`
    this.#limiter = new RateLimiter(options)
    this.#copy = copy
  }

  /** Throws `RedisGone`, as do the others. */
  tryTake(credits: number): Promise<Permit> {
    return this.#decide((limiter, nowMs) => {
      const waitMs = limiter.tryTake(nowMs, credits)
      return { result: { waitMs, ticket: limiter.ticket }, hasChanged: waitMs === 0 }
    })
  }

  /** As of `RateLimiter`. What cannot be told now is told before the next request. */
  async answered(ticket: number, report?: Readonly<LimitReport>): Promise<void> {
    const blockMs = report === undefined ? 0 : report.waitMs || (report.isRefusal ? UNTOLD_WAIT_MS : 0)
    if (blockMs > 0) this.#owe(blockMs)
    await this.#decide((limiter, nowMs) => {
      limiter.answered(ticket, nowMs, report)
      return { result: undefined, hasChanged: true }
    })
  }

  /** Nothing is sent for so long. */
  async block(forMs: number): Promise<void> {
    this.#owe(forMs)
    await this.#decide(() => ({ result: undefined, hasChanged: true }))
  }

  #owe(forMs: number): void {
    this.#owedUntilMs = Math.max(this.#owedUntilMs, performance.now() + forMs)
  }

  /** Until nobody else has written between reading and writing. */
  async #decide<T>(by: (limiter: RateLimiter, nowMs: number) => { result: T; hasChanged: boolean }): Promise<T> {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const reading = await this.#run()
      this.#load(reading)
      const owedUntilMs = this.#owedUntilMs
      if (owedUntilMs > performance.now()) this.#limiter.block(reading.nowMs, owedUntilMs - performance.now())
      const { result, hasChanged } = by(this.#limiter, reading.nowMs)
      if (!hasChanged && reading.isOfThisRun && owedUntilMs === 0) return result
      const numbers = this.#limiter.numbers()
      const state = Buffer.from(numbers).toString('base64')
      const { isWritten } = await this.#run(reading.version, randomUUID(), state, KEPT_MS)
      if (!isWritten) continue
      this.#copy.takeOver(numbers)
      if (this.#owedUntilMs === owedUntilMs) this.#owedUntilMs = 0
      return result
    }
    throw new RedisGone(`others were faster ${MOST_TRIES} times`)
  }

  #load({ nowMs, state, isOfThisRun }: Reading): void {
    const limiter = this.#limiter
    const isKnown = limiter.takeOver(state)
    if (isKnown && isOfThisRun) return
    if (!isKnown || limiter.seenMs < this.#copy.seenMs) limiter.takeOver(this.#copy.numbers())
    limiter.restore(limiter.save(nowMs, false), nowMs, nowMs)
  }

  async #run(...args: (string | number)[]): Promise<Reading> {
    const [time_us, version, state, isOfThisRun, isWritten] = (await this.#redis.run(SCRIPT, [this.#key], args)) as [
      string,
      string,
      string,
      number,
      number,
    ]
    return {
      nowMs: Number(time_us) / 1000,
      version,
      state: Buffer.from(state, 'base64'),
      isOfThisRun: isOfThisRun === 1,
      isWritten: isWritten === 1,
    }
  }
}
