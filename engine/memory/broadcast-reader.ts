/**
 * An optional reader of a ring: the producer never waits for it.
 *
 * It copies a batch out, then checks that the producer had not begun to overwrite any of it meanwhile, and only then
 * hands it on. The check is lap-proof: the producer publishes the chunk (an eighth of the capacity) up to which it may
 * have written, before it writes. Chunk numbers wrap after 2^32 chunks, which for the smallest ring is 550 GB of frames.
 *
 *             r: chunk of the copy's first byte            claimed
 *   ──────────┬──────────┬──────────┬─── … ───┬────────────┬─────────
 *             │ copied   │          │         │ being written
 *   valid while claimed − r ≤ 8: whatever was written lies less than one lap ahead
 */
import { FrameMemory } from './frame-memory.ts'
import type { Ring } from './ring.ts'
import * as L from './ring-layout.ts'

/** What `copy` returns when the producer has overwritten frames that were not read yet. */
export const LAPPED = -1

export class BroadcastReader {
  /** The copied batch: frames lie in [0, copied bytes). */
  readonly frames: FrameMemory
  readonly #ring: Ring
  readonly #control: Int32Array
  readonly #source: Uint8Array
  readonly #lengths: Int32Array
  readonly #mask: number
  readonly #chunkMask: number
  readonly #chunkShift: number
  #position = 0
  /** The chunk that `#position` lies in. */
  #chunk = 0

  constructor(ring: Ring, batchBytes: number = Math.min(ring.capacityBytes, 1 << 18)) {
    this.#ring = ring
    this.#control = ring.control
    const memory = new FrameMemory(ring.memory, L.CONTROL_BYTES, ring.capacityBytes)
    this.#source = memory.u8
    this.#lengths = memory.i32
    this.frames = FrameMemory.allocate(Math.max(batchBytes, ring.maxFrameBytes))
    this.#mask = ring.capacityBytes - 1
    this.#chunkShift = 31 - Math.clz32(ring.maxFrameBytes)
    this.#chunkMask = ring.maxFrameBytes - 1
    this.moveTo(ring.tail)
  }

  get position(): number {
    return this.#position
  }

  /** Goes on at a position less than 2^31 bytes behind what the producer has claimed. */
  moveTo(position: number): void {
    const claimed = Atomics.load(this.#control, L.CLAIMED_CHUNK)
    const behind = L.distance(claimed << this.#chunkShift, position)
    this.#position = position
    this.#chunk = (claimed - Math.ceil(behind / (this.#chunkMask + 1))) | 0
  }

  /**
   * Copies the next batch of whole frames into `frames`.
   * Returns its size in bytes, 0 when there is nothing new, LAPPED when frames were lost.
   */
  copy(): number {
    const available = L.distance(Atomics.load(this.#control, L.TAIL), this.#position) // acquires the frames before it
    if (available === 0) return this.#isIntact() ? 0 : LAPPED
    if (available < 0 || available > this.#ring.capacityBytes) return LAPPED
    let copied = 0
    let taken = 0
    while (taken < available) {
      const offset = (this.#position + taken) & this.#mask
      const stride = (this.#lengths[offset >> 2]! + 7) & ~7
      // If we are being lapped right now this is no length but anything; the check below decides, this keeps us in bounds.
      if ((stride - 1) >>> 0 > this.#chunkMask || stride > available - taken || offset + stride > this.#mask + 1)
        return LAPPED
      if (this.#source[offset + L.OFFSET_KIND] !== L.KIND_PADDING) {
        if (copied + stride > this.frames.u8.length) break
        for (let i = 0; i < stride >> 2; i++) this.frames.i32[(copied >> 2) + i] = this.#lengths[(offset >> 2) + i]!
        copied += stride
      }
      taken += stride
    }
    if (!this.#isIntact()) return LAPPED
    this.#chunk = (this.#chunk + (((this.#position & this.#chunkMask) + taken) >>> this.#chunkShift)) | 0
    this.#position = (this.#position + taken) | 0
    return copied
  }

  /** Whether nothing from `#position` on can have been overwritten before this moment. */
  #isIntact(): boolean {
    // A read-modify-write: our copies are made before it succeeds, on ARM too, where a plain load could come before them.
    const claimed = Atomics.add(this.#control, L.CLAIMED_CHUNK, 0)
    const ahead = (claimed - this.#chunk) | 0
    return ahead >= 0 && ahead <= L.MAX_FRAME_FRACTION
  }
}
