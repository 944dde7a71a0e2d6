/** Counts what a provider lets through and what it refuses, by the limit that the simulated providers of the airspace enforce. */
import type { Limit } from '../../fixtures/airspace/serve/limits/index.ts'

export class Judge {
  accepted = 0
  refused = 0
  readonly #limit: Limit

  constructor(limit: Limit) {
    this.#limit = limit
  }

  /** Requests are given in the order of their arrival. */
  arrive(atMs: number, cost = 1): boolean {
    if (this.#limit.wait_ms(atMs, cost) > 0) {
      this.refused++
      return false
    }
    this.#limit.take(atMs, cost)
    this.accepted += cost
    return true
  }
}
