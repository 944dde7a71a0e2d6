/** A tile source's agenda: what the board gives for its cover. */

import { openSkyCredits } from '../limit/index.ts'
import { areaDeg2Of, type Query } from '../schedule/index.ts'
import type { Agenda, Task } from './agenda.ts'
import type { TileBoard } from './tile-board.ts'
import { tileParameters } from './tile-parameters.ts'

interface TileTask extends Task {
  readonly query: Query
}

/** When nothing is due all of it is being asked. */
const NOTHING_DUE_MS = 50

export class TileRounds implements Agenda<TileTask> {
  readonly mostCredits: number
  readonly #board: TileBoard
  readonly #cover: number
  readonly #creditsOf: (area: Query['where']) => number
  readonly #onGone: (error: unknown) => void

  /** `onGone`: nobody could be told what became of a query; when `take` cannot ask, it rejects. */
  constructor(board: TileBoard, cover: number, countsCredits: boolean, onGone: (error: unknown) => void) {
    this.#onGone = onGone
    this.#board = board
    this.#cover = cover
    this.#creditsOf = (area) => (countsCredits && area.kind === 'box' ? openSkyCredits(areaDeg2Of(area)) : 1)
    this.mostCredits = Math.max(...board.covers[cover]!.areas.map(this.#creditsOf))
  }

  async take(): Promise<TileTask | null> {
    const query = await this.#board.next(this.#cover)
    return query === null ? null : { query, params: tileParameters(query.where), credits: this.#creditsOf(query.where) }
  }

  returned({ query }: TileTask): void {
    this.#board.returned(query).catch(this.#onGone)
  }

  waitMs(): number {
    return NOTHING_DUE_MS
  }

  answered({ query }: TileTask): void {
    this.#board.answered(query).catch(this.#onGone)
  }

  failed({ query }: TileTask): void {
    this.#board.failed(query).catch(this.#onGone)
  }
}
