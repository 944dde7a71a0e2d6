/**
 * A provider's limit as the provider itself enforces it: a token bucket filled continuously, counted as requests arrive.
 * Strict: nothing is rounded in the sender's favour, and a refused request is counted for good.
 */
export interface Allowed {
  readonly count: number
  readonly perMs: number
  /** How full the bucket may be. */
  readonly burst: number
}

export class Judge {
  accepted = 0
  refused = 0
  readonly #allowed: Allowed
  #tokens: number
  #atMs = Number.NEGATIVE_INFINITY

  constructor(allowed: Allowed) {
    this.#allowed = allowed
    this.#tokens = allowed.burst
  }

  /** Requests are given in the order of their arrival. */
  arrive(atMs: number, cost = 1): boolean {
    const { count, perMs, burst } = this.#allowed
    this.#tokens = Math.min(burst, this.#tokens + ((atMs - this.#atMs) * count) / perMs)
    this.#atMs = atMs
    // A millionth is what doubles lose on the way.
    if (this.#tokens < cost - 1e-6) {
      this.refused++
      return false
    }
    this.#tokens -= cost
    this.accepted += cost
    return true
  }
}

/** A count that begins anew at midnight UTC. */
export class DayJudge {
  accepted = 0
  refused = 0
  readonly #count: number
  #day = 0
  #used = 0

  constructor(count: number) {
    this.#count = count
  }

  arrive(atMs: number, cost: number): boolean {
    const day = Math.floor(atMs / 86_400_000)
    if (day !== this.#day) this.#used = 0
    this.#day = day
    if (this.#used + cost > this.#count) {
      this.refused++
      return false
    }
    this.#used += cost
    this.accepted += cost
    return true
  }
}
