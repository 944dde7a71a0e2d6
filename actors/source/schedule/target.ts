/**
 * How old the picture of a tile may become: 10 s where aircraft are, minutes where nobody has been for long.
 *
 *   aircraft       ≥ 8      4 … 7     2, 3     1        none, beside some   none for t
 *   target         10 s     14 s      17 s     20 s     40 s                t / 2, from 60 s to 300 s
 *
 * Where the budget does not reach, all are late by one factor: so a crowded tile is still asked about twice as often as a thin
 * one. Where it does, all are early by one.
 */
export const TARGETS_MS: readonly number[] = [
  10_000, 14_000, 17_000, 20_000, 40_000, 60_000, 90_000, 130_000, 200_000, 300_000,
]

/** By the number of aircraft, none to 8 and more; that for none is never read. */
const BUSY_LEVELS: readonly number[] = [0, 3, 2, 2, 1, 1, 1, 1, 0]
const BESIDE = 4
const FIRST_QUIET = 5
/** That of a tile in which nobody was ever seen. */
export const QUIETEST = TARGETS_MS.length - 1

/** Which of `TARGETS_MS` holds for a tile, infinitely long quiet if nothing was ever seen in it. */
export function levelFor(aircraft: number, quietForMs: number, isBesideAircraft: boolean): number {
  if (aircraft > 0) return BUSY_LEVELS[Math.min(aircraft, BUSY_LEVELS.length - 1)]!
  if (isBesideAircraft) return BESIDE
  for (let level = FIRST_QUIET; level < QUIETEST; level++) if (quietForMs / 2 <= TARGETS_MS[level]!) return level
  return QUIETEST
}
