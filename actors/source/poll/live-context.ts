/** What a decoder is told of a body that has just come. */
import type { Bounds, DecodeContext } from '../decode/index.ts'

export interface LiveRules {
  bounds: Bounds | null
  maxPositionAgeMs: number
  maxTimeAheadMs: number
  maxFrameBytes: number
}

/** By how much a provider's clock may be ahead of ours: one bad clock must not silence a source. */
const MAX_CLOCK_AHEAD_MS = 300_000

/** Before the first body. `discarded` is added to. */
export function liveContext(sourceId: number, rules: LiveRules, discarded: Float64Array): DecodeContext {
  const { bounds, maxPositionAgeMs, maxTimeAheadMs, maxFrameBytes } = rules
  const context = {
    sourceId,
    bounds,
    maxPositionAgeMs,
    maxTimeAheadMs,
    maxFrameBytes,
    origin: '',
    originOffset: 0,
    line: 0,
    latestClockMs: 0,
    shiftMs: 0,
    ingestedMs: 0,
    clockMs: Number.NEGATIVE_INFINITY,
    ordinal: 0,
    discarded,
  }
  setTime(context)
  return context
}

/** A body comes now. */
export function setTime(context: DecodeContext): void {
  context.ingestedMs = Date.now()
  context.latestClockMs = context.ingestedMs + MAX_CLOCK_AHEAD_MS
}
