/**
 * Which frames, or inputs of a source, something has failed under: once makes whoever starts next careful, twice makes it
 * poison.
 */
import type { FrameNote } from './status-board.ts'

const FATAL_TIMES = 2

export class Suspicion {
  /** The last suspect. */
  careful: FrameNote | null
  readonly #known: readonly FrameNote[]
  readonly #times = new Map<string, { note: FrameNote; times: number }>()

  /** Goes on from what others have found. */
  constructor(careful: FrameNote | null = null, poison: readonly FrameNote[] = []) {
    this.careful = careful
    this.#known = poison
  }

  /** It has failed under `note` once more. */
  fellOn(note: FrameNote): void {
    const key = `${note.sourceId}:${note.position}`
    const suspect = this.#times.get(key) ?? { note, times: 0 }
    suspect.times++
    this.#times.set(key, suspect)
    this.careful = note
  }

  get poison(): FrameNote[] {
    const convicted = [...this.#times.values()].filter(({ times }) => times >= FATAL_TIMES).map(({ note }) => note)
    return [...this.#known, ...convicted]
  }
}
