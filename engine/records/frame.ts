/**
 * A flyweight over one frame: points at bytes in a ring, a batch or a file buffer and owns nothing.
 *
 * Valid until the memory below it is reused. Moving it allocates nothing, so one per loop suffices.
 */
import type { FrameMemory } from '../memory/frame-memory.ts'
import type { FrameKindCode } from './frame-layout.ts'
import * as L from './frame-layout.ts'

export class Frame {
  memory: FrameMemory
  /** Byte offset of the frame in `memory`; a multiple of 8. */
  offset = 0

  constructor(memory: FrameMemory) {
    this.memory = memory
  }

  at(offset: number): this {
    this.offset = offset
    return this
  }

  over(memory: FrameMemory, offset: number): this {
    this.memory = memory
    this.offset = offset
    return this
  }

  /** Bytes of header and body. */
  get length(): number {
    return this.memory.i32[this.offset >> 2]!
  }
  set length(bytes: number) {
    this.memory.i32[this.offset >> 2] = bytes
  }

  /** Bytes to the next frame. */
  get stride(): number {
    return (this.length + 7) & ~7
  }

  get kind(): FrameKindCode {
    return this.memory.u8[this.offset + L.KIND] as FrameKindCode
  }
  set kind(kind: FrameKindCode) {
    this.memory.u8[this.offset + L.KIND] = kind
  }

  get flags(): number {
    return this.memory.u8[this.offset + L.FLAGS]!
  }
  set flags(flags: number) {
    this.memory.u8[this.offset + L.FLAGS] = flags
  }

  get schemaId(): number {
    return this.memory.i32[(this.offset + L.KIND) >> 2]! >>> 16
  }
  set schemaId(id: number) {
    this.memory.u8[this.offset + L.SCHEMA] = id & 0xff
    this.memory.u8[this.offset + L.SCHEMA + 1] = id >> 8
  }

  get sourceId(): number {
    return this.memory.i32[(this.offset + L.SOURCE) >> 2]!
  }
  set sourceId(id: number) {
    this.memory.i32[(this.offset + L.SOURCE) >> 2] = id
  }

  get keyHash(): number {
    return this.memory.i32[(this.offset + L.KEY_HASH) >> 2]!
  }
  set keyHash(hash: number) {
    this.memory.i32[(this.offset + L.KEY_HASH) >> 2] = hash
  }

  /** Given by the shard, rising by at least one from record to record. */
  get sequence(): number {
    return this.memory.f64[(this.offset + L.SEQUENCE) >> 3]!
  }
  set sequence(sequence: number) {
    this.memory.f64[(this.offset + L.SEQUENCE) >> 3] = sequence
  }

  /** The record's own time t, epoch milliseconds. */
  get time(): number {
    return this.memory.f64[(this.offset + L.TIME) >> 3]!
  }
  set time(ms: number) {
    this.memory.f64[(this.offset + L.TIME) >> 3] = ms
  }

  /** Observation time: the source's clock as it leaves the source, the stream's clock c after the shard. */
  get clock(): number {
    return this.memory.f64[(this.offset + L.CLOCK) >> 3]!
  }
  set clock(ms: number) {
    this.memory.f64[(this.offset + L.CLOCK) >> 3] = ms
  }

  /** When this machine read it, wall clock. The one field in which two runs over one recording differ. */
  get ingested(): number {
    return this.memory.f64[(this.offset + L.INGESTED) >> 3]!
  }
  set ingested(ms: number) {
    this.memory.f64[(this.offset + L.INGESTED) >> 3] = ms
  }

  /** Where it stands in its source; rises strictly from record to record. */
  get position(): number {
    return this.memory.f64[(this.offset + L.POSITION) >> 3]!
  }
  set position(position: number) {
    this.memory.f64[(this.offset + L.POSITION) >> 3] = position
  }

  /** Byte offset of the body in `memory`. */
  get body(): number {
    return this.offset + L.HEADER_BYTES
  }

  /** Writes the header of a new frame: the given fields, everything else zero. */
  start(length: number, kind: FrameKindCode, schemaId: number): void {
    const { i32, f64 } = this.memory
    const word = this.offset >> 2
    i32[word] = length
    i32[word + 1] = kind | (schemaId << 16)
    i32[word + 2] = 0
    i32[word + 3] = 0
    const double = this.offset >> 3
    for (let i = L.SEQUENCE >> 3; i < L.HEADER_BYTES >> 3; i++) f64[double + i] = 0
  }

  /** Copies this frame to `offset` in `target`, which has room for `stride` bytes. */
  copyTo(target: FrameMemory, offset: number): void {
    const from = this.memory.i32
    const to = target.i32
    const start = this.offset >> 2
    const first = offset >> 2
    const words = this.stride >> 2
    for (let i = 0; i < words; i++) to[first + i] = from[start + i]!
  }
}
