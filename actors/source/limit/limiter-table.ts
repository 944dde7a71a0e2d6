/**
 * The limiters of all credentials in one piece of shared memory, a slot each, so that any number of threads that poll with one
 * credential share its limit.
 *
 * Memory: 128 bytes, and 256 for each credential. One thread may use it as well as many.
 */
import { RateLimiter } from './limiter.ts'
import * as L from './limiter-layout.ts'
import type { LimiterOptions } from './rules.ts'

export class LimiterTable {
  readonly memory: SharedArrayBuffer
  readonly #slots: number

  /** Over memory that `create` made, here or in another thread. */
  constructor(memory: SharedArrayBuffer) {
    const head = new Int32Array(memory, 0, L.HEAD_BYTES / 4)
    if (head[L.HEAD_VERSION] !== L.LIMITER_VERSION)
      throw new RangeError(
        `limiters of version ${L.LIMITER_VERSION} cannot use memory of version ${head[L.HEAD_VERSION]}`,
      )
    this.memory = memory
    this.#slots = head[L.HEAD_SLOTS]!
  }

  static create(credentials: number): LimiterTable {
    const memory = new SharedArrayBuffer(L.HEAD_BYTES + credentials * L.SLOT_BYTES)
    const head = new Int32Array(memory, 0, L.HEAD_BYTES / 4)
    head[L.HEAD_SLOTS] = credentials
    head[L.HEAD_VERSION] = L.LIMITER_VERSION
    return new LimiterTable(memory)
  }

  /** The limiter of a credential; everyone gives the same options for it. */
  limiter(slot: number, options: LimiterOptions): RateLimiter {
    if (!(slot >= 0 && slot < this.#slots))
      throw new RangeError(`limiters have slots 0 to ${this.#slots - 1}, not ${slot}`)
    return new RateLimiter(options, this.memory, L.HEAD_BYTES + slot * L.SLOT_BYTES)
  }
}
