import { expect, test } from 'vitest'
import { createDecoder } from '../../actors/source/decode/index.ts'
import { Frame, FrameBatch } from '../../engine/records/index.ts'
import { topicsOf } from '../../schemas/topics.ts'
import { makeContext } from '../actors/source/decode/decoding.ts'

const TIME_S = 1_773_818_000
const [events] = topicsOf((id) => {
  return { name: `source ${id}`, envelope: { provider: null, mode: null, bbox: null, poll_interval_s: null } }
}).filter(({ name }) => name === 'events.raw')

function framesOf(body: string): Frame[] {
  const batch = new FrameBatch()
  const bytes = Buffer.from(body)
  createDecoder('event').decode(bytes, 0, bytes.length, makeContext(), batch)
  const frames: Frame[] = []
  for (let at = 0; at < batch.length; at += frames.at(-1)!.stride) frames.push(new Frame(batch.memory).at(at))
  return frames
}

test('the JSON of an event says what its value does', () => {
  const bodies = [
    '{"id":"1","timestamp":TIME,"payload":{"a":[1,{"b":null}]},"source":"sensors","api_version":"v2"}',
    '{"id":"quotes \\" and \\u0001 controls","timestamp":TIME,"payload":"text","source":"line\\nbreak"}',
    '{"id":"é","timestamp":TIME.25,"payload":null,"source":"s"}',
    '{"id":"2","timestamp":TIME,"source":"s"}',
    '{"id":"3","timestamp":TIME,"payload":{}}',
  ]
  const frames = bodies.flatMap((body) => framesOf(body.replace('TIME', String(TIME_S)))).filter(events!.matches)
  expect(frames.length).toBeGreaterThanOrEqual(3)
  for (const frame of frames) expect(JSON.parse(events!.json!(frame))).toEqual(events!.value(frame))
})

test('the JSON of an event has its payload as it came', () => {
  const [frame] = framesOf(`{"id":"1","timestamp":${TIME_S},"payload":{"n": 12345678901234567890},"source":"s"}`)
  expect(events!.json!(frame!)).toContain('{"n": 12345678901234567890}')
})
