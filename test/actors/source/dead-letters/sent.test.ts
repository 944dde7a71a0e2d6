import { describe, expect, test } from 'vitest'
import { Sent } from '../../../../actors/source/dead-letters/sent.ts'
import type { Where } from '../../../../actors/source/dead-letters/where.ts'
import { FrameMemory } from '../../../../engine/memory/frame-memory.ts'
import {
  type DeadLetterReason,
  deadLetter,
  Frame,
  FrameKind,
  MAX_CURSOR_BYTES,
} from '../../../../engine/records/index.ts'

const nameOf = (id: number) => `feed-${id}`
const makeSent = () => new Sent(nameOf)
const again = (sent: Sent) => Sent.decode(sent.encode(), nameOf)

function letter(offset: number, reason: DeadLetterReason, sourceId = 1): Frame {
  const frame = new Frame(FrameMemory.allocate(4096))
  deadLetter.start(frame, FrameKind.deadLetter)
  deadLetter.fields.reason.set(frame, reason)
  frame.sequence = offset
  frame.sourceId = sourceId
  return frame
}

function finished(...calls: [Where, number][]): Sent {
  const sent = makeSent()
  for (const [where, until] of calls) {
    sent.begin(where)
    sent.finish(until)
  }
  return sent
}

describe('what was sent', () => {
  test('is nothing at first', () => {
    expect(again(makeSent()).has(letter(1, 'bad_json'))).toBe(false)
    expect(Sent.decode(new Uint8Array(0), nameOf).letters).toBe(0)
  })

  test('is what a call asked for, up to the one that it has come to', () => {
    const sent = makeSent()
    sent.begin({ reason: ['bad_json'] })
    sent.note(20)
    expect(sent.has(letter(10, 'bad_json'))).toBe(true)
    expect(sent.has(letter(20, 'bad_json'))).toBe(true)
    expect(sent.has(letter(30, 'bad_json'))).toBe(false)
    expect(sent.has(letter(10, 'bad_value'))).toBe(false)
  })

  test('is the same after it was written and read', () => {
    const sent = again(again(finished([{ reason: ['bad_json'] }, 50], [{ source: ['feed-2'] }, 90])))
    expect(sent.has(letter(40, 'bad_json', 1))).toBe(true)
    expect(sent.has(letter(60, 'bad_json', 1))).toBe(false)
    expect(sent.has(letter(60, 'bad_value', 2))).toBe(true)
  })

  test('does not grow with the dead letters, nor with calls that ask for the same', () => {
    const sent = makeSent()
    for (let call = 0; call < 1000; call++) {
      sent.begin({ reason: call % 2 === 0 ? ['bad_json', 'bad_key'] : ['bad_key', 'bad_json', 'bad_key'] })
      sent.note(call * 10)
      sent.finish(call * 10 + 5)
    }
    expect(sent.letters).toBe(1000)
    expect(sent.encode().length).toBeLessThan(200)
  })

  test('is forgotten by filter once all was asked for', () => {
    const sent = finished([{ reason: ['bad_json'] }, 50], [{ reason: ['bad_key'] }, 500], [{}, 100])
    expect(sent.has(letter(60, 'bad_value'))).toBe(true)
    expect(sent.has(letter(400, 'bad_key')), 'beyond what all covers').toBe(true)
    expect(JSON.parse(Buffer.from(sent.encode()).toString()).calls).toHaveLength(2)
  })

  test('has room for some hundreds of filters, and says when it has no more', () => {
    const sent = makeSent()
    let filters = 0
    for (; sent.fits; filters++) {
      sent.begin({ reason: ['bad_value'], source: [`feed-${filters}`] })
      sent.finish(Number.MAX_SAFE_INTEGER)
    }
    expect(filters).toBeGreaterThan(300)
    expect(sent.encode().length).toBeLessThan(MAX_CURSOR_BYTES + 200)
  })

  test('is refused when another version wrote it', () => {
    const newer = Buffer.from(JSON.stringify({ version: 2, calls: [], sending: null, letters: 0 }))
    expect(() => Sent.decode(newer, nameOf)).toThrow('version 2')
  })
})
