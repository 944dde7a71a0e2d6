import { describe, expect, test } from 'vitest'
import { FrameMemory } from '../../../engine/memory/frame-memory.ts'
import { Frame, FrameBatch, FrameKind, HEADER_BYTES } from '../../../engine/records/index.ts'
import { hexOf } from './hex.ts'

describe('a frame', () => {
  test('has its header where the layout draws it', () => {
    const memory = FrameMemory.allocate(64)
    const frame = new Frame(memory).at(8)
    frame.start(HEADER_BYTES, FrameKind.late, 0x1234)
    frame.flags = 0x7f
    frame.sourceId = 0x01020304
    frame.keyHash = -2
    frame.sequence = 1
    frame.time = 2
    frame.clock = -1
    frame.ingested = 1_700_000_000_000
    frame.position = 2 ** 40
    expect(hexOf(memory.u8)).toBe(
      [
        '0000000000000000', // before it
        '38000000037f3412', // length 56 │ kind 3 │ flags │ schema
        '04030201feffffff', // source │ key hash
        '000000000000f03f', // sequence
        '0000000000000040', // time t
        '000000000000f0bf', // clock c
        '00008056febc7842', // ingested
        '0000000000007042', // position
      ].join(' '),
    )
  })

  test('started anew keeps nothing of what was there', () => {
    const memory = FrameMemory.allocate(HEADER_BYTES)
    memory.u8.fill(0xff)
    new Frame(memory).start(HEADER_BYTES, FrameKind.record, 2)
    expect(hexOf(memory.u8)).toBe(`3800000001000200${' 0000000000000000'.repeat(6)}`)
  })

  test('reads back each field as it was written', () => {
    const frame = new Frame(FrameMemory.allocate(HEADER_BYTES))
    const values = {
      length: 99,
      kind: FrameKind.barrier,
      flags: 255,
      schemaId: 65_535,
      sourceId: -1,
      keyHash: 0x7fffffff,
      sequence: 2 ** 53 - 1,
      time: 0.5,
      clock: Number.NEGATIVE_INFINITY,
      ingested: 1,
      position: 0,
    } as const
    Object.assign(frame, values)
    for (const [name, value] of Object.entries(values)) expect(frame[name as keyof typeof values]).toBe(value)
    expect(frame.stride).toBe(104)
  })

  test('is copied whole to another memory', () => {
    const source = new Frame(FrameMemory.allocate(128)).at(16)
    source.start(61, FrameKind.record, 2)
    source.memory.u8.fill(7, 16 + HEADER_BYTES, 16 + 64)
    const target = FrameMemory.allocate(128)
    source.copyTo(target, 32)
    expect(hexOf(target.u8.subarray(32, 96))).toBe(hexOf(source.memory.u8.subarray(16, 80)))
    expect(target.u8.subarray(96).every((byte) => byte === 0)).toBe(true)
  })
})

describe('a batch of frames', () => {
  test('grows as it must and keeps what it holds', () => {
    const batch = new FrameBatch(128)
    for (let i = 0; i < 100; i++) {
      const frame = batch.reserve(96)
      frame.start(90, FrameKind.record, 2)
      frame.position = i
      batch.commit()
    }
    expect(batch.length).toBe(100 * 96)
    const frame = new Frame(batch.memory)
    for (let i = 0; i < 100; i++) expect(frame.at(i * 96).position).toBe(i)
  })

  test('takes back a body of which the last byte does not parse', () => {
    const batch = new FrameBatch()
    batch.reserve(64).start(64, FrameKind.record, 2)
    batch.commit()
    const before = batch.length
    batch.reserve(64).start(64, FrameKind.record, 3)
    batch.commit()
    batch.length = before
    batch.reserve(64).start(64, FrameKind.record, 4)
    batch.commit()
    expect([new Frame(batch.memory).at(0).schemaId, new Frame(batch.memory).at(64).schemaId]).toEqual([2, 4])
  })

  test('without its first frames is the rest', () => {
    const batch = new FrameBatch()
    for (const schemaId of [1, 2, 3]) {
      batch.reserve(64).start(64, FrameKind.record, schemaId)
      batch.commit()
    }
    batch.dropFirst(128)
    expect([batch.length, new Frame(batch.memory).at(0).schemaId]).toEqual([64, 3])
  })
})
