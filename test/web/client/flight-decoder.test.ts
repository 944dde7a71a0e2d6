import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { DeltaEncoder } from '../../../actors/hub/delta-encoder.ts'
import { LiveTable } from '../../../actors/hub/live-table.ts'
import { encodeSnapshot } from '../../../actors/hub/snapshot-encoder.ts'
import { FrameKind } from '../../../engine/records/index.ts'
import { flight } from '../../../schemas/flight.ts'
import { FlightDecoder } from '../../../web/client/index.ts'
import { flightFrame } from '../../actors/hub/flight-frames.ts'
import { helloFor } from '../../actors/hub/hello-bytes.ts'
import { aircraft } from '../../actors/hub/running-hub.ts'

const CLOCK_MS = 1_700_000_000_000
let table: LiveTable
let encoder: DeltaEncoder
let decoder: FlightDecoder

const header = (seq: number, epoch = 5) => ({ epoch, channel: 0, seq, clock_ms: CLOCK_MS })
const observe = (count: number, step = 0) => {
  for (let i = 0; i < count; i++) table.onFrame(flightFrame(aircraft(i, step, CLOCK_MS), CLOCK_MS))
}
const remove = (icao24: string) => table.onFrame(flightFrame({ icao24 }, CLOCK_MS, FrameKind.removal))
const delta = (seq: number, epoch = 5) => encoder.encode(header(seq, epoch))

beforeEach(() => {
  table = new LiveTable(flight, { capacity: 10_000 })
  encoder = new DeltaEncoder(table)
  decoder = new FlightDecoder()
  observe(10)
  delta(1)
  decoder.take(helloFor(header(1), table))
})

describe('a decoder', () => {
  test('shows a snapshot only when it is whole', () => {
    const chunks = encodeSnapshot(table, header(1), 'msgpack', 4)
    expect(chunks.slice(0, 2).map((chunk) => decoder.take(chunk))).toEqual(['partial', 'partial'])
    expect([decoder.table.count, decoder.seq]).toEqual([0, -1])
    expect(decoder.take(chunks[2]!)).toBe('snapshot')
    expect([decoder.table.count, decoder.seq, decoder.clockMs]).toEqual([10, 1, CLOCK_MS])
  })

  test('drops half a snapshot when another begins', () => {
    const old = encodeSnapshot(table, header(1), 'msgpack', 4)
    observe(3, 1)
    delta(2)
    const fresh = encodeSnapshot(table, header(2), 'msgpack', 4)
    const outcomes = [old[0], old[1], ...fresh].map((chunk) => decoder.take(chunk!))
    expect(outcomes).toEqual(['partial', 'partial', 'partial', 'partial', 'snapshot'])
    expect(decoder.seq).toBe(2)
  })

  test('asks for a resync at a gap, and keeps what it has until then', () => {
    for (const chunk of encodeSnapshot(table, header(1), 'msgpack')) decoder.take(chunk)
    observe(5, 1)
    delta(2)
    observe(5, 2)
    expect(decoder.take(delta(3))).toBe('resync')
    expect([decoder.table.count, decoder.seq]).toEqual([10, 1])
    for (const chunk of encodeSnapshot(table, header(3), 'msgpack')) decoder.take(chunk)
    observe(5, 3)
    expect(decoder.take(delta(4))).toBe('delta')
  })

  test.each([
    ['a delta of another epoch', () => delta(2, 6)],
    ['a chunk of another epoch', () => encodeSnapshot(table, header(1, 6), 'msgpack')[0]!],
    ['a chunk without those before it', () => encodeSnapshot(table, header(1), 'msgpack', 4)[1]!],
  ])('asks for a resync after %s', (_, message) => {
    for (const chunk of encodeSnapshot(table, header(1), 'msgpack')) decoder.take(chunk)
    expect(decoder.take(message())).toBe('resync')
  })

  test('passes over deltas that the snapshot already holds, and what it does not know', () => {
    for (const chunk of encodeSnapshot(table, header(1), 'msgpack')) decoder.take(chunk)
    expect(decoder.take(delta(1))).toBe('ignored')
    expect(decoder.take(Uint8Array.of(0x96, 0x63, 0x05, 0x00, 0x02, 0xc0, 0x01))).toBe('ignored')
  })

  test('never has a slot among both changed and removed', () => {
    for (const chunk of encodeSnapshot(table, header(1), 'msgpack')) decoder.take(chunk)
    remove('000003')
    table.onFrame(flightFrame(aircraft(77, 0, CLOCK_MS), CLOCK_MS))
    decoder.take(delta(2))
    const changed = new Set(decoder.changed.subarray(0, decoder.changedCount))
    for (const slot of decoder.removed.subarray(0, decoder.removedCount)) expect(changed.has(slot)).toBe(false)
    expect(decoder.table.count).toBe(10)
  })

  test('grows with the hub', () => {
    observe(5000, 1)
    delta(2)
    for (const chunk of encodeSnapshot(table, header(2), 'msgpack')) decoder.take(chunk)
    expect(decoder.table.count).toBe(5000)
    expect(decoder.table.capacity).toBeGreaterThanOrEqual(5000)
    expect(decoder.table.icao24[4999]).toBe('001387')
    expect(decoder.table.lat.length).toBe(decoder.table.capacity)
  })

  test('refuses a hub that speaks another protocol', () => {
    const hello = helloFor(header(1), table)
    const at = Buffer.from(hello).indexOf('protocol') + 'protocol'.length
    hello[at] = 2
    expect(() => decoder.take(hello)).toThrow('protocol 2')
  })

  test('throws nothing but RangeErrors at damaged messages', () => {
    const snapshot = encodeSnapshot(table, header(1), 'msgpack')[0]!
    fc.assert(
      fc.property(fc.nat(snapshot.length - 1), fc.nat(255), fc.boolean(), (at, byte, isCut) => {
        const damaged = snapshot.slice(0, isCut ? at : undefined)
        if (!isCut) damaged[at] = byte
        const fresh = new FlightDecoder()
        fresh.take(helloFor(header(1), table))
        try {
          fresh.take(damaged)
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
        }
      }),
      { numRuns: 1000 },
    )
  })
})
