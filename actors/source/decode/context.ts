/** What a source tells its decoder, and what the decoder keeps for it from body to body. */

/** A box on the map, bounds included. Where `lonMin` is above `lonMax` it spans the antimeridian. */
export interface Bounds {
  readonly latMin: number
  readonly latMax: number
  readonly lonMin: number
  readonly lonMax: number
}

export interface DecodeContext {
  readonly sourceId: number
  /** Only positions inside are records; null for everywhere. */
  readonly bounds: Bounds | null
  readonly maxPositionAgeMs: number
  readonly maxTimeAheadMs: number
  /** The longest frame that the source's ring takes. */
  readonly maxFrameBytes: number
  /** Where the input comes from, as dead letters name it: a file or an address. */
  origin: string
  /** Byte offset in `origin`, decompressed, of the first byte of the array that is decoded; -1 where there is none. */
  originOffset: number
  /** Line in `origin` of the next body, from 1; 0 where lines do not count. `decodeLines` moves it on. */
  line: number
  /**
   * Live: the latest that a body's clock may be, epoch milliseconds. One bad clock must not silence a source, and the source's
   * own is the wall clock. Without it any may be, and the source's follows the bodies'.
   */
  latestClockMs?: number
  /** Others took it in before, and it was some time on its way: each body is judged by its own clock. */
  isRelayed?: boolean
  /** Added to every time in the input: by how much this lap of a looped recording lies behind the first. */
  shiftMs: number
  /** Wall clock, for the frames' headers. */
  ingestedMs: number
  /** The source's clock: the latest observation time of all bodies taken so far; -Infinity before the first. */
  clockMs: number
  /** Position of the next row. Each row has one, whether it becomes a record, a discard or a dead letter. */
  ordinal: number
  /** Totals by index in `DISCARD_REASONS`; added to. */
  readonly discarded: Float64Array
}
