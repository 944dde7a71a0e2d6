/**
 * A source's end of its ring: takes whole batches of frames and waits while the ring is full.
 *
 * Backpressure: `write` resolves only when every frame is in the ring, so a source that awaits it reads no further ahead.
 */

import type { Doorbells } from '../../engine/memory/doorbell.ts'
import type { Ring } from '../../engine/memory/ring.ts'
import { RingWriter } from '../../engine/memory/ring-writer.ts'
import type { FrameBatch } from '../../engine/records/index.ts'
import type { Failpoints } from '../../engine/runtime/failpoints.ts'
import type { Wakeups } from '../../engine/runtime/wakeups.ts'

export class SourceOutput {
  readonly #writer: RingWriter
  readonly #wakeups: Wakeups
  readonly #failpoints: Failpoints
  readonly #signal: AbortSignal

  constructor(ring: Ring, bells: Doorbells, wakeups: Wakeups, failpoints: Failpoints, signal: AbortSignal) {
    this.#writer = new RingWriter(ring, bells)
    this.#wakeups = wakeups
    this.#failpoints = failpoints
    this.#signal = signal
  }

  /**
   * Publishes the whole frames in [from, to) of the batch. Returns early, with part of them unpublished, when the engine
   * drains.
   */
  async write(batch: FrameBatch, from: number, to: number): Promise<void> {
    let at = from
    while (at < to && !this.#signal.aborted) {
      this.#failpoints.hit('source.beforePublish')
      at = this.#writer.append(batch.memory, at, to)
      this.#writer.publish()
      this.#failpoints.hit('source.afterPublish')
      if (at === to) return
      const next = batch.memory.i32[at >> 2]!
      await this.#wakeups.until(() => this.#signal.aborted || this.#writer.hasRoomFor(next))
    }
  }
}
