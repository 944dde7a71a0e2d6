/**
 * The body of a barrier: the whole committed state of every source, so that the last barrier on disk is enough to go on.
 *
 *  56            64            68            72
 *  +-------------+-------------+-------------+----------------------------------------------+
 *  | number (f64)| sources(i32)| lane (i32)  | entries, each:                               |
 *  +-------------+-------------+-------------+                                              |
 *  | 0 source id (i32) │ 4 ring position (i32) │ 8 position │ 16 progress position │ 24 clock |
 *  | 32 counts (f64 × 16) │ 160 cursor length (i32) │ 164 clock offset, ms (i32)            |
 *  | 168 cursor, padded to 8                                                              |
 *  +----------------------------------------------------------------------------------------+
 *
 * Header: `sequence` is the last one given before the barrier, `clock` the stream clock there.
 *
 * On its way from shard to journal a barrier goes through every lane. The shard's counts are totals; each lane puts the
 * differences since its previous barrier into the counts that are its own (`LANE_COUNTS`), and the journal adds them up.
 */
import { FrameMemory } from '../memory/frame-memory.ts'
import { Frame } from './frame.ts'
import { FrameKind, HEADER_BYTES } from './frame-layout.ts'
import { DISCARD_SLOTS } from './progress.ts'
import { DISCARD_REASONS } from './reasons.ts'

const NUMBER = HEADER_BYTES
const SOURCES = HEADER_BYTES + 8
const LANE = HEADER_BYTES + 12
const ENTRIES = HEADER_BYTES + 16

const ENTRY_SOURCE = 0
const ENTRY_RING = 4
const ENTRY_POSITION = 8
const ENTRY_PROGRESS = 16
const ENTRY_CLOCK = 24
const ENTRY_COUNTS = 32
export const COUNT_SLOTS = 16
const ENTRY_CURSOR_LENGTH = ENTRY_COUNTS + COUNT_SLOTS * 8
const ENTRY_CLOCK_OFFSET = ENTRY_CURSOR_LENGTH + 4
const ENTRY_CURSOR = ENTRY_CURSOR_LENGTH + 8

/** The counts of one source, by slot. `received` is the sum of all others but `alone` when nothing is in flight. */
export const Count = {
  received: 0,
  accepted: 1,
  duplicate: 2,
  late: 3,
  /** Refused by the source or the shard. */
  deadLettered: 4,
  dropped: 5,
  /** Refused by a lane. */
  deadLetteredByLanes: 6,
  /** Of the accepted: those of keys that no other source has mentioned of late. */
  alone: 7,
  /** The first of `DISCARD_SLOTS`, by index in `DISCARD_REASONS`. */
  discarded: 8,
} as const

/** Written by the lanes as differences. */
export const LANE_COUNTS = [
  Count.accepted,
  Count.duplicate,
  Count.late,
  Count.deadLetteredByLanes,
  Count.alone,
] as const

if (Count.discarded + DISCARD_SLOTS > COUNT_SLOTS) throw new RangeError('counts do not fit a barrier entry')

/** The committed state of one source. */
export interface SourceState {
  sourceId: number
  /** In its ring, behind its last frame before the barrier: what a commit releases. Means nothing in another process. */
  ringPosition: number
  /** Of its last frame. */
  position: number
  /** Of its last progress frame, and the clock and the cursor there. */
  progressPosition: number
  clock: number
  /** By how much its own clock is held to be ahead of others'; times of its records are less by that. Whole milliseconds. */
  clockOffsetMs: number
  cursor: Uint8Array
  counts: Float64Array
}

export function makeSourceState(sourceId: number): SourceState {
  return {
    sourceId,
    ringPosition: 0,
    position: -1,
    progressPosition: -1,
    clock: Number.NEGATIVE_INFINITY,
    clockOffsetMs: 0,
    cursor: new Uint8Array(0),
    counts: new Float64Array(COUNT_SLOTS),
  }
}

export function barrierBytes(sources: Iterable<SourceState>): number {
  let length = ENTRIES
  for (const source of sources) length += entryBytes(source.cursor.length)
  return length
}

/** Makes `frame` a barrier; it needs room for `barrierBytes`. */
export function writeBarrier(
  frame: Frame,
  barrier: { number: number; sequence: number; clock: number; sources: Iterable<SourceState> },
): void {
  frame.start(ENTRIES, FrameKind.barrier, 0)
  frame.sequence = barrier.sequence
  frame.clock = barrier.clock
  frame.memory.f64[(frame.offset + NUMBER) >> 3] = barrier.number
  frame.memory.i32[(frame.offset + LANE) >> 2] = 0
  let at = frame.offset + ENTRIES
  let count = 0
  for (const source of barrier.sources) {
    writeEntry(frame.memory, at, source)
    at += entryBytes(source.cursor.length)
    count++
  }
  frame.memory.i32[(frame.offset + SOURCES) >> 2] = count
  frame.length = at - frame.offset
}

export const barrierNumber = (frame: Frame): number => frame.memory.f64[(frame.offset + NUMBER) >> 3]!

/** Calls back with each source's id and the byte offset of its counts, which lanes add to in place. */
export function forEachCounts(frame: Frame, visit: (sourceId: number, counts: number) => void): void {
  const { i32 } = frame.memory
  let at = frame.offset + ENTRIES
  for (let n = i32[(frame.offset + SOURCES) >> 2]!; n > 0; n--) {
    visit(i32[(at + ENTRY_SOURCE) >> 2]!, at + ENTRY_COUNTS)
    at += entryBytes(i32[(at + ENTRY_CURSOR_LENGTH) >> 2]!)
  }
}

/** Calls back with each source's id and ring position. */
export function forEachRingPosition(frame: Frame, visit: (sourceId: number, ringPosition: number) => void): void {
  const { i32 } = frame.memory
  let at = frame.offset + ENTRIES
  for (let n = i32[(frame.offset + SOURCES) >> 2]!; n > 0; n--) {
    visit(i32[(at + ENTRY_SOURCE) >> 2]!, i32[(at + ENTRY_RING) >> 2]!)
    at += entryBytes(i32[(at + ENTRY_CURSOR_LENGTH) >> 2]!)
  }
}

/** What a barrier says, as objects. */
export interface Barrier {
  number: number
  /** The last sequence number given before it. */
  sequence: number
  /** The stream clock, epoch milliseconds; -Infinity before the first record. */
  clock: number
  sources: Map<number, SourceState>
}

export const NO_BARRIER: Barrier = {
  number: 0,
  sequence: 0,
  clock: Number.NEGATIVE_INFINITY,
  sources: new Map(),
}

export function readBarrier(frame: Frame): Barrier {
  const { i32, f64, u8 } = frame.memory
  const sources = new Map<number, SourceState>()
  let at = frame.offset + ENTRIES
  for (let n = i32[(frame.offset + SOURCES) >> 2]!; n > 0; n--) {
    const cursorLength = i32[(at + ENTRY_CURSOR_LENGTH) >> 2]!
    const sourceId = i32[(at + ENTRY_SOURCE) >> 2]!
    sources.set(sourceId, {
      sourceId,
      ringPosition: i32[(at + ENTRY_RING) >> 2]!,
      position: f64[(at + ENTRY_POSITION) >> 3]!,
      progressPosition: f64[(at + ENTRY_PROGRESS) >> 3]!,
      clock: f64[(at + ENTRY_CLOCK) >> 3]!,
      clockOffsetMs: i32[(at + ENTRY_CLOCK_OFFSET) >> 2]!,
      counts: f64.slice((at + ENTRY_COUNTS) >> 3, ((at + ENTRY_COUNTS) >> 3) + COUNT_SLOTS),
      cursor: u8.slice(at + ENTRY_CURSOR, at + ENTRY_CURSOR + cursorLength),
    })
    at += entryBytes(cursorLength)
  }
  return { number: barrierNumber(frame), sequence: frame.sequence, clock: frame.clock, sources }
}

/** A barrier as a frame in memory of its own: what survives when the buffer it came in is reused. */
export function encodeBarrier(barrier: Barrier): Uint8Array {
  const memory = FrameMemory.allocate(barrierBytes(barrier.sources.values()))
  writeBarrier(new Frame(memory), { ...barrier, sources: barrier.sources.values() })
  return memory.u8
}

export function decodeBarrier(bytes: Uint8Array): Barrier {
  const memory = FrameMemory.allocate(bytes.length)
  memory.u8.set(bytes)
  return readBarrier(new Frame(memory))
}

/** The ledger of one source: every record it has yielded is in exactly one of these. */
export interface Ledger {
  received: number
  accepted: number
  duplicate: number
  late: number
  discarded: Record<string, number>
  dead_lettered: number
  dropped: number
}

/** Reasons that are told when nothing was left out for them, too; those that came later are not, for the sake of who reads ledgers. */
const ALWAYS_TOLD = 4

export function ledgerOf(counts: Float64Array): Ledger {
  const discarded: Record<string, number> = {}
  for (const [index, reason] of DISCARD_REASONS.entries()) {
    const count = counts[Count.discarded + index]!
    if (count > 0 || index < ALWAYS_TOLD) discarded[reason] = count
  }
  return {
    received: counts[Count.received]!,
    accepted: counts[Count.accepted]!,
    duplicate: counts[Count.duplicate]!,
    late: counts[Count.late]!,
    discarded,
    dead_lettered: counts[Count.deadLettered]! + counts[Count.deadLetteredByLanes]!,
    dropped: counts[Count.dropped]!,
  }
}

function entryBytes(cursorLength: number): number {
  return ENTRY_CURSOR + ((cursorLength + 7) & ~7)
}

function writeEntry(memory: FrameMemory, at: number, source: SourceState): void {
  const { i32, f64, u8 } = memory
  i32[(at + ENTRY_SOURCE) >> 2] = source.sourceId
  i32[(at + ENTRY_RING) >> 2] = source.ringPosition
  f64[(at + ENTRY_POSITION) >> 3] = source.position
  f64[(at + ENTRY_PROGRESS) >> 3] = source.progressPosition
  f64[(at + ENTRY_CLOCK) >> 3] = source.clock
  f64.set(source.counts, (at + ENTRY_COUNTS) >> 3)
  i32[(at + ENTRY_CURSOR_LENGTH) >> 2] = source.cursor.length
  i32[(at + ENTRY_CLOCK_OFFSET) >> 2] = source.clockOffsetMs
  u8.fill(0, at + ENTRY_CURSOR + source.cursor.length, at + entryBytes(source.cursor.length))
  u8.set(source.cursor, at + ENTRY_CURSOR)
}
