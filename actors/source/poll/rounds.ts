/**
 * Requests that are made again and again: one for each combination of parameters, each `everyMs` after it was made last.
 *
 * Those that are due take turns, the longest waiting first, so that a limit that is too low for all of them makes all late. What has
 * not been answered by when it is due again misses that turn.
 */
import Denque from 'denque'
import type { Agenda, Task } from './agenda.ts'

interface Round extends Task {
  dueMs: number
  isAsked: boolean
}

export class Rounds implements Agenda<Round> {
  readonly mostCredits = 1
  readonly #everyMs: number
  /** All of them, in the order in which they are due: whoever has had a turn goes to the end. */
  readonly #rounds: Denque<Round>

  constructor(params: Readonly<Record<string, readonly string[]>>, everyMs: number) {
    this.#everyMs = everyMs
    this.#rounds = new Denque(
      combinations(params).map((one) => ({ params: one, credits: 1, dueMs: 0, isAsked: false })),
    )
  }

  take(nowMs: number): Round | null {
    for (let left = this.#rounds.length; left > 0 && this.waitMs(nowMs) === 0; left--) {
      const round = this.#rounds.shift()!
      const isMissed = round.isAsked
      round.dueMs = nowMs + this.#everyMs
      round.isAsked = true
      this.#rounds.push(round)
      if (!isMissed) return round
    }
    return null
  }

  returned(round: Round): void {
    this.#rounds.pop() // where whoever was taken last is
    round.dueMs -= this.#everyMs
    round.isAsked = false
    this.#rounds.unshift(round)
  }

  waitMs(nowMs: number): number {
    return Math.max(0, this.#rounds.peekFront()!.dueMs - nowMs)
  }

  answered(round: Round): void {
    round.isAsked = false
  }

  failed(round: Round): void {
    round.isAsked = false
  }
}

/** Each with each; one without any parameters. */
export function combinations(params: Readonly<Record<string, readonly string[]>>): Record<string, string>[] {
  return Object.entries(params).reduce<Record<string, string>[]>(
    (found, [name, values]) => found.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  )
}
