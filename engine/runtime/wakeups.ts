/**
 * Lets several tasks of one event loop wait on the thread's one doorbell.
 *
 * `until` resolves once its condition holds. Conditions are asked again after every ring and at least every `maxSleepMs`;
 * nothing runs while nobody waits.
 */
import type { Doorbell } from '../memory/doorbell.ts'

interface Waiter {
  ready(): boolean
  resolve(): void
}

export class Wakeups {
  readonly #bell: Doorbell
  readonly #maxSleepMs: number
  #waiters: Waiter[] = []
  #isPumping = false

  constructor(bell: Doorbell, maxSleepMs = 1000) {
    this.#bell = bell
    this.#maxSleepMs = maxSleepMs
  }

  until(ready: () => boolean): Promise<void> {
    if (ready()) return Promise.resolve()
    return new Promise((resolve) => {
      this.#waiters.push({ ready, resolve })
      if (!this.#isPumping) void this.#pump()
    })
  }

  /** Asks all conditions again, because something changed that rings no bell. */
  recheck(): void {
    this.#waiters = this.#waiters.filter((waiter) => {
      if (!waiter.ready()) return true
      waiter.resolve()
      return false
    })
  }

  async #pump(): Promise<void> {
    this.#isPumping = true
    while (this.#waiters.length > 0) {
      this.#bell.arm()
      this.recheck() // after arming: what came before it would ring nobody
      if (this.#waiters.length > 0) await this.#bell.sleepAsync(this.#maxSleepMs)
    }
    this.#bell.disarm()
    this.#isPumping = false
  }
}
