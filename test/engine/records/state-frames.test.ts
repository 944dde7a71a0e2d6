/** The frames that are not records: progress, barriers, dead letters. */
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FrameMemory } from '../../../engine/memory/frame-memory.ts'
import {
  addDeadLetter,
  barrierBytes,
  barrierNumber,
  COUNT_SLOTS,
  Count,
  deadLetter,
  decodeBarrier,
  encodeBarrier,
  Frame,
  FrameBatch,
  FrameKind,
  forEachCounts,
  forEachRingPosition,
  LANE_COUNTS,
  ledgerOf,
  MAX_CURSOR_BYTES,
  MAX_DEAD_LETTER_BYTES,
  MAX_KEPT_BYTES,
  makeSourceState,
  makeSourceTotals,
  progressCursor,
  progressDiscarded,
  progressDropped,
  type Refusal,
  refuseFrame,
  type SourceState,
  writeProgress,
} from '../../../engine/records/index.ts'
import { event } from '../../../schemas/event.ts'
import { hexOf } from './hex.ts'

describe('a progress frame', () => {
  test('has totals and cursor where the layout draws them', () => {
    const frame = new Frame(FrameMemory.allocate(136))
    const totals = makeSourceTotals()
    totals.dropped = 1
    totals.discarded[0] = 2
    totals.discarded[7] = -1
    writeProgress(frame, totals, Buffer.from('cursor'))
    expect(frame.kind).toBe(FrameKind.progress)
    expect(frame.length).toBe(134)
    expect(hexOf(frame.memory.u8.subarray(56))).toBe(
      [
        '000000000000f03f', // dropped
        '0000000000000040', // discarded, first reason
        ...Array.from({ length: 6 }, () => '0000000000000000'),
        '000000000000f0bf', // discarded, last slot
        '637572736f720000', // cursor
      ].join(' '),
    )
  })

  test('reads back, whatever the cursor', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), fc.nat(), fc.nat(), (cursor, dropped, discarded) => {
        const frame = new Frame(FrameMemory.allocate(1024)).at(16)
        const totals = makeSourceTotals()
        totals.dropped = dropped
        totals.discarded[3] = discarded
        writeProgress(frame, totals, cursor)
        expect([progressDropped(frame), progressDiscarded(frame, 3)]).toEqual([dropped, discarded])
        expect(progressCursor(frame)).toEqual(cursor)
      }),
    )
  })

  test('is refused a cursor that is too long', () => {
    const frame = new Frame(FrameMemory.allocate(64))
    expect(() => writeProgress(frame, makeSourceTotals(), new Uint8Array(MAX_CURSOR_BYTES + 1))).toThrow(RangeError)
  })
})

const f64 = fc.double({ noNaN: true })
const sourceState = (sourceId: number): fc.Arbitrary<SourceState> =>
  fc.record({
    sourceId: fc.constant(sourceId),
    ringPosition: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    position: f64,
    progressPosition: f64,
    clock: f64,
    clockOffsetMs: fc.integer({ min: -60_000, max: 60_000 }),
    counts: fc
      .array(fc.nat(), { minLength: COUNT_SLOTS, maxLength: COUNT_SLOTS })
      .map((counts) => Float64Array.from(counts)),
    cursor: fc.uint8Array({ maxLength: 100 }),
  })
const sources = fc
  .integer({ min: 0, max: 5 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, i) => sourceState(i + 1))))
const barrier = fc
  .record({ number: fc.nat(), sequence: fc.nat(), clock: f64, sources })
  .map((b) => ({ ...b, sources: new Map(b.sources.map((source) => [source.sourceId, source])) }))

describe('a barrier', () => {
  test('has its words where the layout draws them', () => {
    const state = makeSourceState(7)
    Object.assign(state, { ringPosition: -8, position: 1, progressPosition: 2, clock: -1, cursor: Buffer.from('abc') })
    state.counts.forEach((_, slot) => {
      state.counts[slot] = slot
    })
    const bytes = encodeBarrier({ number: 2, sequence: 3, clock: 1.5, sources: new Map([[7, state]]) })
    const words = hexOf(bytes).split(' ')
    expect(words.length * 8).toBe(56 + 16 + 176)
    expect(words.slice(7, 15)).toEqual([
      '0000000000000040', // number
      '0100000000000000', // sources │ lane
      '07000000f8ffffff', // source id │ ring position
      '000000000000f03f', // position
      '0000000000000040', // progress position
      '000000000000f0bf', // clock
      '0000000000000000', // counts, the first
      '000000000000f03f', // … the second
    ])
    expect(words.slice(28)).toEqual(['0000000000002e40', '0300000000000000', '6162630000000000'])
  })

  test('reads back, whatever its sources', () => {
    fc.assert(fc.property(barrier, (b) => void expect(decodeBarrier(encodeBarrier(b))).toEqual(b)))
  })

  test('takes exactly the bytes it says', () => {
    fc.assert(fc.property(barrier, (b) => void expect(encodeBarrier(b)).toHaveLength(barrierBytes(b.sources.values()))))
  })

  test('lets lanes add to counts in place, and tells ring positions', () => {
    fc.assert(
      fc.property(barrier, (b) => {
        const bytes = encodeBarrier(b)
        const memory = FrameMemory.allocate(bytes.length)
        memory.u8.set(bytes)
        const frame = new Frame(memory)
        forEachCounts(frame, (sourceId, counts) => {
          for (const count of LANE_COUNTS) memory.f64[(counts >> 3) + count]! += sourceId
        })
        const positions = new Map<number, number>()
        forEachRingPosition(frame, (sourceId, position) => positions.set(sourceId, position))
        const after = decodeBarrier(memory.u8)
        expect(barrierNumber(frame)).toBe(b.number)
        for (const [sourceId, { counts, ringPosition }] of b.sources) {
          expect(positions.get(sourceId)).toBe(ringPosition)
          const expected = counts.slice()
          for (const count of LANE_COUNTS) expected[count]! += sourceId
          expect(after.sources.get(sourceId)!.counts).toEqual(expected)
        }
      }),
    )
  })

  test('gives a ledger in which each count is once', () => {
    const counts = new Float64Array(COUNT_SLOTS)
    counts[Count.received] = 100
    counts[Count.accepted] = 1
    counts[Count.duplicate] = 2
    counts[Count.late] = 3
    counts[Count.deadLettered] = 4
    counts[Count.deadLetteredByLanes] = 5
    counts[Count.dropped] = 6
    counts[Count.discarded + 2] = 7
    expect(ledgerOf(counts)).toEqual({
      received: 100,
      accepted: 1,
      duplicate: 2,
      late: 3,
      discarded: { no_key: 0, no_position: 0, outside_bbox: 7, stale_position: 0 },
      dead_lettered: 9,
      dropped: 6,
    })
    counts[Count.discarded + 4] = 8
    expect(ledgerOf(counts).discarded).toMatchObject({ stale_position: 0, unchanged: 8 })
  })
})

const refusal: Refusal = {
  reason: 'bad_json',
  stage: 'source',
  detail: 'unexpected "}" at byte 12',
  origin: 'a.jsonl',
  offset: 5,
  line: 3,
  row: -1,
}

describe('a dead letter', () => {
  test('keeps the original bytes, the reason and the place', () => {
    const batch = new FrameBatch()
    addDeadLetter(batch, refusal, Buffer.from('..{"a":}..'), 2, 8)
    const frame = new Frame(batch.memory).at(0)
    expect(frame.kind).toBe(FrameKind.deadLetter)
    expect(deadLetter.toObject(frame)).toEqual({
      reason: 'bad_json',
      stage: 'source',
      attempts: 1,
      offset: 5,
      line: 3,
      row: -1,
      full_bytes: 6,
      sha256: createHash('sha256').update('{"a":}').digest('hex'),
      origin: 'a.jsonl',
      detail: 'unexpected "}" at byte 12',
      input: Buffer.from('{"a":}').toString('base64'),
    })
  })

  test('keeps 64 KiB of a longer input, and the length and digest of all of it', () => {
    const input = Buffer.alloc(100_000, 'x')
    const batch = new FrameBatch()
    const long = { ...refusal, detail: 'd'.repeat(5000), origin: 'o'.repeat(5000) }
    addDeadLetter(batch, long, input, 0, input.length)
    const frame = new Frame(batch.memory).at(0)
    const f = deadLetter.fields
    expect(f.input.lengthOf(frame)).toBe(MAX_KEPT_BYTES)
    expect([f.detail.lengthOf(frame), f.origin.lengthOf(frame)]).toEqual([1024, 1024])
    expect(f.full_bytes.get(frame)).toBe(100_000)
    expect(f.sha256.get(frame)).toBe(createHash('sha256').update(input).digest('hex'))
    expect(frame.length).toBeLessThanOrEqual(MAX_DEAD_LETTER_BYTES)
  })

  test('of a frame that a later stage refused keeps the frame, and its place in the stream', () => {
    const refused = new Frame(FrameMemory.allocate(256)).at(8)
    event.start(refused)
    event.fields.id.set(refused, 'e1')
    Object.assign(refused, { sourceId: 4, sequence: 5, time: 6, clock: 7, ingested: 8, position: 9 })
    const letter = refuseFrame(refused, 'table_full', 'dedupe', 'no room', 'push')
    const { sourceId, sequence, time, clock, ingested, position } = letter
    expect({ sourceId, sequence, time, clock, ingested, position }).toEqual({
      sourceId: 4,
      sequence: 5,
      time: 6,
      clock: 7,
      ingested: 8,
      position: 9,
    })
    const input = letter.memory.u8.slice(deadLetter.fields.input.startOf(letter))
    const kept = input.subarray(0, deadLetter.fields.input.lengthOf(letter))
    expect(hexOf(kept)).toBe(hexOf(refused.memory.u8.subarray(8, 8 + refused.length)))
  })
})
