/** One source as the shard sees it: its ring, and its state as the next barrier will tell it. */
import type { Doorbells } from '../../engine/memory/doorbell.ts'
import type { Ring } from '../../engine/memory/ring.ts'
import { distance } from '../../engine/memory/ring-layout.ts'
import { RingReader } from '../../engine/memory/ring-reader.ts'
import {
  Count,
  DISCARD_REASONS,
  Frame,
  FrameKind,
  progressCursor,
  progressDiscarded,
  progressDropped,
  type SourceState,
} from '../../engine/records/index.ts'
import type { SourceWiring } from '../../engine/runtime/actor.ts'

/** The shard is a source ring's one reader. */
const READER = 0

export class SourceInput {
  readonly name: string
  readonly isLive: boolean
  readonly reader: RingReader
  /** Points at the frame being taken. */
  readonly frame: Frame
  readonly state: SourceState
  readonly #ring: Ring
  #barrierPosition: number

  /** `state` is what the stream knows of the source so far, and goes on with it. */
  constructor({ name, isLive }: SourceWiring, ring: Ring, state: SourceState, bells: Doorbells) {
    this.name = name
    this.isLive = isLive
    this.#ring = ring
    this.reader = new RingReader(ring, READER, bells)
    this.frame = new Frame(this.reader.frames)
    this.state = state
    this.state.ringPosition = this.reader.position
    this.#barrierPosition = this.reader.position
  }

  get hasFrames(): boolean {
    return this.reader.begin() !== 0
  }

  /** How much of the ring the last barrier does not cover, as a fraction. */
  get uncoveredFraction(): number {
    return distance(this.state.ringPosition, this.#barrierPosition) / this.#ring.capacityBytes
  }

  noteBarrier(): void {
    this.#barrierPosition = this.state.ringPosition
  }

  /** Counts a record or dead letter. False when its position does not rise: it was taken before. */
  noteRecord(frame: Frame): boolean {
    if (!(frame.position > this.state.position)) return false
    this.state.position = frame.position
    this.state.counts[Count.received]!++
    if (frame.kind === FrameKind.deadLetter) this.countDeadLetter()
    return true
  }

  countDeadLetter(): void {
    this.state.counts[Count.deadLettered]!++
  }

  /** Takes over a source's totals and cursor. False when they are older than those known. */
  noteProgress(frame: Frame): boolean {
    const { state } = this
    if (frame.position < state.progressPosition) return false
    state.progressPosition = frame.position
    state.clock = frame.clock
    state.cursor = progressCursor(frame)
    this.#takeTotal(Count.dropped, progressDropped(frame))
    for (let reason = 0; reason < DISCARD_REASONS.length; reason++) {
      this.#takeTotal(Count.discarded + reason, progressDiscarded(frame, reason))
    }
    return true
  }

  #takeTotal(count: number, total: number): void {
    const { counts } = this.state
    counts[Count.received]! += total - counts[count]!
    counts[count] = total
  }
}
