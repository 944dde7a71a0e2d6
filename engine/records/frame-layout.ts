/**
 * The header of every frame.
 *
 *  0        4      5      6        8        12        16               24
 *  +--------+------+------+--------+--------+---------+----------------+
 *  | length | kind | flags| schema | source | key hash| sequence (f64) |
 *  +--------+------+------+--------+--------+---------+----------------+
 *  24               32               40               48               56
 *  +----------------+----------------+----------------+----------------+
 *  | time t (f64)   | clock c (f64)  | ingested (f64) | position (f64) | body …
 *  +----------------+----------------+----------------+----------------+
 *
 * Little-endian, as every machine that runs this. Times are epoch milliseconds. `length` is that of header and body, not
 * rounded; frames start at multiples of 8.
 */
import { KIND_PADDING, OFFSET_KIND } from '../memory/ring-layout.ts'

/** Of the frame layout, and so of rings, log and snapshots. Raised when any of them changes. */
export const FRAME_VERSION = 1

export const LENGTH = 0
export const KIND = OFFSET_KIND
export const FLAGS = 5
export const SCHEMA = 6
export const SOURCE = 8
export const KEY_HASH = 12
export const SEQUENCE = 16
export const TIME = 24
export const CLOCK = 32
export const INGESTED = 40
export const POSITION = 48
export const HEADER_BYTES = 56

/** What a frame is. Numbers are stored on disk and never change. */
export const FrameKind = {
  padding: KIND_PADDING,
  /** A record that its dedupe has accepted, or that no dedupe has seen yet. */
  record: 1,
  /** A record that brought no news. */
  duplicate: 2,
  /** A record older than the one accepted last. */
  late: 3,
  /** A key that nobody has mentioned for too long is gone. */
  removal: 4,
  /** Input that was refused, with its original bytes. */
  deadLetter: 5,
  /** A source has read this far, whether or not that gave records. */
  progress: 6,
  /** The stream clock has passed a whole second. */
  clock: 7,
  /** A consistent cut through all sources. */
  barrier: 8,
} as const

export type FrameKindCode = (typeof FrameKind)[keyof typeof FrameKind]
