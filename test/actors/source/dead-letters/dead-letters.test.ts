import { describe, expect, test } from 'vitest'
import { Sent } from '../../../../actors/source/dead-letters/sent.ts'
import type { Where } from '../../../../actors/source/dead-letters/where.ts'
import { createDecoder } from '../../../../actors/source/decode/index.ts'
import {
  Count,
  DISCARD_REASONS,
  deadLetter,
  Frame,
  FrameBatch,
  FrameKind,
  refuseFrame,
  type SourceState,
} from '../../../../engine/records/index.ts'
import { flight } from '../../../../schemas/flight.ts'
import { scratchDirectory } from '../../../engine/runtime/scratch.ts'
import { hasRecordings, recordedBodies } from '../decode/recorded-bodies.ts'
import { bodyOf, type MadeLetter, rowOf, writeLetters } from './made-letters.ts'
import { commit, runDeadLetters } from './run-dead-letters.ts'

const T0 = 1_600_000_000
const nameOf = (id: number) => `feed-${id}`

const ofKind = (frames: readonly Frame[], kind: number) => frames.filter((frame) => frame.kind === kind)
const keys = (frames: readonly Frame[]) =>
  ofKind(frames, FrameKind.record).map((frame) => flight.fields.icao24.get(frame))
const letters = (frames: readonly Frame[]) =>
  ofKind(frames, FrameKind.deadLetter).map((frame) => deadLetter.toObject(frame))
const bodyBytes = (frame: Frame) =>
  Buffer.from(frame.memory.u8.slice(frame.body, frame.offset + frame.length)).toString('latin1')
/** What a frame says, its place in the source aside. */
const meaning = (frame: Frame) => [frame.kind, frame.time, bodyBytes(frame)]

async function send(made: readonly MadeLetter[], options = {}) {
  const directory = scratchDirectory()
  const offsets = writeLetters(directory, made)
  return { directory, offsets, ...(await runDeadLetters({ directory, options })) }
}

describe('a dead letter that is sent again', () => {
  test('gives the records that its body gives now', async () => {
    const { frames, ended } = await send([{ input: bodyOf(T0, ['aaaaa1', 'aaaaa2']) }])
    expect(ended).toBe('finished')
    expect(keys(frames)).toEqual(['aaaaa1', 'aaaaa2'])
    expect(ofKind(frames, FrameKind.record).map(({ position }) => position)).toEqual([0, 1])
  })

  test('is judged by its own clock, not by one that came before it', async () => {
    const { frames } = await send([
      { input: bodyOf(T0 + 86_400, ['aaaaa1']) },
      { input: bodyOf(T0, ['aaaaa2']) },
      { input: JSON.stringify(rowOf(T0, 'aaaaa3')), row: 4, clockMs: T0 * 1000 },
    ])
    expect(keys(frames)).toEqual(['aaaaa1', 'aaaaa2', 'aaaaa3'])
  })

  test('counts what it leaves out', async () => {
    const { frames } = await send([
      { input: JSON.stringify({ time: T0, states: [rowOf(T0 - 1000, 'aaaaa1'), rowOf(T0, '')] }) },
    ])
    const { state } = commit(frames)
    const count = (reason: (typeof DISCARD_REASONS)[number]) =>
      state.counts[Count.discarded + DISCARD_REASONS.indexOf(reason)]
    expect(keys(frames)).toEqual([])
    expect([count('stale_position'), count('no_key')]).toEqual([1, 1])
  })

  test('and refused again is a dead letter once more: same bytes and place, one more attempt', async () => {
    const broken = '{"time":1,'
    const row = JSON.stringify(rowOf(T0, 'aaaaa1', 91))
    const { frames, offsets } = await send([
      { input: broken, reason: 'bad_json', attempts: 3 },
      { input: row, reason: 'latitude_range', row: 7, clockMs: T0 * 1000 },
    ])
    expect(letters(frames)).toMatchObject([
      { reason: 'bad_json', attempts: 4, line: offsets[0], offset: offsets[0]! * 100, row: -1, origin: 'made.jsonl' },
      { reason: 'latitude_range', attempts: 2, line: offsets[1], offset: offsets[1]! * 100, row: 7 },
    ])
    expect(letters(frames).map(({ input }) => Buffer.from(input as string, 'base64').toString())).toEqual([broken, row])
    expect(ofKind(frames, FrameKind.deadLetter).map(({ position }) => position)).toEqual([0, 1])
  })

  test('takes along the rows of a body that is taken now, and names those that are not', async () => {
    const input = JSON.stringify({ time: T0, states: [rowOf(T0, 'aaaaa1'), rowOf(T0, 'aaaaa2', 91)] })
    const { frames } = await send([{ input, reason: 'bad_shape' }])
    expect(keys(frames)).toEqual(['aaaaa1'])
    expect(letters(frames)).toMatchObject([{ reason: 'latitude_range', row: 1, attempts: 2 }])
  })

  test('is read in the format that is given', async () => {
    const input = JSON.stringify({ id: 'a', source: 'b', payload: {}, timestamp: T0 })
    expect(ofKind((await send([{ input }])).frames, FrameKind.record)).toHaveLength(1)
    expect(letters((await send([{ input }], { format: 'opensky' })).frames)).toMatchObject([{ reason: 'bad_shape' }])
  })

  test('is the very record that a later stage refused', async () => {
    const context = await send([{ input: bodyOf(T0, ['aaaaa1']) }])
    const [record] = ofKind(context.frames, FrameKind.record)
    const refused = deadLetter.toObject(refuseFrame(record!, 'table_full', 'dedupe', 'no room', 'dedupe-0'))
    const input = Buffer.from(refused.input as string, 'base64')
    const { frames } = await send([{ input, reason: 'table_full', stage: 'dedupe' }])
    expect(ofKind(frames, FrameKind.record).map(meaning)).toEqual([meaning(record!)])
  })

  test('is found within the dead letter that a later stage made of it', async () => {
    const { frames: refusals } = await send([{ input: '{"time":1,', attempts: 1 }])
    const [letter] = ofKind(refusals, FrameKind.deadLetter)
    const outer = deadLetter.toObject(refuseFrame(letter!, 'poison', 'shard', '', 'feed-1'))
    const { frames } = await send([
      { input: Buffer.from(outer.input as string, 'base64'), reason: 'poison', stage: 'shard' },
    ])
    expect(letters(frames)).toMatchObject([{ reason: 'bad_json', attempts: 4, origin: 'made.jsonl' }])
  })

  test('whose bytes were not all kept is passed over', async () => {
    const { frames } = await send([
      { input: bodyOf(T0, ['aaaaa1']), fullBytes: 1e6 },
      { input: bodyOf(T0, ['aaaaa2']) },
      { input: 'no frame', stage: 'dedupe' },
      { input: bodyOf(T0, ['aaaaa3']), stage: 'sink' },
    ])
    expect(keys(frames)).toEqual(['aaaaa2'])
    expect(letters(frames)).toEqual([])
  })

  test('under which the thread has failed twice is a dead letter, unread', async () => {
    const directory = scratchDirectory()
    writeLetters(directory, [{ input: bodyOf(T0, ['aaaaa1', 'aaaaa2']) }, { input: bodyOf(T0, ['aaaaa3']) }])
    const { frames, notes } = await runDeadLetters({ directory, poison: [0] })
    expect(letters(frames)).toMatchObject([{ reason: 'poison', attempts: 2 }])
    expect(keys(frames)).toEqual(['aaaaa3'])
    expect(notes, 'the position that a crash would name').toEqual([1])
  })

  test.runIf(hasRecordings)('by itself is what the recorded row was in its body', async () => {
    for (const { name, format, bodies } of recordedBodies()) {
      const body = bodies[0]!
      const whole = new FrameBatch()
      const decode = { ...contextFor(body.length), ordinal: 0 }
      const decoder = createDecoder(format)
      decoder.decode(body, 0, body.length, decode, whole)
      const { states, aircraft, ac } = JSON.parse(body.toString())
      const rows = ((states ?? aircraft ?? ac) as unknown[]).slice(0, 500)
      const made = rows.map((row, i) => ({ input: JSON.stringify(row), row: i, clockMs: decoder.bodyClockMs }))
      const { frames } = await send(made)
      const expected = framesOf(whole).filter(({ position }) => position < rows.length)
      expect(ofKind(frames, FrameKind.record).map(meaning), name).toEqual(
        ofKind(expected, FrameKind.record).map(meaning),
      )
      expect(ofKind(frames, FrameKind.record).length, name).toBeGreaterThan(0)
    }
  })
})

function contextFor(maxFrameBytes: number) {
  const limits = { bounds: null, maxPositionAgeMs: 300_000, maxTimeAheadMs: 60_000, maxFrameBytes }
  const where = { origin: '', originOffset: 0, line: 0, shiftMs: 0 }
  return {
    sourceId: 3,
    ...limits,
    ...where,
    ingestedMs: 0,
    clockMs: -Infinity,
    ordinal: 0,
    discarded: new Float64Array(8),
  }
}

function framesOf({ memory, length }: FrameBatch): Frame[] {
  const frames: Frame[] = []
  for (let at = 0; at < length; at += frames.at(-1)!.stride) frames.push(new Frame(memory).at(at))
  return frames
}

describe('which dead letters are sent', () => {
  const mixed: MadeLetter[] = [
    { input: bodyOf(T0, ['aaaaa1']), reason: 'bad_json', sourceId: 1 },
    { input: bodyOf(T0, ['aaaaa2']), reason: 'bad_value', sourceId: 2 },
    { input: bodyOf(T0, ['aaaaa3']), reason: 'bad_json', sourceId: 2 },
    { input: bodyOf(T0, ['aaaaa4']), reason: 'time_ahead', sourceId: 1, origin: 'other.jsonl' },
  ]

  test.each<[string, Where, string[]]>([
    ['all', {}, ['aaaaa1', 'aaaaa2', 'aaaaa3', 'aaaaa4']],
    ['by reason', { reason: ['bad_json'] }, ['aaaaa1', 'aaaaa3']],
    ['by one of two reasons', { reason: ['bad_json', 'time_ahead'] }, ['aaaaa1', 'aaaaa3', 'aaaaa4']],
    ['by source', { source: ['feed-2'] }, ['aaaaa2', 'aaaaa3']],
    ['by reason and source', { reason: ['bad_json'], source: ['feed-2'] }, ['aaaaa3']],
    ['by origin', { origin: ['other.jsonl'] }, ['aaaaa4']],
    ['by stage', { stage: ['dedupe'] }, []],
  ])('is told %s', async (_, where, expected) => {
    expect(keys((await send(mixed, { where })).frames)).toEqual(expected)
  })

  test('ends before the offset that is named', async () => {
    expect(keys((await send(mixed, { until: 30 })).frames)).toEqual(['aaaaa1', 'aaaaa2'])
  })

  test('leaves out those of earlier calls, whatever these asked for', async () => {
    const directory = scratchDirectory()
    writeLetters(directory, mixed)
    const calls: Where[] = [{ reason: ['bad_json'] }, { source: ['feed-2'] }, {}, { reason: ['bad_json'] }]
    const given: unknown[] = []
    let state: SourceState | undefined
    for (const where of calls) {
      const { frames } = await runDeadLetters({ directory, options: { where }, resume: state })
      const committed = commit(frames, state)
      state = committed.state
      given.push(keys(committed.taken))
    }
    expect(given).toEqual([['aaaaa1', 'aaaaa3'], ['aaaaa2'], ['aaaaa4'], []])
    expect(Sent.decode(state!.cursor, nameOf).letters).toBe(4)
  })
})

describe('stopped after every frame', () => {
  /** Bodies of several rows, rows that are left out, rows that are refused again, and nothing at all. */
  const nasty: MadeLetter[] = [
    { input: bodyOf(T0, ['aaaaa1', 'aaaaa2', 'aaaaa3']), reason: 'bad_json' },
    { input: '{"time":1,', reason: 'bad_json' },
    { input: JSON.stringify({ time: T0, states: [] }), reason: 'bad_value' },
    { input: JSON.stringify({ time: T0, states: [rowOf(T0, ''), rowOf(T0, 'bbbbb1'), rowOf(T0, 'bbbbb2', 91)] }) },
    { input: JSON.stringify(rowOf(T0, 'ccccc1', -91)), row: 2, clockMs: T0 * 1000, reason: 'bad_json' },
    { input: bodyOf(T0 - 500, ['aaaaa1', 'ddddd1']), reason: 'bad_value' },
  ]
  const outcome = ({ counts }: SourceState) => [...counts.slice(Count.discarded)]

  test('and called once more, it sends the rest: together what it sends undisturbed', async () => {
    const directory = scratchDirectory()
    writeLetters(directory, nasty)
    const { frames } = await runDeadLetters({ directory })
    const undisturbed = commit(frames)
    for (let cut = 0; cut <= frames.length; cut++) {
      const first = commit(frames.slice(0, cut))
      const rest = commit((await runDeadLetters({ directory, resume: first.state })).frames, first.state)
      expect([...first.taken, ...rest.taken].map(meaning), `cut ${cut}`).toEqual(undisturbed.taken.map(meaning))
      expect(outcome(rest.state), `cut ${cut}`).toEqual(outcome(undisturbed.state))
      expect(Sent.decode(rest.state.cursor, nameOf).letters, `cut ${cut}`).toBe(nasty.length)
    }
  })

  test('and asked for others first, it still sends each once', async () => {
    const directory = scratchDirectory()
    writeLetters(directory, nasty)
    const { frames } = await runDeadLetters({ directory, options: { where: { reason: ['bad_json'] } } })
    const sorted = (taken: readonly Frame[]) => taken.map((frame) => JSON.stringify(meaning(frame))).sort()
    const everything = sorted(commit((await runDeadLetters({ directory })).frames).taken)
    for (let cut = 0; cut <= frames.length; cut++) {
      let { state, taken } = commit(frames.slice(0, cut))
      for (const where of [{ reason: ['bad_value'] }, {}] as Where[]) {
        const next = commit((await runDeadLetters({ directory, options: { where }, resume: state })).frames, state)
        state = next.state
        taken = [...taken, ...next.taken]
      }
      expect(sorted(taken), `cut ${cut}`).toEqual(everything)
      expect(Sent.decode(state.cursor, nameOf).letters, `cut ${cut}`).toBe(nasty.length)
    }
  })

  test('and asked for others, it leaves out one of which nothing was committed', async () => {
    const directory = scratchDirectory()
    writeLetters(directory, nasty)
    const { frames } = await runDeadLetters({ directory, options: { where: { reason: ['bad_json'] } } })
    const { state } = commit(frames.slice(0, 1)) // the progress frame that names the first
    const next = await runDeadLetters({ directory, options: { where: { origin: ['nowhere'] } }, resume: state })
    expect(commit(next.frames, state).taken).toEqual([])
  })

  test('and given less by the same bytes than before, it still sends the next one', async () => {
    const directory = scratchDirectory()
    writeLetters(directory, [{ input: bodyOf(T0, ['aaaaa1', 'aaaaa2', 'aaaaa3']) }, { input: bodyOf(T0, ['bbbbb1']) }])
    const { state } = commit((await runDeadLetters({ directory })).frames.slice(0, 3))
    const { frames } = await runDeadLetters({ directory, options: { format: 'event' }, resume: state })
    expect(letters(commit(frames, state).taken)).toMatchObject([{ reason: 'bad_shape', offset: 2000 }])
  })
})
