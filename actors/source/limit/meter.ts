/**
 * What watches over one rule. Times are the limiter's own, which never goes back; `wallMs` only tells the day.
 * Nothing is allocated by any of these.
 */
export interface Meter {
  /** 0 when `cost` may be sent now; else in how many milliseconds, infinite when never. */
  waitMs(timeMs: number, wallMs: number, cost: number): number
  /** `cost` is sent now. */
  take(timeMs: number, wallMs: number, cost: number): void
  /** What was taken last has been answered now, so it has arrived. */
  arrived(timeMs: number): void
  /** What was taken last arrived now at the earliest. */
  arrivedLate(timeMs: number): void
  /** Whether the rule, as it was saved, let anything pass until `timeMs`. */
  mayHaveSent(timeMs: number, wallMs: number): boolean
  /** Nobody knows what was sent from `sinceMs` to `timeMs`: takes it that it was the most, which it returns. */
  assumeSpent(timeMs: number, wallMs: number, sinceMs: number): number
  /** After a restart: no wait is longer than the rule can ever ask for, whatever the clock did meanwhile. */
  bound(timeMs: number): void
}
