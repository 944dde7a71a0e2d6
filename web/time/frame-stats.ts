/** How long the page's own JavaScript takes for a frame, over the last WINDOW frames. */
const WINDOW = 600

export class FrameStats {
  readonly #millis = new Float32Array(WINDOW)
  readonly #sorted = new Float32Array(WINDOW)
  frames = 0

  record(millis: number): void {
    this.#millis[this.frames++ % WINDOW] = millis
  }

  quantile(q: number): number {
    const count = Math.min(this.frames, WINDOW)
    if (count === 0) return 0
    this.#sorted.set(this.#millis)
    const sorted = this.#sorted.subarray(0, count).sort()
    return sorted[Math.min(count - 1, Math.floor(count * q))]!
  }
}
