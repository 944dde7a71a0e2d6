/**
 * A limiter's state as bytes, to be kept with a source's cursor and gone on from after a restart.
 *
 *   byte 0        8          16        24         32           40            48
 *   +-----------+----------+---------+----------+------------+-------------+---------------------------------+
 *   | version   | saved at | final   | blocked  | allowance  | … until     | of each rule: clear ms, used,   |
 *   | f64       | wall ms  | 1 or 0  | ms       |            | ms          | day, f64 each                   |
 *   +-----------+----------+---------+----------+------------+-------------+---------------------------------+
 *
 * Times but the first are from the moment of saving on: what is waited for may only become shorter by a restart, and by no
 * more than the wall clock says has passed.
 */
import * as L from './limiter-layout.ts'
import type { Meter } from './meter.ts'

const VERSION = 1
const HEAD = 6
const RULE = 3

export function encodeState(
  cells: Float64Array,
  rules: number,
  timeMs: number,
  wallMs: number,
  isFinal: boolean,
): Uint8Array {
  const state = new Float64Array(HEAD + rules * RULE)
  state[0] = VERSION
  state[1] = wallMs
  state[2] = isFinal ? 1 : 0
  state[3] = cells[L.BLOCKED_UNTIL]! - timeMs
  state[4] = cells[L.ALLOWANCE]!
  state[5] = cells[L.ALLOWANCE_UNTIL]! - timeMs
  for (let i = 0; i < rules; i++) {
    state[HEAD + i * RULE] = cells[L.rule(i) + L.CLEAR]! - timeMs
    state[HEAD + i * RULE + 1] = cells[L.rule(i) + L.USED]!
    state[HEAD + i * RULE + 2] = cells[L.rule(i) + L.DAY]!
  }
  return new Uint8Array(state.buffer)
}

/** Takes a state over, or assumes the worst where it is none of these rules' or not the last one. */
export function restoreState(
  cells: Float64Array,
  meters: readonly Meter[],
  saved: Uint8Array | null,
  nowMs: number,
  endedByMs: number,
): void {
  const state = saved === null ? undefined : statesIn(saved, meters.length)
  const ticket = cells[L.TICKET]!
  cells.fill(0, L.TICKET)
  cells[L.TICKET] = ticket // no two requests have the same
  cells[L.WALL] = nowMs
  // Where the clock has gone back meanwhile, no time has passed.
  const savedMs = state === undefined ? endedByMs : Math.min(state[1]!, nowMs)
  if (state !== undefined) {
    cells[L.BLOCKED_UNTIL] = savedMs + state[3]!
    cells[L.ALLOWANCE] = state[4]!
    cells[L.ALLOWANCE_UNTIL] = savedMs + state[5]!
    for (let i = 0; i < meters.length; i++) {
      cells[L.rule(i) + L.CLEAR] = savedMs + state[HEAD + i * RULE]!
      cells[L.rule(i) + L.USED] = state[HEAD + i * RULE + 1]!
      cells[L.rule(i) + L.DAY] = state[HEAD + i * RULE + 2]!
    }
  }
  for (const meter of meters) meter.bound(nowMs)
  if (state?.[2] === 1) return
  const ended = Math.max(endedByMs, savedMs)
  if (state !== undefined) {
    // A request passes only when every rule lets it: one that did not shows that none was sent.
    if (cells[L.BLOCKED_UNTIL]! > ended) return
    if (meters.some((meter) => !meter.mayHaveSent(ended, nowMs))) return
  }
  let most = Number.POSITIVE_INFINITY
  for (const meter of meters) most = Math.min(most, meter.assumeSpent(ended, nowMs, savedMs))
  if (most < Number.POSITIVE_INFINITY) cells[L.ALLOWANCE]! -= Math.ceil(most)
}

function statesIn(saved: Uint8Array, rules: number): Float64Array | undefined {
  const length = (HEAD + rules * RULE) * 8
  if (saved.byteLength !== length) return undefined
  const state = new Float64Array(new Uint8Array(saved).buffer) // a copy: doubles need an aligned start
  return state[0] === VERSION && state.every(Number.isFinite) ? state : undefined
}
