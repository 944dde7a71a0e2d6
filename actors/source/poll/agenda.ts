/** What a source is to ask, and when: one at a time, as often as it comes for more. */
import type { Later } from '../schedule/index.ts'

export interface Task {
  /** What is filled in to the address. */
  readonly params: Readonly<Record<string, string>>
  /** What the request costs, where credits are counted. */
  readonly credits: number
}

export interface Agenda<T extends Task = Task> {
  /** The most that a request costs. */
  readonly mostCredits: number
  /** What to ask now; null when nothing is due. May reject with `RedisGone`. */
  take(nowMs: number): Later<T | null>
  /** What was taken last has not been asked: it is still to be. */
  returned(task: T): void
  /** After `take` gave null: in how many milliseconds something may be due. */
  waitMs(nowMs: number): number
  answered(task: T): void
  failed(task: T, nowMs: number): void
}
