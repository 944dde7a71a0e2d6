/**
 * Reads one snapshot, checked as a whole before anything of it is used; then row by row, in bounded memory.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { SkeinError } from '../errors.ts'
import { FrameMemory } from '../memory/frame-memory.ts'
import { type Barrier, readBarrier } from '../records/barrier.ts'
import { Frame } from '../records/frame.ts'
import { FRAME_VERSION } from '../records/frame-layout.ts'
import * as L from './snapshot-layout.ts'

/** Called with one key's entry; the key is `memory.u8[start, start + length)`. */
export type KeyVisitor = (
  schemaId: number,
  memory: FrameMemory,
  start: number,
  length: number,
  accepted: number,
  mentioned: number,
) => void

export class SnapshotReader {
  readonly path: string
  readonly logId: string
  /** The log position that it stands for. */
  readonly position: number
  readonly rowCount: number
  readonly keyCount: number
  /** The last barrier before that position. */
  readonly barrier: Barrier
  readonly #fd: number
  readonly #bytes: number
  #memory = FrameMemory.allocate(L.CHUNK_BYTES)

  /** Throws `SKEIN_LOG_DAMAGED`, `SKEIN_LOG_NEWER_FORMAT`. */
  constructor(path: string) {
    this.path = path
    this.#fd = openSync(path, 'r')
    try {
      const header = this.#check()
      this.logId = header.toString('hex', L.LOG_ID, L.LOG_ID + 16)
      this.position = header.readDoubleLE(L.POSITION)
      this.rowCount = header.readDoubleLE(L.ROWS)
      this.keyCount = header.readDoubleLE(L.KEYS)
      this.#bytes = header.readDoubleLE(L.BYTES)
      this.barrier = this.#readBarrier()
    } catch (error) {
      closeSync(this.#fd)
      throw error
    }
  }

  /** Calls back with each row's frame, valid during the call. */
  forEachRow(visit: (frame: Frame) => void): void {
    const frame = new Frame(this.#memory)
    this.#forEachChunk(L.ChunkKind.rows, (bytes) => {
      frame.over(this.#memory, 0)
      for (; frame.offset < bytes; frame.offset += frame.stride) {
        const { offset } = frame
        visit(frame)
        frame.over(this.#memory, offset)
      }
    })
  }

  forEachKey(visit: KeyVisitor): void {
    this.#forEachChunk(L.ChunkKind.keys, (bytes) => {
      const memory = this.#memory
      const { i32, f64 } = memory
      for (let at = 0; at < bytes; ) {
        const length = i32[(at + 4) >> 2]!
        visit(i32[at >> 2]!, memory, at + L.KEY_ENTRY_BYTES, length, f64[(at + 8) >> 3]!, f64[(at + 16) >> 3]!)
        at += L.keyEntryStride(length)
      }
    })
  }

  close(): void {
    closeSync(this.#fd)
  }

  #check(): Buffer {
    const header = Buffer.alloc(L.SNAPSHOT_HEADER_BYTES)
    const isThere = readSync(this.#fd, header, 0, header.length, 0) === header.length
    if (!isThere || header.readUInt32LE(L.MAGIC) !== L.SNAPSHOT_MAGIC) throw this.#damaged(0)
    const isNewer = header.readUInt16LE(L.FORMAT) > L.SNAPSHOT_FORMAT || header.readUInt16LE(L.FRAMES) > FRAME_VERSION
    if (isNewer) throw new SkeinError('SKEIN_LOG_NEWER_FORMAT', { file: this.path })
    const { size } = fstatSync(this.#fd)
    if (size !== header.readDoubleLE(L.BYTES)) throw this.#damaged(size)
    if (header.readUInt32LE(L.CRC) !== crc32(header.subarray(L.FORMAT), this.#chunksCrc(size))) throw this.#damaged(0)
    return header
  }

  #chunksCrc(end: number): number {
    let crc = 0
    for (let at = L.SNAPSHOT_HEADER_BYTES; at < end; ) {
      const read = readSync(this.#fd, this.#memory.u8, 0, this.#memory.u8.length, at)
      if (read === 0) throw this.#damaged(at)
      crc = crc32(this.#memory.u8.subarray(0, read), crc)
      at += read
    }
    return crc
  }

  #readBarrier(): Barrier {
    let barrier: Barrier | null = null
    this.#forEachChunk(L.ChunkKind.barrier, () => {
      barrier = readBarrier(new Frame(this.#memory))
    })
    if (barrier === null) throw this.#damaged(L.SNAPSHOT_HEADER_BYTES)
    return barrier
  }

  /** Calls back with the length of each chunk of a kind, its bytes at the start of `#memory`. */
  #forEachChunk(kind: number, visit: (bytes: number) => void): void {
    const head = new Int32Array(2)
    for (let at = L.SNAPSHOT_HEADER_BYTES; at < this.#bytes; ) {
      readSync(this.#fd, head, 0, L.CHUNK_HEADER_BYTES, at)
      const [chunkKind = 0, bytes = 0] = head
      at += L.CHUNK_HEADER_BYTES
      if (chunkKind === kind) {
        if (bytes > this.#memory.u8.length) this.#memory = FrameMemory.allocate(bytes)
        for (let read = 0; read < bytes; ) read += readSync(this.#fd, this.#memory.u8, read, bytes - read, at + read)
        visit(bytes)
      }
      at += bytes
    }
  }

  #damaged(offset: number): SkeinError {
    return new SkeinError('SKEIN_LOG_DAMAGED', { file: this.path, offset })
  }
}
