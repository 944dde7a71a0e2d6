import { describe, expect, test } from 'vitest'
import { SourceOutput } from '../../../actors/source/source-output.ts'
import { Doorbells } from '../../../engine/memory/doorbell.ts'
import { Ring } from '../../../engine/memory/ring.ts'
import { READER_REQUIRED } from '../../../engine/memory/ring-layout.ts'
import { RingReader } from '../../../engine/memory/ring-reader.ts'
import { Frame, FrameBatch, FrameKind, HEADER_BYTES } from '../../../engine/records/index.ts'
import { Failpoints } from '../../../engine/runtime/failpoints.ts'
import { Wakeups } from '../../../engine/runtime/wakeups.ts'

/** A source's end of a small ring, and the reader behind it. */
function connected() {
  const bells = Doorbells.create(1)
  const ring = Ring.create({ capacityBytes: 1024 })
  ring.setProducerBell(0)
  ring.attach(0, READER_REQUIRED, -1)
  const reader = new RingReader(ring, 0, bells)
  const abort = new AbortController()
  const wakeups = new Wakeups(bells.at(0), 1e9) // without a cap a lost wake-up is a test that does not end
  return { reader, abort, wakeups, output: new SourceOutput(ring, bells, wakeups, new Failpoints(null), abort.signal) }
}

function batchOf(frames: number): FrameBatch {
  const batch = new FrameBatch()
  for (let position = 0; position < frames; position++) {
    batch.reserve(HEADER_BYTES).start(HEADER_BYTES, FrameKind.record, 0)
    batch.frame.position = position
    batch.commit()
  }
  return batch
}

function readAll(reader: RingReader, into: number[]): void {
  reader.begin()
  const frame = new Frame(reader.frames)
  for (let offset = reader.next(); offset >= 0; offset = reader.next()) into.push(frame.at(offset).position)
  reader.finish()
}

describe('a source that writes faster than it is read', () => {
  test('waits, and everything arrives once, in order', async () => {
    const { reader, output } = connected()
    const batch = batchOf(500)
    const read: number[] = []
    let isWritten = false
    const writing = output.write(batch, 0, batch.length).then(() => (isWritten = true))
    while (!isWritten) {
      readAll(reader, read)
      await new Promise(setImmediate)
    }
    await writing
    readAll(reader, read)
    expect(read).toEqual(Array.from({ length: 500 }, (_, i) => i))
  })

  test('stops waiting when it is to drain', async () => {
    const { reader, output, abort, wakeups } = connected()
    const batch = batchOf(500)
    const writing = output.write(batch, 0, batch.length)
    abort.abort()
    wakeups.recheck()
    await writing
    const read: number[] = []
    readAll(reader, read)
    expect(read.length).toBeLessThan(20)
    await output.write(batch, 0, batch.length)
    readAll(reader, read)
    expect(read.length, 'nothing more goes out').toBeLessThan(20)
  })
})
