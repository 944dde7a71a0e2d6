import { expect, test } from 'vitest'
import { createDecoder } from '../../../../actors/source/decode/index.ts'
import { Frame, FrameBatch, type StringField } from '../../../../engine/records/index.ts'
import { flight } from '../../../../schemas/flight.ts'
import { ENVELOPE } from './bodies.ts'
import { makeContext } from './decoding.ts'

/** The same frame, written with the schema's accessors. */
function rewrite(frame: Frame): Uint8Array {
  const copy = new FrameBatch().reserve(flight.fixedBytes)
  flight.start(copy)
  copy.sourceId = frame.sourceId
  copy.time = frame.time
  copy.clock = frame.clock
  copy.ingested = frame.ingested
  copy.position = frame.position
  const key = Buffer.from(flight.fields.icao24.get(frame)!)
  flight.setKey(copy, key, 0, key.length)
  for (const field of Object.values(flight.fields))
    if (!field.isNull(frame)) (field as StringField).set(copy, field.get(frame) as string)
  return copy.memory.u8.slice(copy.offset, copy.offset + copy.stride)
}

test('a flight frame is, byte for byte, what the schema’s accessors write', () => {
  const { payload } = ENVELOPE
  const texts = ['', 'A', 'AB12', 'N281MA', 'DAL1234', 'DAL12345', 'fifteen bytes!!']
  const changes = [
    ...texts.map((callsign) => ({ callsign, squawk: callsign.slice(0, 7) })),
    ...Object.keys(payload).map((name) => ({ [name]: null })),
    { icao24: '~ABCDEF', spi: true, on_ground: true },
    { on_ground: null, spi: null, squawk: null, callsign: null, altitude_m: -0 },
  ]
  const batch = new FrameBatch(1 << 20)
  batch.memory.u8.fill(0xff) // what was there before must not show
  const lines = Buffer.from(changes.map((change) => JSON.stringify({ payload: { ...payload, ...change } })).join('\n'))
  createDecoder('envelope').decodeLines(lines, 0, lines.length, makeContext(), batch)
  const frame = new Frame(batch.memory)
  let frames = 0
  for (frame.at(0); frame.offset < batch.length; frame.at(frame.offset + frame.stride), frames++)
    expect(batch.memory.u8.slice(frame.offset, frame.offset + frame.stride)).toEqual(rewrite(frame))
  expect(frames).toBe(changes.length - 2) // those without key and without position are no records
})
