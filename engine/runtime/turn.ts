/**
 * How many frames an actor takes before it publishes and looks around: many; but one at a time until past the frame that
 * was under way when its group failed.
 */
import type { Frame } from '../records/frame.ts'
import type { FrameNote } from './status-board.ts'

const TURN_FRAMES = 4096

export class Turn {
  #careful: FrameNote | null

  constructor(careful: FrameNote | null) {
    this.#careful = careful
  }

  get frames(): number {
    return this.#careful === null ? TURN_FRAMES : 1
  }

  /** Tells the last frame of a turn. */
  passed(frame: Frame): void {
    const careful = this.#careful
    if (careful === null || frame.sourceId !== careful.sourceId || frame.position <= careful.position) return
    this.#careful = null
  }
}
