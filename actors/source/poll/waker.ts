/** A sleep that somebody may end. One sleeper. */
export class Waker {
  #wake: (() => void) | null = null
  #isWoken = false

  /** Until `wake`, also one that came before, or for so long; Infinity for `wake` alone. */
  sleep(ms: number): Promise<void> {
    if (this.#isWoken) {
      this.#isWoken = false
      return Promise.resolve()
    }
    return new Promise((resolve) => {
      const timer = Number.isFinite(ms) ? setTimeout(() => this.#end(), Math.min(ms, MOST_MS)) : undefined
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  wake(): void {
    if (this.#wake === null) this.#isWoken = true
    else this.#end()
  }

  #end(): void {
    const wake = this.#wake
    this.#wake = null
    wake?.()
  }
}

/** Timers know no longer time. */
const MOST_MS = 2 ** 31 - 1
