/**
 * One lane as the journal sees it: reads frames into staging up to the lane's next barrier, and stops there until the
 * other lanes have come as far. That cannot block: a barrier goes to all lanes at once, before anything that follows it.
 */
import type { BatchBuffer } from '../../engine/log/batch-buffer.ts'
import { RingReader } from '../../engine/memory/ring-reader.ts'
import { Frame, FrameKind } from '../../engine/records/index.ts'
import type { ActorContext, Input } from '../../engine/runtime/actor.ts'
import { Turn } from '../../engine/runtime/turn.ts'

export class LaneIntake {
  readonly staging: BatchBuffer
  /** Whether staging ends in a barrier. */
  hasBarrier = false
  readonly #reader: RingReader
  readonly #frame: Frame
  readonly #turn: Turn
  readonly #context: ActorContext<unknown>

  constructor(input: Input, staging: BatchBuffer, context: ActorContext<unknown>) {
    this.#reader = new RingReader(input.ring, input.reader, context.bells)
    this.#frame = new Frame(this.#reader.frames)
    this.#turn = new Turn(context.careful)
    this.staging = staging
    this.#context = context
  }

  get hasWork(): boolean {
    return !this.hasBarrier && this.#reader.begin() !== 0
  }

  /** Stages what has come, up to a barrier. Returns whether there was anything. */
  read(): boolean {
    if (!this.hasWork) return false
    const { status, failpoints } = this.#context
    const frame = this.#frame
    const limit = this.#turn.frames
    let taken = 0
    for (let offset = this.#reader.next(); offset >= 0; offset = this.#reader.next()) {
      frame.at(offset)
      status.note(frame.sourceId, frame.position)
      failpoints.hit('journal.handler', frame)
      taken++
      // Clock frames have done their work in the lane; the stream clock is in the barrier.
      if (frame.kind !== FrameKind.clock) this.staging.add(frame)
      this.hasBarrier = frame.kind === FrameKind.barrier
      if (this.hasBarrier || taken === limit) break
    }
    this.#turn.passed(frame)
    status.clearNote()
    this.#reader.finish()
    return true
  }

  startAnew(): void {
    this.hasBarrier = false
    this.staging.reset()
  }
}
