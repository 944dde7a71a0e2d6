/**
 * The producer's side of a ring. One thread.
 *
 * Claim, write in place, commit; then `publish` makes the whole batch visible with one store. A producer that dies before
 * it publishes has written nothing. A claim and its publication happen in one synchronous stretch.
 *
 * Costs nothing per frame but arithmetic; a full ring is a return value.
 */
import { SkeinError } from '../errors.ts'
import type { Doorbells } from './doorbell.ts'
import { FrameMemory } from './frame-memory.ts'
import { lowestGate, type Ring } from './ring.ts'
import * as L from './ring-layout.ts'

/** What `claim` returns when there is no room: publish, wait for space, then try again. */
export const FULL = -1

export class RingWriter {
  readonly frames: FrameMemory
  readonly #i32: Int32Array
  readonly #control: Int32Array
  readonly #bells: Doorbells
  readonly #capacity: number
  readonly #maxFrame: number
  readonly #mask: number
  readonly #chunkShift: number
  /** Everything before it is committed, though perhaps not published. */
  #position: number
  #published: number
  /** Nothing from here on may be overwritten, as of our last look. */
  #gate: number
  /** Where the next chunk begins that optional readers were not yet warned of. */
  #warnAt: number
  #claimedChunk: number
  /**
   * Up to here a frame may be claimed at once: there is room, the end of the memory is farther, and optional readers are
   * warned. Never more than the largest frame ahead, so that what is too large does not fit either.
   */
  #clear: number

  constructor(ring: Ring, bells: Doorbells) {
    this.#control = ring.control
    this.#bells = bells
    this.#capacity = ring.capacityBytes
    this.#maxFrame = ring.maxFrameBytes
    this.#mask = ring.capacityBytes - 1
    this.frames = new FrameMemory(ring.memory, L.CONTROL_BYTES, ring.capacityBytes)
    this.#i32 = this.frames.i32
    this.#chunkShift = 31 - Math.clz32(ring.maxFrameBytes)
    this.#position = ring.tail
    this.#published = this.#position
    this.#gate = lowestGate(this.#control, this.#position, (this.#position - this.#capacity) | 0)
    this.#claimedChunk = this.#control[L.CLAIMED_CHUNK]!
    this.#warnAt = this.#claimedChunk << this.#chunkShift
    this.#clear = this.#position
  }

  /** The position up to which frames are committed. */
  get position(): number {
    return this.#position
  }

  get hasUnpublished(): boolean {
    return this.#position !== this.#published
  }

  /** Room for a frame of `length` bytes: its byte offset in `frames`, or FULL. Its length word is set. */
  claim(length: number): number {
    const stride = (length + 7) & ~7
    if ((stride - 1) >>> 0 >= L.distance(this.#clear, this.#position) && !this.#makeWayFor(length)) return FULL
    const offset = this.#position & this.#mask
    this.#i32[offset >> 2] = length
    return offset
  }

  /** Adds the claimed frame, at its final length, to the batch. */
  commit(offset: number): void {
    this.#position = (this.#position + ((this.#i32[offset >> 2]! + 7) & ~7)) | 0
  }

  /**
   * Copies as many whole frames from `source` as there is room for and commits them.
   * Returns where in `source` it stopped: `end` when all fitted.
   */
  append(source: FrameMemory, start: number, end: number): number {
    let from = start
    while (from < end) {
      const offset = this.claim(source.i32[from >> 2]!)
      if (offset === FULL) break
      // The claim has made sure of the first frame; as many more as fit go with it.
      const room = Math.min(this.#capacity - offset, this.#capacity - L.distance(this.#position, this.#gate))
      const run = this.#runOfFrames(source.i32, from, Math.min(end, from + room))
      const target = (this.#position + run) | 0
      if (L.distance(target, this.#warnAt) > 0) this.#warn(target)
      copy(source, from, this.frames, offset, run)
      this.#position = target
      from += run
    }
    return from
  }

  /** Makes the batch visible: one store, and a notification for each reader that sleeps. */
  publish(): void {
    if (this.#position === this.#published) return
    this.#published = this.#position
    Atomics.store(this.#control, L.TAIL, this.#position) // publishes every frame before it
    const readers = Atomics.load(this.#control, L.IDENTITY_READERS) // sees readers attached meanwhile
    for (let i = 0; i < readers; i++) {
      if (Atomics.load(this.#control, L.readerKind(i)) === L.READER_DETACHED) continue
      const bell = this.#control[L.readerBell(i)]!
      if (bell >= 0) this.#bells.ring(bell)
    }
  }

  /** Takes back what was committed but not published. */
  discardUnpublished(): void {
    this.#position = this.#published
    this.#clear = this.#position
  }

  /** Whether a frame of `length` bytes would fit now. */
  hasRoomFor(length: number): boolean {
    const stride = (length + 7) & ~7
    const toEnd = this.#capacity - (this.#position & this.#mask)
    return this.#hasRoom(stride <= toEnd ? stride : toEnd + stride)
  }

  /** Bytes not yet free again, from a fresh look. */
  get usedBytes(): number {
    this.#gate = lowestGate(this.#control, this.#published, this.#gate)
    return L.distance(this.#position, this.#gate)
  }

  /** Sees to room, padding and warning; false when the ring is full. */
  #makeWayFor(length: number): boolean {
    const stride = (length + 7) & ~7
    if ((stride - 1) >>> 0 >= this.#maxFrame) this.#refuse(length)
    const offset = this.#position & this.#mask
    const toEnd = this.#capacity - offset
    const padding = stride <= toEnd ? 0 : toEnd
    if (!this.#hasRoom(padding + stride)) return false
    const end = (this.#position + padding + stride) | 0
    if (L.distance(end, this.#warnAt) > 0) this.#warn(end)
    if (padding > 0) {
      this.#i32[offset >> 2] = padding
      this.frames.u8[offset + L.OFFSET_KIND] = L.KIND_PADDING
      this.#position = (this.#position + padding) | 0
    }
    const room = this.#capacity - L.distance(this.#position, this.#gate)
    const ahead = Math.min(room, L.distance(this.#warnAt, this.#position), padding > 0 ? this.#capacity : toEnd)
    this.#clear = (this.#position + Math.min(ahead, this.#maxFrame)) | 0
    return true
  }

  #hasRoom(needed: number): boolean {
    if (needed <= this.#capacity - L.distance(this.#position, this.#gate)) return true
    this.#gate = lowestGate(this.#control, this.#published, this.#gate)
    return needed <= this.#capacity - L.distance(this.#position, this.#gate)
  }

  /** Tells optional readers, before the first byte is overwritten, how far we may write. */
  #warn(end: number): void {
    const chunks = Math.ceil(L.distance(end, this.#warnAt) / this.#maxFrame)
    this.#claimedChunk = (this.#claimedChunk + chunks) | 0
    this.#warnAt = this.#claimedChunk << this.#chunkShift
    // A store and a load that follows are a full fence together: no write after them is seen before the warning. On ARM
    // without LSE an exchange would not do, as later writes may overtake its second half.
    Atomics.store(this.#control, L.CLAIMED_CHUNK, this.#claimedChunk)
    Atomics.load(this.#control, L.CLAIMED_CHUNK)
  }

  /** The length of the run of whole frames that starts at `from` and ends by `end`. */
  #runOfFrames(lengths: Int32Array, from: number, end: number): number {
    let at = from
    while (at < end) {
      const stride = (lengths[at >> 2]! + 7) & ~7
      if ((stride - 1) >>> 0 >= this.#maxFrame) this.#refuse(lengths[at >> 2]!)
      if (at + stride > end) break
      at += stride
    }
    return at - from
  }

  #refuse(length: number): never {
    throw new SkeinError('SKEIN_RING_FRAME_TOO_LARGE', { length, max: this.#maxFrame })
  }
}

/** Short runs are copied by word: a view of them would be garbage. */
const SHORT_RUN_BYTES = 512

function copy(source: FrameMemory, from: number, target: FrameMemory, to: number, length: number): void {
  if (length > SHORT_RUN_BYTES) target.u8.set(source.u8.subarray(from, from + length), to)
  else for (let i = 0; i < length >> 2; i++) target.i32[(to >> 2) + i] = source.i32[(from >> 2) + i]!
}
