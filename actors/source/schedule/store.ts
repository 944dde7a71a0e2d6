/**
 * Where a schedule's state lives, and what must happen there at once: one decision, or the end of one.
 *
 * In memory each call is a function call. Where several nodes share a schedule it is one call of a script: a sorted set for
 * each level, scored by when a tile was asked about; the covers' lists, loaded once; a hash of who holds which tile until
 * when. So the calls take and give plain numbers only, and may be answered later.
 */
export type Later<T> = T | Promise<T>

export interface Lease {
  readonly id: number
  /** Which cover, and which of its areas. */
  readonly cover: number
  readonly area: number
  readonly askedMs: number
}

export interface ScheduleStore {
  /** Takes the area that holds the most overdue tile and, of those, most that is overdue; null when there is none to ask. */
  take(nowMs: number, cover: number): Later<Lease | null>
  /** It was answered: its tiles were asked about at `lease.askedMs`. False when the lease had run out. */
  answered(lease: Lease): Later<boolean>
  /** It was not: its tiles are as they were. */
  failed(lease: Lease, nowMs: number): Later<boolean>
  /** From now on a tile is asked about as `TARGETS_MS[level]` says. */
  setLevel(tile: number, level: number): Later<void>
}
