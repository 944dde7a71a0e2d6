/**
 * A required reader of a ring: the producer waits for it. One thread.
 *
 *   reader.begin()                       one look at what is published
 *   while ((offset = reader.next()) >= 0) handle(offset)
 *   reader.finish()                      one store: the space of those frames may be reused
 *
 * Offsets are valid between `begin` and `finish` only.
 */

import type { Doorbells } from './doorbell.ts'
import { FrameMemory } from './frame-memory.ts'
import type { Ring } from './ring.ts'
import * as L from './ring-layout.ts'

/** What `next` returns when the batch is over. */
export const EMPTY = -1

export class RingReader {
  readonly frames: FrameMemory
  readonly #i32: Int32Array
  readonly #control: Int32Array
  readonly #bells: Doorbells
  readonly #mask: number
  readonly #headIndex: number
  #position: number
  #end: number

  constructor(ring: Ring, index: number, bells: Doorbells) {
    this.#control = ring.control
    this.#bells = bells
    this.#mask = ring.capacityBytes - 1
    this.frames = new FrameMemory(ring.memory, L.CONTROL_BYTES, ring.capacityBytes)
    this.#i32 = this.frames.i32
    this.#headIndex = L.readerHead(index)
    this.#position = ring.headOf(index)
    this.#end = this.#position
  }

  /** The position behind the frame that `next` returned last. */
  get position(): number {
    return this.#position
  }

  /** Looks at what is published. Returns the bytes to read. */
  begin(): number {
    this.#end = Atomics.load(this.#control, L.TAIL) // acquires every frame before it
    return L.distance(this.#end, this.#position)
  }

  /** The byte offset of the next frame in `frames`, or EMPTY. */
  next(): number {
    while (this.#position !== this.#end) {
      const offset = this.#position & this.#mask
      this.#position = (this.#position + ((this.#i32[offset >> 2]! + 7) & ~7)) | 0
      if ((this.#i32[(offset + L.OFFSET_KIND) >> 2]! & 0xff) !== L.KIND_PADDING) return offset
    }
    return EMPTY
  }

  /** Lets the producer reuse the space of what was read, and wakes it if it waits for space. */
  finish(): void {
    const before = this.#control[this.#headIndex]! // our own line: nobody else writes it
    if (before === this.#position) return
    Atomics.store(this.#control, this.#headIndex, this.#position) // our reads come before it
    if (this.#freedNothing(before)) return
    const bell = this.#control[L.PRODUCER_BELL]!
    if (bell >= 0) this.#bells.ring(bell)
  }

  /** A source ring's space is free once it is released as well: whoever releases it rings, unless that was before us. */
  #freedNothing(before: number): boolean {
    if (this.#control[L.RELEASED_GATES] !== 1) return false
    // Sees the release, or else the release comes after our store and its ring wakes a producer that sees that.
    return L.distance(Atomics.load(this.#control, L.RELEASED), before) <= 0
  }
}
