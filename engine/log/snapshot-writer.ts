/**
 * Writes one snapshot, row by row, in bounded memory.
 *
 * Guarantee: the file appears under its name only when all of it is on disk. Until `commit`, and after a failure, there is
 * only a temporary file, which the next snapshot removes. Blocks on the disk.
 */
import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { FrameMemory } from '../memory/frame-memory.ts'
import type { Frame } from '../records/frame.ts'
import { FRAME_VERSION } from '../records/frame-layout.ts'
import { isSystemError, onDisk, syncDirectory, writeFully } from './disk.ts'
import { snapshotPath, TEMPORARY_SNAPSHOT } from './snapshot-files.ts'
import * as L from './snapshot-layout.ts'

export interface SnapshotHead {
  /** Of the log, in hexadecimal. */
  logId: string
  /** The log position that it stands for: behind `barrier`'s batch. */
  position: number
  /** The barrier's frame, as it stands in the log. */
  barrier: Frame
}

export class SnapshotWriter {
  readonly #directory: string
  readonly #head: Omit<SnapshotHead, 'barrier'>
  readonly #temporary: string
  readonly #fd: number
  readonly #rows = new ChunkBuffer(L.ChunkKind.rows)
  readonly #keys = new ChunkBuffer(L.ChunkKind.keys)
  #isOpen = true
  #rowCount = 0
  #keyCount = 0
  #length = L.SNAPSHOT_HEADER_BYTES
  #chunksCrc = 0

  constructor(directory: string, { logId, position, barrier }: SnapshotHead) {
    this.#directory = directory
    this.#head = { logId, position }
    this.#temporary = join(directory, TEMPORARY_SNAPSHOT)
    this.#fd = onDisk(this.#temporary, () => openSync(this.#temporary, 'w'))
    const chunk = new ChunkBuffer(L.ChunkKind.barrier)
    barrier.copyTo(chunk.memory, chunk.reserve(barrier.stride))
    this.#flush(chunk)
  }

  /** Adds the newest frame of a key. */
  addRow(frame: Frame): void {
    const { stride } = frame
    if (!this.#rows.hasRoom(stride)) this.#flush(this.#rows)
    const offset = this.#rows.reserve(stride)
    frame.copyTo(this.#rows.memory, offset)
    this.#rowCount++
  }

  /** Adds what a dedupe knows of a key: the time of its accepted record, its last mention on the stream clock. */
  addKey(
    schemaId: number,
    source: Uint8Array,
    start: number,
    length: number,
    accepted: number,
    mentioned: number,
  ): void {
    const stride = L.keyEntryStride(length)
    if (!this.#keys.hasRoom(stride)) this.#flush(this.#keys)
    const at = this.#keys.reserve(stride)
    const { i32, f64, u8 } = this.#keys.memory
    i32[at >> 2] = schemaId
    i32[(at + 4) >> 2] = length
    f64[(at + 8) >> 3] = accepted
    f64[(at + 16) >> 3] = mentioned
    u8.fill(0, at + L.KEY_ENTRY_BYTES + length, at + stride)
    u8.set(source.subarray(start, start + length), at + L.KEY_ENTRY_BYTES)
    this.#keyCount++
  }

  /** Puts the snapshot in its place, durably. Returns its path. Throws `SKEIN_LOG_DISK`. */
  commit(): string {
    const path = snapshotPath(this.#directory, this.#head.position)
    try {
      this.#flush(this.#rows)
      this.#flush(this.#keys)
      onDisk(path, () => {
        writeFully(this.#fd, this.#header(), L.SNAPSHOT_HEADER_BYTES, 0)
        fsyncSync(this.#fd)
        this.#close()
        renameSync(this.#temporary, path)
        syncDirectory(this.#directory)
      })
    } catch (error) {
      this.abandon()
      throw error
    }
    return path
  }

  abandon(): void {
    try {
      this.#close()
      rmSync(this.#temporary, { force: true })
    } catch (error) {
      if (!isSystemError(error)) throw error // a disk that fails in everything; the next snapshot begins the file anew
    }
  }

  #close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    closeSync(this.#fd)
  }

  #flush(chunk: ChunkBuffer): void {
    if (chunk.isEmpty) return
    const bytes = chunk.take()
    onDisk(this.#temporary, () => writeFully(this.#fd, bytes, bytes.length, this.#length))
    this.#length += bytes.length
    this.#chunksCrc = crc32(bytes, this.#chunksCrc)
  }

  #header(): Uint8Array {
    const bytes = new Uint8Array(L.SNAPSHOT_HEADER_BYTES)
    const view = new DataView(bytes.buffer)
    view.setUint32(L.MAGIC, L.SNAPSHOT_MAGIC, true)
    view.setUint16(L.FORMAT, L.SNAPSHOT_FORMAT, true)
    view.setUint16(L.FRAMES, FRAME_VERSION, true)
    bytes.set(Buffer.from(this.#head.logId, 'hex'), L.LOG_ID)
    view.setFloat64(L.POSITION, this.#head.position, true)
    view.setFloat64(L.ROWS, this.#rowCount, true)
    view.setFloat64(L.KEYS, this.#keyCount, true)
    view.setFloat64(L.BYTES, this.#length, true)
    view.setUint32(L.CRC, crc32(bytes.subarray(L.FORMAT), this.#chunksCrc), true)
    return bytes
  }
}

/** One chunk under way: its header, then what was added. */
class ChunkBuffer {
  memory = FrameMemory.allocate(L.CHUNK_HEADER_BYTES + L.CHUNK_BYTES)
  readonly #kind: number
  #length = L.CHUNK_HEADER_BYTES

  constructor(kind: number) {
    this.#kind = kind
  }

  get isEmpty(): boolean {
    return this.#length === L.CHUNK_HEADER_BYTES
  }

  hasRoom(bytes: number): boolean {
    return this.#length + bytes <= this.memory.u8.length
  }

  /** Where the next `bytes` go; into an empty chunk any number does. */
  reserve(bytes: number): number {
    if (!this.hasRoom(bytes)) this.memory = FrameMemory.allocate(this.#length + bytes)
    const at = this.#length
    this.#length += bytes
    return at
  }

  /** The chunk's bytes, valid until the next `reserve`; the buffer is empty again. */
  take(): Uint8Array {
    this.memory.i32[0] = this.#kind
    this.memory.i32[1] = this.#length - L.CHUNK_HEADER_BYTES
    const bytes = this.memory.u8.subarray(0, this.#length)
    this.#length = L.CHUNK_HEADER_BYTES
    return bytes
  }
}
