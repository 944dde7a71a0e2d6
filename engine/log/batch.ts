/**
 * A flyweight over one batch: its header's fields, and where its frames lie.
 *
 *   for (let offset = batch.start; offset < batch.end; offset += frame.at(offset).stride) …
 *
 * Valid until the memory below it is reused.
 */
import { crc32 } from 'node:zlib'
import type { FrameMemory } from '../memory/frame-memory.ts'
import * as L from './batch-layout.ts'

export class Batch {
  memory: FrameMemory
  /** Byte offset of the header in `memory`; a multiple of 8. */
  offset: number
  /** Log position of the header. */
  position: number

  constructor(memory: FrameMemory, offset = 0, position = 0) {
    this.memory = memory
    this.offset = offset
    this.position = position
  }

  /** Bytes of header and frames. */
  get length(): number {
    return this.memory.i32[(this.offset + L.LENGTH) >> 2]!
  }

  /** Log position behind it, where the next one begins. */
  get endPosition(): number {
    return this.position + this.length
  }

  /** Byte offset of the first frame in `memory`. */
  get start(): number {
    return this.offset + L.BATCH_HEADER_BYTES
  }

  /** Byte offset behind the last frame in `memory`. */
  get end(): number {
    return this.offset + this.length
  }

  /** Byte offset of the barrier, its last frame. */
  get barrierStart(): number {
    return this.end - this.memory.i32[(this.offset + L.BARRIER_BYTES) >> 2]!
  }

  get epoch(): number {
    return this.memory.i32[(this.offset + L.EPOCH) >> 2]!
  }

  /** How many frames, the barrier among them. */
  get frames(): number {
    return this.memory.i32[(this.offset + L.FRAMES) >> 2]!
  }

  get runId(): number {
    return this.memory.f64[(this.offset + L.RUN_ID) >> 3]!
  }

  get firstBarrier(): number {
    return this.memory.f64[(this.offset + L.FIRST_BARRIER) >> 3]!
  }

  get lastBarrier(): number {
    return this.memory.f64[(this.offset + L.LAST_BARRIER) >> 3]!
  }

  get firstSequence(): number {
    return this.memory.f64[(this.offset + L.FIRST_SEQUENCE) >> 3]!
  }

  get lastSequence(): number {
    return this.memory.f64[(this.offset + L.LAST_SEQUENCE) >> 3]!
  }

  /** The stream clock at its barrier. */
  get clock(): number {
    return this.memory.f64[(this.offset + L.CLOCK) >> 3]!
  }

  /** Whether its header can be that of a batch with at most `maxBytes`, before anything else of it is believed. */
  isPlausible(maxBytes: number): boolean {
    const { i32 } = this.memory
    const length = this.length
    const isSized = length > L.BATCH_HEADER_BYTES && length <= maxBytes && (length & 7) === 0
    return isSized && i32[(this.offset + L.MAGIC) >> 2] === L.BATCH_MAGIC
  }

  /** Whether header and frames are as they were written, at this place of this log. */
  isIntact(logSeed: number): boolean {
    return this.memory.i32[(this.offset + L.CRC) >> 2]! >>> 0 === this.checksum(logSeed)
  }

  get isNewer(): boolean {
    return this.memory.i32[(this.offset + L.VERSION) >> 2]! > L.BATCH_VERSION
  }

  checksum(logSeed: number): number {
    const covered = this.memory.u8.subarray(this.offset + L.COVERED_FROM, this.end)
    return crc32(covered, L.batchSeed(logSeed, this.position))
  }
}
