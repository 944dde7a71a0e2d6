import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { LogWriter, SnapshotReader, SnapshotWriter } from '../../../engine/log/index.ts'
import { decodeIndex, encodeIndex } from '../../../engine/log/segment-index.ts'
import { decodeSegmentHeader, encodeSegmentHeader } from '../../../engine/log/segment-layout.ts'
import { makeBarrier, makeFrame } from './frames.ts'
import { LogFiller } from './log-filler.ts'
import { temporaryDirectory } from './made-log.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const logId = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex')
const start = { position: 65_536, barrier: 7, sequence: 300, clock: 1_700_000_000_000 }

describe('the layouts on disk', () => {
  test('a segment header is these bytes', () => {
    const bytes = encodeSegmentHeader({ logId, start, created: 1_700_000_000_123 })
    expect(hex(bytes)).toMatchInlineSnapshot(
      `"534b4c47c68887900100010000000000000102030405060708090a0b0c0d0e0f000000000000f04000b08756febc78420000000000001c400000000000c0724000008056febc78420000000000000000"`,
    )
    expect(decodeSegmentHeader(bytes)).toEqual({ logId: new Uint8Array(logId), start, created: 1_700_000_000_123 })
  })

  test('an index is these bytes', () => {
    const entries = [start, { position: 400_000, barrier: 9, sequence: 900, clock: Number.NEGATIVE_INFINITY }]
    const bytes = encodeIndex(entries, 500_000)
    expect(hex(bytes)).toMatchInlineSnapshot(
      `"534b495841f4b94d01000000020000000000000080841e41000000000000f0400000000000001c400000000000c0724000008056febc784200000000006a184100000000000022400000000000208c40000000000000f0ff"`,
    )
    expect(decodeIndex(bytes)).toEqual({ entries, end: 500_000 })
  })

  test('an index with any byte changed is no index', () => {
    const bytes = encodeIndex([start], 70_000)
    for (let i = 0; i < bytes.length; i++) {
      const changed = Uint8Array.from(bytes)
      changed[i]! ^= 0x21
      expect(decodeIndex(changed)).toBeNull()
    }
    expect(decodeIndex(bytes.subarray(0, -1))).toBeNull()
  })

  test('a batch is its header, its frames as they stood in the ring, its barrier', () => {
    const directory = temporaryDirectory()
    const writer = LogWriter.open(directory, { runId: 12 })
    new LogFiller(writer).append(1, 2)
    writer.close()
    const [name] = readdirSync(directory).filter((file) => file.endsWith('.log'))
    const batch = readFileSync(join(directory, name!)).subarray(80)
    const frames = [() => makeFrame(1), () => makeBarrier(2, 1)].map((make) => {
      const frame = make()
      return Buffer.from(frame.memory.u8.slice(0, frame.stride))
    })
    expect(hex(batch.subarray(80))).toBe(hex(Buffer.concat(frames)))
    const crc = crc32(batch.subarray(8), crc32(Buffer.alloc(8), crc32(Buffer.from(writer.logId, 'hex'))))
    expect(batch.readUInt32LE(4)).toBe(crc)
    expect(hex(batch.subarray(0, 4)) + hex(batch.subarray(8, 80))).toMatchInlineSnapshot(
      `"534b42540801000001000000010000000200000048000000000000000000000000002840000000000000f03f0000000000000040000000000000f03f000000000000f03f0000000000409f40"`,
    )
  })

  test('a snapshot is these bytes', () => {
    const directory = temporaryDirectory()
    const writer = new SnapshotWriter(directory, { logId: hex(logId), position: 65_536, barrier: makeBarrier(7, 300) })
    writer.addRow(makeFrame(3))
    writer.addKey(2, Buffer.from('4b1801'), 0, 6, 1_700_000_000_000, 1_700_000_000_500)
    const path = writer.commit()
    expect(hex(readFileSync(path))).toMatchInlineSnapshot(
      `"534b534e9fa1e92a0100010000000000000102030405060708090a0b0c0d0e0f000000000000f040000000000000f03f000000000000f03f00000000008071400100000048000000480000000800000000000000000000000000000000c072400000000000000000000000000058bb40000000000000000000000000000000000000000000001c40000000000000000002000000580000005400000001000200000000008684778100000000000008400000000000003e400000000000000000000000000000000000000000000000005d6e7f90a1b2c3d4e5f60718293a4b5c6d7e8fa0b1c2d3e4f5061728000000000300000020000000020000000600000000008056febc784200409f56febc78423462313830310000"`,
    )
    new SnapshotReader(path).close()
  })
})
