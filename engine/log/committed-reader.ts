/**
 * Reads committed frames in order, from the committed ring while it keeps up and from the log's files when it does not.
 *
 *                position = committed position
 *          ┌─────────────────────────────────────────┐
 *        files                                      ring
 *          └─────────────────────────────────────────┘
 *              lapped, or the journal was restarted
 *
 * Guarantee: each frame exactly once, in the log's order, whichever way it comes; none that is not on disk. The journal never
 * waits for a reader. Where it stands is (log position of a batch, frames of it taken): enough to go on after a restart.
 * A batch is the same bytes in both places, so the ring need not say where in the log its frames are: it is counted.
 */
import { SkeinError } from '../errors.ts'
import { BroadcastReader, LAPPED } from '../memory/broadcast-reader.ts'
import type { Doorbell } from '../memory/doorbell.ts'
import type { FrameMemory } from '../memory/frame-memory.ts'
import type { Ring } from '../memory/ring.ts'
import { barrierNumber } from '../records/barrier.ts'
import { Frame } from '../records/frame.ts'
import { FrameKind } from '../records/frame-layout.ts'
import { BATCH_HEADER_BYTES } from './batch-layout.ts'
import { type Committed, type CommittedState, makeCommittedState } from './committed.ts'
import { type LogStart, locate } from './locate.ts'
import { LOG_START, type LogMark } from './mark.ts'
import { LogReader } from './reader.ts'

/** What `next` returns when everything that `poll` found was taken. */
export const EMPTY = -1

/** Where a reader goes on: behind the first `frames` frames of the batch that begins at `position`. */
export interface ReaderOffset {
  position: number
  frames: number
}

export class CommittedReader {
  readonly #directory: string
  readonly #committed: Committed
  readonly #ring: Ring
  readonly #broadcast: BroadcastReader
  readonly #file: LogReader
  readonly #state: CommittedState = makeCommittedState()
  readonly #mark: LogMark = { ...LOG_START }
  readonly #frame: Frame
  /** Frames of the batch at `#mark`, and their bytes, that `next` has returned. */
  #framesTaken = 0
  #bytesTaken = 0
  #isInRing = false
  #generation = 0
  /** The ring has shown that the batch at `#mark` is on disk, though the journal may not have said so yet. */
  #isKnownOnDisk = false
  /** Frames [#at, #end) of `#memory` are still to be taken. */
  #memory: FrameMemory
  #at = 0
  #end = 0

  constructor(directory: string, ring: Ring, committed: Committed, start: LogStart | ReaderOffset = 'end') {
    this.#directory = directory
    this.#committed = committed
    this.#ring = ring
    this.#broadcast = new BroadcastReader(ring)
    this.#memory = this.#broadcast.frames
    this.#frame = new Frame(this.#memory)
    this.#file = new LogReader(directory, 0)
    this.seek(start)
  }

  /** What `next`'s offsets point into, until the next `poll`. */
  get memory(): FrameMemory {
    return this.#memory
  }

  /** Behind the last barrier taken. Reused: copy what is kept. */
  get mark(): Readonly<LogMark> {
    return this.#mark
  }

  /** Behind the last frame taken. */
  get offset(): ReaderOffset {
    return { position: this.#mark.position, frames: this.#framesTaken }
  }

  /** Whether frames come from the ring at present. */
  get isInRing(): boolean {
    return this.#isInRing
  }

  /** Bytes of log that are committed and not taken yet. */
  get lagBytes(): number {
    const { position } = this.#committed.read(this.#state)
    return Math.max(0, position - this.#mark.position - this.#bytesTaken)
  }

  /**
   * Goes on somewhere else; 'end' is where the log is committed now.
   * Throws `SKEIN_LOG_GONE`, `SKEIN_LOG_OFFSET`.
   */
  seek(start: LogStart | ReaderOffset): void {
    const mark = start === 'end' ? this.#committed.read(this.#state) : locate(this.#directory, start)
    const { position, barrier, sequence, clock } = mark
    Object.assign(this.#mark, { position, barrier, sequence, clock })
    this.#framesTaken = typeof start === 'object' && 'frames' in start ? start.frames : 0
    this.#bytesTaken = 0
    this.#at = this.#end = 0
    this.#isKnownOnDisk = false
    this.#goToFiles()
  }

  /**
   * Looks for frames. Returns how many bytes of them `next` will give; 0 when there is nothing new.
   * Throws `SKEIN_LOG_DAMAGED`, `SKEIN_LOG_GONE`.
   */
  poll(): number {
    while (this.#at === this.#end) {
      if (this.#isInRing) {
        if (this.#pollRing()) break
        continue
      }
      const { position } = this.#committed.read(this.#state)
      if (this.#isAt(position)) this.#goToRing()
      else if (!this.#pollFile(position)) break
    }
    return this.#end - this.#at
  }

  /** The byte offset in `memory` of the next frame, which counts as taken from now on; or EMPTY. */
  next(): number {
    if (this.#at === this.#end) return EMPTY
    const frame = this.#frame.over(this.#memory, this.#at)
    const { stride } = frame
    this.#at += stride
    this.#framesTaken++
    this.#bytesTaken += stride
    if (frame.kind === FrameKind.barrier) this.#passBarrier(frame)
    return frame.offset
  }

  /** Whether `poll` would find something: ask once more after arming a doorbell, before sleeping. */
  hasNews(): boolean {
    if (this.#at !== this.#end || this.#isKnownOnDisk) return true
    const { position, generation } = this.#committed.read(this.#state)
    if (this.#isInRing) return this.#ring.tail !== this.#broadcast.position || generation !== this.#generation
    return position > this.#mark.position || this.#isAt(position)
  }

  /** Sleeps until the doorbell that the ring rings for this reader, or until the time is up. */
  async wait(bell: Doorbell, timeoutMs: number): Promise<void> {
    bell.arm()
    if (this.hasNews()) bell.disarm()
    else await bell.sleepAsync(timeoutMs)
  }

  close(): void {
    this.#file.close()
  }

  /** Whether the committed position is exactly what we have taken, so that log and ring can be matched. */
  #isAt(committed: number): boolean {
    return committed === this.#mark.position && this.#framesTaken === 0 && !this.#isKnownOnDisk
  }

  #goToFiles(): void {
    this.#isInRing = false
    this.#file.seek(this.#mark.position)
  }

  /** From the place that ring and log have in common. */
  #goToRing(): void {
    const { position, ringPosition, generation } = this.#state
    this.#broadcast.moveTo(ringPosition)
    this.#generation = generation
    // A position that has become old by several laps while we slept must not be taken for a near one.
    this.#isInRing = this.#committed.read(this.#state).position - position < this.#ring.capacityBytes
  }

  /** Copies what is new. Returns false, having left the ring, when its frames are not those that follow ours. */
  #pollRing(): boolean {
    const bytes = this.#broadcast.copy()
    // Looked at after the copy: a journal begins a new generation before it publishes anything.
    const isSameJournal = this.#committed.read(this.#state).generation === this.#generation
    if (bytes !== LAPPED && isSameJournal) {
      this.#memory = this.#broadcast.frames
      this.#at = 0
      this.#end = bytes
      return true
    }
    // What was in the ring, taken or overwritten, had been on disk before: so is the whole batch it belongs to.
    this.#isKnownOnDisk = this.#framesTaken > 0 || (bytes === LAPPED && isSameJournal)
    this.#goToFiles()
    return false
  }

  /** Reads the next batch. Returns false when there is none. */
  #pollFile(committed: number): boolean {
    const batch = this.#file.next(this.#isKnownOnDisk ? Number.POSITIVE_INFINITY : committed)
    if (batch === null) return false
    this.#isKnownOnDisk = false
    this.#memory = batch.memory
    this.#at = batch.start
    this.#end = batch.end
    for (let frames = this.#framesTaken; frames > 0; frames--) {
      if (this.#at >= batch.barrierStart) throw new SkeinError('SKEIN_LOG_OFFSET', { ...this.offset })
      this.#at += this.#frame.over(batch.memory, this.#at).stride
    }
    this.#bytesTaken = this.#at - batch.start
    return true
  }

  #passBarrier(barrier: Frame): void {
    this.#mark.position += BATCH_HEADER_BYTES + this.#bytesTaken
    this.#mark.barrier = barrierNumber(barrier)
    this.#mark.sequence = barrier.sequence
    this.#mark.clock = barrier.clock
    this.#framesTaken = 0
    this.#bytesTaken = 0
  }
}
