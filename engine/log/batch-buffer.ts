/**
 * Where the journal gathers the frames of a commit: growing memory with room in front for the batch's header, so that
 * header and frames go to disk in one write.
 *
 * Reused from commit to commit; it grows to the largest batch and stays there.
 */
import { FrameMemory } from '../memory/frame-memory.ts'
import { Frame } from '../records/frame.ts'
import { FrameKind } from '../records/frame-layout.ts'
import { BATCH_HEADER_BYTES } from './batch-layout.ts'

const NONE = -1

export class BatchBuffer {
  memory: FrameMemory
  /** Bytes so far, the header's among them. */
  length = BATCH_HEADER_BYTES
  /** How many frames so far. */
  frames = 0
  /** Byte offset of the barrier that ends the batch; -1 until it is added. */
  barrierStart = NONE
  readonly #frame: Frame

  constructor(initialBytes: number = 1 << 20) {
    this.memory = FrameMemory.allocate(initialBytes)
    this.#frame = new Frame(this.memory)
  }

  get isEmpty(): boolean {
    return this.frames === 0
  }

  /** Byte offset of the first frame in `memory`. */
  get start(): number {
    return BATCH_HEADER_BYTES
  }

  /** Copies a frame to the end. A barrier ends the batch. */
  add(frame: Frame): void {
    const stride = frame.stride
    this.#makeRoom(stride)
    frame.copyTo(this.memory, this.length)
    this.#count(frame.kind === FrameKind.barrier)
    this.length += stride
  }

  /** Copies the whole frames in `source[start, end)` to the end, which has no barrier except perhaps as its last. */
  addAll(source: FrameMemory, start: number, end: number): void {
    this.#makeRoom(end - start)
    this.memory.u8.set(source.u8.subarray(start, end), this.length)
    const to = this.length + end - start
    while (this.length < to) {
      this.#frame.over(this.memory, this.length)
      this.#count(this.#frame.kind === FrameKind.barrier)
      this.length += this.#frame.stride
    }
  }

  reset(): void {
    this.length = BATCH_HEADER_BYTES
    this.frames = 0
    this.barrierStart = NONE
  }

  #count(isBarrier: boolean): void {
    if (this.barrierStart !== NONE) throw new RangeError('a batch ends with its barrier')
    if (isBarrier) this.barrierStart = this.length
    this.frames++
  }

  #makeRoom(bytes: number): void {
    const needed = this.length + bytes
    if (needed <= this.memory.u8.length) return
    let size = this.memory.u8.length
    while (size < needed) size *= 2
    const grown = FrameMemory.allocate(size)
    grown.u8.set(this.memory.u8.subarray(0, this.length))
    this.memory = grown
  }
}
