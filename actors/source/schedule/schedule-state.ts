/**
 * A schedule's state as bytes, deflated: what was asked about when, and where aircraft are.
 *
 *   byte 0        4           8              16             16 + n          16 + 2n         16 + 3n
 *   +-----------+-----------+--------------+--------------+---------------+---------------+
 *   | version   | tiles n   | saved at ms  | since asked, | aircraft,     | since seen,   |
 *   | u32       | u32       | (f64)        | u8 a tile    | u8 a tile     | u8 a tile     |
 *   +-----------+-----------+--------------+--------------+---------------+---------------+
 *   … followed by the tiling's fingerprint, u32
 *
 * Ages are logarithmic, true to 5 %, from a second to 18 hours. State of other tiles is no state: the region has changed.
 * The world's takes some 10 KB and a millisecond or two, Europe's 1 KB.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Schedule } from './schedule.ts'

const VERSION = 1
const HEAD = 16
const NEVER = 255
const STEPS_PER_DOUBLING = 15
const MOST_AIRCRAFT = 255

export function encodeSchedule(schedule: Schedule, nowMs: number): Uint8Array {
  const { size, fingerprint } = schedule.tiling
  const bytes = new Uint8Array(HEAD + 3 * size + 4)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, VERSION, true)
  view.setUint32(4, size, true)
  view.setFloat64(8, nowMs, true)
  for (let tile = 0; tile < size; tile++) {
    bytes[HEAD + tile] = encodeAge(nowMs - schedule.askedMs(tile))
    bytes[HEAD + size + tile] = Math.min(MOST_AIRCRAFT, schedule.aircraft[tile]!)
    const seen = schedule.seenAtMs[tile]!
    bytes[HEAD + 2 * size + tile] = seen === 0 ? NEVER : encodeAge(nowMs - seen)
  }
  view.setUint32(HEAD + 3 * size, fingerprint, true)
  return deflateRawSync(bytes, { level: 1 })
}

/** False, and nothing is changed, when the state is not one of these tiles'. */
export function restoreSchedule(schedule: Schedule, state: Uint8Array, nowMs: number): boolean {
  const bytes = inflated(state, HEAD + 3 * schedule.tiling.size + 4)
  const { size, fingerprint } = schedule.tiling
  if (bytes === undefined) return false
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint32(0, true) !== VERSION || view.getUint32(4, true) !== size) return false
  if (view.getUint32(HEAD + 3 * size, true) !== fingerprint) return false
  // A clock that has gone back meanwhile makes nothing younger than it was.
  const savedMs = Math.min(nowMs, view.getFloat64(8, true))
  for (let tile = 0; tile < size; tile++) {
    const seen = bytes[HEAD + 2 * size + tile]!
    const seenAtMs = seen === NEVER ? 0 : savedMs - decodeAge(seen)
    schedule.restore(tile, savedMs - decodeAge(bytes[HEAD + tile]!), bytes[HEAD + size + tile]!, seenAtMs)
  }
  schedule.ready(nowMs)
  return true
}

function inflated(state: Uint8Array, length: number): Buffer | undefined {
  try {
    const bytes = inflateRawSync(state, { maxOutputLength: length })
    return bytes.length === length ? bytes : undefined
  } catch {
    return undefined // damaged, or another region's
  }
}

function encodeAge(ms: number): number {
  return Math.min(NEVER - 1, Math.round(STEPS_PER_DOUBLING * Math.log2(1 + Math.max(0, ms) / 1000)))
}

function decodeAge(code: number): number {
  return (2 ** (code / STEPS_PER_DOUBLING) - 1) * 1000
}
