import { describe, expect, test } from 'vitest'
import { createDecoder } from '../../../../actors/source/decode/index.ts'
import { deadLetter, Frame, FrameBatch } from '../../../../engine/records/index.ts'
import { ENVELOPE, EVENT, NOW, OPENSKY } from './bodies.ts'
import { Decoding, makeContext } from './decoding.ts'

const envelope = (seconds: number, changes: object = {}): string =>
  JSON.stringify({
    payload: { ...ENVELOPE.payload, time_position_unix: seconds, last_contact_unix: seconds, ...changes },
  })

/** The dead letters of some lines or of one body. */
function letters(input: Uint8Array, how: 'lines' | 'body'): unknown[] {
  const batch = new FrameBatch()
  const context = { ...makeContext(), originOffset: 1000, line: how === 'lines' ? 7 : 0 }
  if (how === 'lines') createDecoder('envelope').decodeLines(input, 0, input.length, context, batch)
  else createDecoder('opensky').decode(input, 0, input.length, context, batch)
  const found: unknown[] = []
  const frame = new Frame(batch.memory)
  for (frame.at(0); frame.offset < batch.length; frame.at(frame.offset + frame.stride))
    if (frame.schemaId === deadLetter.id) found.push(deadLetter.toObject(frame))
  return found
}

describe('a decoder', () => {
  test('says of a refused line where it stood and what was wrong', () => {
    const lines = Buffer.from(`${envelope(NOW)}\r\n\n{"payload":{"icao24" 1}}\r\n{"payload":{"icao24":"xyz"}}`)
    const first = lines.indexOf('{"payload":{"icao24" 1')
    expect(letters(lines, 'lines')).toMatchObject([
      {
        reason: 'bad_json',
        detail: 'expected a colon at byte 21',
        offset: 1000 + first,
        line: 9,
        row: -1,
        origin: 'recording.json',
        stage: 'source',
      },
      { reason: 'bad_key', detail: '"xyz" is not six hexadecimal digits', line: 10, row: -1 },
    ])
  })

  test('says of a refused row where it stood and what was wrong', () => {
    const body = Buffer.from(
      JSON.stringify({ time: NOW, states: [OPENSKY.states[0], [1], OPENSKY.states[0]!.with(6, -100)] }),
    )
    expect(letters(body, 'body')).toMatchObject([
      { reason: 'bad_shape', detail: 'a row of 1 columns', offset: 1000 + body.indexOf('[1]'), line: 0, row: 1 },
      { reason: 'latitude_range', detail: 'latitude -100 is beyond ±90', row: 2 },
    ])
  })

  test('skips a byte order mark', () => {
    const mark = Buffer.from([0xef, 0xbb, 0xbf])
    const body = Buffer.concat([mark, Buffer.from(envelope(NOW))])
    expect(new Decoding('envelope').decode(body)).toMatchObject([{ kind: 'record' }])
    expect(new Decoding('envelope').decode(Buffer.concat([mark, body]))).toMatchObject([{ reason: 'bad_json' }])
  })

  test('refuses what is not UTF-8, wherever it stands', () => {
    const bad = Buffer.from([0xc3, 0x28])
    for (const [before, after] of [
      ['{"payload":{"x":"', '"}}'],
      ['{"', '":1}'],
      ['{"payload":{"', '":{}}}'],
      ['', ''],
    ])
      expect(
        new Decoding('envelope').decode(Buffer.concat([Buffer.from(before!), bad, Buffer.from(after!)])),
      ).toMatchObject([{ reason: 'bad_utf8', input: `${before}\u00c3(${after}` }])
  })

  test('refuses NaN, Infinity and error pages as what they are: not JSON', () => {
    for (const body of [
      '{"payload":{"altitude_m":NaN}}',
      '{"payload":{"altitude_m":-Infinity}}',
      '<html>502</html>',
      '',
    ])
      expect(new Decoding('envelope').decode(body)).toMatchObject([{ reason: 'bad_json' }])
  })

  test('leaves of a refused body nothing but its dead letter: no row, no discard, no clock, one position', () => {
    const decoding = new Decoding('opensky')
    decoding.decode(JSON.stringify(OPENSKY))
    const { state } = decoding
    const longer = { time: NOW + 100, states: [...OPENSKY.states, ...OPENSKY.states] }
    expect(decoding.decode(`${JSON.stringify(longer).slice(0, -1)},}`)).toMatchObject([
      { kind: 'dead letter', reason: 'bad_json', position: state.ordinal, clock: state.clockMs },
    ])
    expect(decoding.state).toEqual({ ...state, ordinal: state.ordinal + 1 })
  })

  test('takes no line for more than its own, whatever follows it in memory', () => {
    const decoding = new Decoding('event')
    const lines = Buffer.from(`{"a":[\n${JSON.stringify(EVENT)}\n{"payload":"\n"}\n`)
    decoding.decodeSomeLines(lines, 0, lines.length)
    expect(decoding.frames()).toMatchObject([
      { reason: 'bad_json', input: '{"a":[' },
      { kind: 'record' },
      { reason: 'bad_json' },
      { reason: 'bad_json' },
    ])
  })

  test('stops behind a line that moved the clock past a whole second and gave no record', () => {
    const decoding = new Decoding('envelope')
    const lines = [
      envelope(NOW),
      envelope(NOW + 0.9, { position: null }),
      envelope(NOW + 1.1, { position: null }),
      envelope(NOW + 1.2, { icao24: '' }),
      envelope(NOW + 5),
      envelope(NOW + 6, { icao24: 'bad' }),
      envelope(NOW + 5.5, { position: null }),
    ]
    const bytes = Buffer.from(`${lines.join('\n')}\n`)
    const third = Buffer.byteLength(`${lines.slice(0, 3).join('\n')}\n`)
    expect(decoding.decodeSomeLines(bytes, 0, bytes.length)).toBe(third)
    expect(decoding.state).toEqual({ clockMs: NOW * 1000 + 1100, ordinal: 3, discarded: { no_position: 2 } })
    expect(decoding.context.line).toBe(4)
    expect(decoding.decodeSomeLines(bytes, third, bytes.length)).toBe(bytes.length)
    expect(decoding.state.clockMs).toBe(NOW * 1000 + 5500)
  })

  test('refuses a body whose clock is no time', () => {
    for (const clock of [8.64e12 + 1, -1e300, 1e300]) {
      expect(new Decoding('opensky').decode(`{"time":${clock},"states":[]}`)).toMatchObject([
        { reason: 'bad_value', row: -1 },
      ])
      expect(new Decoding('envelope').decode(envelope(clock))).toMatchObject([{ reason: 'bad_value' }])
    }
    expect(new Decoding('readsb').decode('{"now":8.65e15,"ac":[]}')).toMatchObject([{ reason: 'bad_value', row: -1 }])
  })

  test('refuses a live body whose clock is later than it may be, and goes by the wall clock', () => {
    const decoding = new Decoding('opensky')
    decoding.context.latestClockMs = NOW * 1000
    expect(decoding.decode(`{"time":${NOW + 1},"states":[]}`)).toMatchObject([{ reason: 'time_ahead', row: -1 }])
    expect(decoding.state).toMatchObject({ clockMs: Number.NEGATIVE_INFINITY, ordinal: 1 })
    expect(decoding.decode(`{"time":${NOW},"states":[]}`)).toEqual([])
    expect(decoding.state).toMatchObject({ clockMs: decoding.context.ingestedMs, ordinal: 1 })
  })

  test('adds a lap’s shift to every time', () => {
    const decoding = new Decoding('envelope', { shiftMs: 3_600_000 })
    expect(decoding.decode(envelope(NOW))).toMatchObject([
      {
        time: (NOW + 3600) * 1000,
        clock: (NOW + 3600) * 1000,
        fields: { time_position_unix: NOW + 3600, last_contact_unix: NOW + 3600 },
      },
    ])
  })

  test('reads on rightly when members change their order, spacing and number from body to body', () => {
    const decoding = new Decoding('envelope')
    const { payload } = ENVELOPE
    const members = Object.entries(payload)
    for (let turn = 0; turn < 40; turn++) {
      const turned = [...members.slice(turn % members.length), ...members.slice(0, turn % members.length)]
      const some = Object.fromEntries(
        turned.filter(([name], i) => i % 5 !== turn % 7 || ['icao24', 'position'].includes(name)),
      )
      const text = JSON.stringify(
        { v: turn >> 2, payload: { ...some, last_contact_unix: NOW, [`x${turn}`]: [turn] } },
        null,
        turn % 3,
      )
      const { position, ...rest } = some as typeof payload
      expect(decoding.decode(text)).toMatchObject([
        { kind: 'record', fields: { ...rest, ...position, last_contact_unix: NOW } },
      ])
    }
  })
})
