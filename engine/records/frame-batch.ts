/**
 * Private, growing memory that a decoder fills with whole frames and a source then copies into its ring.
 *
 * A body is taken or refused whole, so its frames are built here first: note `length`, add, and set it back when the last byte
 * does not parse. Reused from body to body; it grows to the largest body and stays there.
 */
import { FrameMemory } from '../memory/frame-memory.ts'
import { Frame } from './frame.ts'

export class FrameBatch {
  memory: FrameMemory
  /** Points at the frame being added. */
  readonly frame: Frame
  /** Bytes of the whole frames so far. */
  length = 0

  constructor(initialBytes: number = 1 << 18) {
    this.memory = FrameMemory.allocate(initialBytes)
    this.frame = new Frame(this.memory)
  }

  /** `frame` at the end, with room for a frame of at most `maxBytes`. */
  reserve(maxBytes: number): Frame {
    if (this.length + maxBytes + 8 > this.memory.u8.length) this.#grow(this.length + maxBytes + 8)
    return this.frame.over(this.memory, this.length)
  }

  /** Adds the reserved frame at its present length. Zeroes behind it up to the next, so that equal frames are equal bytes. */
  commit(): void {
    const { length, stride } = this.frame
    for (let at = this.length + length; at < this.length + stride; at++) this.memory.u8[at] = 0
    this.length += stride
  }

  /** Adds whole frames that were made elsewhere. */
  append(frames: Uint8Array): void {
    this.reserve(frames.length)
    this.memory.u8.set(frames, this.length)
    this.length += frames.length
  }

  /** Forgets the frames in the first `bytes`. */
  dropFirst(bytes: number): void {
    this.memory.u8.copyWithin(0, bytes, this.length)
    this.length -= bytes
  }

  clear(): void {
    this.length = 0
  }

  #grow(needed: number): void {
    let size = this.memory.u8.length
    while (size < needed) size *= 2
    const grown = FrameMemory.allocate(size)
    grown.u8.set(this.memory.u8.subarray(0, this.length))
    this.memory = grown
  }
}
