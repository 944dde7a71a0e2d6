/**
 * A ring of frames in a SharedArrayBuffer: one producer thread, up to eight reader threads.
 *
 * The supervisor makes rings, attaches readers to them and outlives both sides. Producer and readers each wrap the same
 * memory with a class of their own: `RingWriter`, `RingReader` (required), `BroadcastReader` (optional).
 *
 * `attach`, `detach`, `moveReader` and `release` may free space and ring nobody: ring `producerBell` after them, or a
 * producer that waits for space sleeps on.
 *
 * Frames are 8-byte aligned and contiguous; a frame that does not fit before the end is preceded by padding. Their first
 * word is their length in bytes, the byte after it their kind.
 */
import { SkeinError } from '../errors.ts'
import type { Doorbells } from './doorbell.ts'
import * as L from './ring-layout.ts'

export interface RingOptions {
  /** A power of two from 1 KiB to 1 GiB. */
  capacityBytes: number
  /** A source ring: space is reused only when a commit released it. */
  gatedByRelease?: boolean
  /** Where positions start; tests start them just below a wrap. A multiple of 8. */
  startPosition?: number
}

export class Ring {
  readonly memory: SharedArrayBuffer
  readonly control: Int32Array<SharedArrayBuffer>
  readonly capacityBytes: number

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory
    this.control = new Int32Array(memory, 0, L.CONTROL_BYTES / 4)
    if (this.control[L.IDENTITY_MAGIC] !== L.MAGIC || this.control[L.IDENTITY_VERSION] !== L.VERSION) {
      throw new SkeinError('SKEIN_RING_MEMORY', { magic: this.control[L.IDENTITY_MAGIC] ?? 0 })
    }
    this.capacityBytes = this.control[L.IDENTITY_CAPACITY]!
  }

  static create(options: RingOptions): Ring {
    const { capacityBytes, gatedByRelease = false, startPosition = 0 } = options
    const isPowerOfTwo = (capacityBytes & (capacityBytes - 1)) === 0
    if (!isPowerOfTwo || capacityBytes < L.MIN_CAPACITY_BYTES || capacityBytes > L.MAX_CAPACITY_BYTES) {
      throw new SkeinError('SKEIN_RING_CAPACITY', { capacityBytes })
    }
    const memory = new SharedArrayBuffer(L.CONTROL_BYTES + capacityBytes)
    const control = new Int32Array(memory, 0, L.CONTROL_BYTES / 4)
    control[L.IDENTITY_MAGIC] = L.MAGIC
    control[L.IDENTITY_VERSION] = L.VERSION
    control[L.IDENTITY_CAPACITY] = capacityBytes
    control[L.TAIL] = startPosition
    control[L.CLAIMED_CHUNK] = Math.ceil(startPosition / (capacityBytes / L.MAX_FRAME_FRACTION))
    control[L.RELEASED] = startPosition
    control[L.RELEASED_GATES] = gatedByRelease ? 1 : 0
    control[L.PRODUCER_BELL] = -1
    return new Ring(memory)
  }

  get maxFrameBytes(): number {
    return this.capacityBytes / L.MAX_FRAME_FRACTION
  }

  get tail(): number {
    return Atomics.load(this.control, L.TAIL)
  }

  get released(): number {
    return Atomics.load(this.control, L.RELEASED)
  }

  /** Reuses the space before `position`. One caller at a time: the journal, or the supervisor while no journal runs. */
  release(position: number): void {
    Atomics.store(this.control, L.RELEASED, position) // the frames before it are on disk: their space may be overwritten
  }

  get producerBell(): number {
    return this.control[L.PRODUCER_BELL]!
  }

  setProducerBell(bell: number): void {
    Atomics.store(this.control, L.PRODUCER_BELL, bell)
  }

  /** Adds a reader that starts at the present tail, while the producer runs. */
  attach(index: number, kind: typeof L.READER_REQUIRED | typeof L.READER_OPTIONAL, bell: number): void {
    if (index < 0 || index >= L.MAX_READERS) throw new SkeinError('SKEIN_RING_READER', { index })
    Atomics.store(this.control, L.readerBell(index), bell)
    if (index >= this.control[L.IDENTITY_READERS]!) Atomics.store(this.control, L.IDENTITY_READERS, index + 1)
    // Until the reader has a position the gate stays where the producer last saw it, which is not past the tail below.
    Atomics.store(this.control, L.readerKind(index), L.READER_ATTACHING)
    this.moveReader(index, this.tail)
    Atomics.store(this.control, L.readerKind(index), kind) // publishes the position
  }

  /** From here on the reader gates nobody. */
  detach(index: number): void {
    Atomics.store(this.control, L.readerKind(index), L.READER_DETACHED)
  }

  wakeReaders(bells: Doorbells): void {
    for (let i = 0; i < this.control[L.IDENTITY_READERS]!; i++) {
      const bell = this.control[L.readerBell(i)]!
      if (bell >= 0) bells.ring(bell)
    }
  }

  headOf(index: number): number {
    return Atomics.load(this.control, L.readerHead(index))
  }

  /** Sets where a reader goes on. Only while nobody reads as `index`. */
  moveReader(index: number, position: number): void {
    Atomics.store(this.control, L.readerHead(index), position)
  }

  /** Bytes that the producer cannot reuse yet, for metrics and backpressure. */
  get usedBytes(): number {
    return L.distance(this.tail, lowestGate(this.control, this.tail, this.tail))
  }
}

/**
 * The earliest position that the producer may not overwrite. Where nobody gates it that is what it has published last: a
 * reader that is attached now starts there. `lastGate` is what this returned before.
 */
export function lowestGate(control: Int32Array, published: number, lastGate: number): number {
  let gate = published
  if (control[L.RELEASED_GATES] === 1) gate = Atomics.load(control, L.RELEASED) // sees the commit that released it
  const readers = Atomics.load(control, L.IDENTITY_READERS)
  for (let i = 0; i < readers; i++) {
    const kind = Atomics.load(control, L.readerKind(i)) // sees the position that the reader was attached at
    if (kind === L.READER_ATTACHING) return lastGate
    if (kind !== L.READER_REQUIRED) continue
    const head = Atomics.load(control, L.readerHead(i)) // acquires that the reader has finished with what is before it
    if (L.distance(head, gate) < 0) gate = head
  }
  return gate
}
