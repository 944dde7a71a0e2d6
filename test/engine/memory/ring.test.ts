import { describe, expect, test } from 'vitest'
import {
  BroadcastReader,
  Doorbells,
  EMPTY,
  FULL,
  LAPPED,
  Ring,
  RingReader,
  RingWriter,
} from '../../../engine/memory/index.ts'
import * as L from '../../../engine/memory/ring-layout.ts'

const CAPACITY = 1024
const MAX_FRAME = CAPACITY / 8

/** A ring with one required reader, both ends, and the bells 0 (producer) and 1 (reader). */
function connected(options: { gatedByRelease?: boolean; startPosition?: number } = {}) {
  const ring = Ring.create({ capacityBytes: CAPACITY, ...options })
  const bells = Doorbells.create(2)
  ring.setProducerBell(0)
  ring.attach(0, L.READER_REQUIRED, 1)
  return { ring, bells, writer: new RingWriter(ring, bells), reader: new RingReader(ring, 0, bells) }
}

/** Writes a frame whose every word behind the kind is `value`; false when there is no room. */
function write(writer: RingWriter, length: number, value: number): boolean {
  const offset = writer.claim(length)
  if (offset === FULL) return false
  writer.frames.i32[(offset >> 2) + 1] = 1
  for (let at = offset + 8; at < offset + length; at += 4) writer.frames.i32[at >> 2] = value
  writer.commit(offset)
  return true
}

/** The values of all frames that are published, read in one batch. */
function readAll(reader: RingReader): number[] {
  const values: number[] = []
  reader.begin()
  for (let offset = reader.next(); offset !== EMPTY; offset = reader.next())
    values.push(reader.frames.i32[(offset >> 2) + 2]!)
  reader.finish()
  return values
}

describe('a ring', () => {
  test('has its words and frames where the layout draws them', () => {
    const { ring, writer } = connected({ startPosition: -128 })
    write(writer, 16, 0x11223344)
    write(writer, 120, 5) // does not fit before the end: padding first
    writer.publish()
    const control = new Int32Array(ring.memory)
    const words = {
      magic: 0,
      version: 1,
      capacity: 2,
      readers: 3,
      tail: 32,
      claimed: 33,
      released: 64,
      gates: 65,
      bell: 96,
    }
    const found = Object.fromEntries(Object.entries(words).map(([name, word]) => [name, control[word]]))
    expect(found).toEqual({
      magic: 0x534b524e,
      version: 1,
      capacity: CAPACITY,
      readers: 1,
      tail: 120,
      claimed: 1,
      released: -128,
      gates: 0,
      bell: 0,
    })
    expect([...control.subarray(128, 131)], 'reader 0: head, kind, bell').toEqual([-128, 1, 1])
    const data = Buffer.from(ring.memory, 2048)
    expect(data.subarray(896, 912).toString('hex')).toBe('10000000010000004433221144332211')
    expect(data.readInt32LE(912), 'padding to the end').toBe(112)
    expect(data[916], 'its kind').toBe(0)
    expect(data.readInt32LE(0)).toBe(120)
  })

  test('is refused with a capacity that is no power of two from 1 KiB to 1 GiB', () => {
    for (const capacityBytes of [0, 512, 1000, 3 * 1024, 2 ** 31])
      expect(() => Ring.create({ capacityBytes })).toThrow('the ring capacity cannot be used')
  })

  test('is refused over memory that is no ring of this version', () => {
    expect(() => new Ring(new SharedArrayBuffer(4096))).toThrow('the shared memory holds no ring')
  })

  test('takes readers 0 to 7 only', () => {
    const ring = Ring.create({ capacityBytes: CAPACITY })
    expect(() => ring.attach(8, L.READER_REQUIRED, -1)).toThrow('a ring has no such reader')
    expect(() => ring.attach(-1, L.READER_REQUIRED, -1)).toThrow('a ring has no such reader')
  })
})

describe('a producer', () => {
  test('is refused a frame of more than an eighth of the ring, even while there is room, and one of no length', () => {
    const { writer } = connected()
    for (const length of [MAX_FRAME + 1, 2 ** 31 - 1, 0, -8])
      expect(() => writer.claim(length)).toThrow('a frame is longer than its ring can hold')
    expect(write(writer, MAX_FRAME, 1)).toBe(true)
  })

  test('is refused such a frame in the midst of a batch', () => {
    const { writer } = connected()
    const batch = writer.frames
    batch.i32.fill(0)
    batch.i32[0] = 16
    batch.i32[4] = MAX_FRAME + 8
    expect(() => writer.append(batch, 0, 16 + MAX_FRAME + 8)).toThrow('a frame is longer than its ring can hold')
  })

  test('finds the ring full at its capacity, and room again once the reader has finished', () => {
    const { writer, reader } = connected()
    for (let i = 0; i < CAPACITY / 64; i++) expect(write(writer, 64, i)).toBe(true)
    expect(write(writer, 8, 99)).toBe(false)
    expect(writer.hasRoomFor(8)).toBe(false)
    writer.publish()
    expect(readAll(reader)).toHaveLength(16)
    expect(writer.hasRoomFor(8)).toBe(true)
    expect(write(writer, 8, 99)).toBe(true)
  })

  test('that nobody gates does not overwrite what it has not published', () => {
    const ring = Ring.create({ capacityBytes: CAPACITY })
    const writer = new RingWriter(ring, Doorbells.create(1))
    for (let i = 0; i < CAPACITY / 64; i++) expect(write(writer, 64, i)).toBe(true)
    expect(write(writer, 64, 16)).toBe(false)
    ring.attach(0, L.READER_REQUIRED, -1)
    writer.publish()
    expect(readAll(new RingReader(ring, 0, Doorbells.create(1)))).toHaveLength(16)
  })

  test('of a source ring waits for the release, not for its reader only', () => {
    const { ring, writer, reader } = connected({ gatedByRelease: true })
    for (let i = 0; i < CAPACITY / 64; i++) write(writer, 64, i)
    writer.publish()
    readAll(reader)
    expect(write(writer, 64, 16)).toBe(false)
    ring.release(64)
    expect(write(writer, 64, 16)).toBe(true)
    expect(write(writer, 64, 17)).toBe(false)
  })

  test('that stops before publication leaves nothing half-visible', () => {
    const { ring, bells, writer, reader } = connected()
    write(writer, 64, 1)
    writer.publish()
    write(writer, 64, 2)
    writer.claim(64)
    const successor = new RingWriter(ring, bells)
    write(successor, 32, 3)
    successor.publish()
    expect(readAll(reader)).toEqual([1, 3])
  })

  test('takes back what it has not published', () => {
    const { writer, reader } = connected()
    write(writer, 64, 1)
    writer.publish()
    write(writer, 64, 2)
    expect(writer.hasUnpublished).toBe(true)
    writer.discardUnpublished()
    expect(writer.hasUnpublished).toBe(false)
    write(writer, 64, 3)
    writer.publish()
    expect(readAll(reader)).toEqual([1, 3])
  })
})

describe('a required reader', () => {
  test('of a source ring wakes the producer only if a release has come before it', () => {
    const { ring, bells, writer, reader } = connected({ gatedByRelease: true })
    const isAwake = () => bells.words[0] === 0
    for (const value of [1, 2]) write(writer, 64, value)
    writer.publish()
    bells.at(0).arm()
    reader.begin()
    reader.next()
    reader.finish()
    expect(isAwake()).toBe(false)
    ring.release(128)
    reader.next()
    reader.finish()
    expect(isAwake()).toBe(true)
  })

  test('goes on where its predecessor finished', () => {
    const { ring, bells, writer, reader } = connected()
    write(writer, 64, 1)
    writer.publish()
    readAll(reader)
    write(writer, 64, 2)
    writer.publish()
    reader.begin()
    reader.next() // read, but not finished
    expect(readAll(new RingReader(ring, 0, bells))).toEqual([2])
  })

  test('gates nobody once detached', () => {
    const { ring, writer } = connected()
    for (let i = 0; i < CAPACITY / 64; i++) write(writer, 64, i)
    writer.publish()
    expect(write(writer, 64, 16)).toBe(false)
    ring.detach(0)
    expect(write(writer, 64, 16)).toBe(true)
  })
})

describe('an optional reader', () => {
  const valuesIn = (reader: BroadcastReader, bytes: number): number[] => {
    const values: number[] = []
    for (let at = 0; at < bytes; at += (reader.frames.i32[at >> 2]! + 7) & ~7)
      values.push(reader.frames.i32[(at >> 2) + 2]!)
    return values
  }
  const committedRing = (startPosition = 0) => {
    const ring = Ring.create({ capacityBytes: CAPACITY, startPosition })
    return { ring, writer: new RingWriter(ring, Doorbells.create(1)), reader: new BroadcastReader(ring) }
  }

  test('copies whole frames in order, in batches of the size it was made for', () => {
    const { ring, writer } = committedRing()
    const reader = new BroadcastReader(ring, 128)
    for (let i = 0; i < 5; i++) write(writer, 56, i)
    writer.publish()
    expect([valuesIn(reader, reader.copy()), valuesIn(reader, reader.copy()), valuesIn(reader, reader.copy())]).toEqual(
      [[0, 1], [2, 3], [4]],
    )
    expect(reader.copy()).toBe(0)
  })

  test('never holds up the producer, and is told that it was lapped', () => {
    const { writer, reader, ring } = committedRing()
    for (let i = 0; i < 17; i++) {
      expect(write(writer, 64, i)).toBe(true)
      writer.publish()
    }
    expect(reader.copy()).toBe(LAPPED)
    expect(reader.copy(), 'until it is moved').toBe(LAPPED)
    reader.moveTo(ring.tail)
    write(writer, 64, 17)
    writer.publish()
    expect(valuesIn(reader, reader.copy())).toEqual([17])
  })

  test('may go back to a position that is still whole', () => {
    const { ring, writer, reader } = committedRing(-640)
    const start = ring.tail
    for (let i = 0; i < 8; i++) write(writer, 64, i)
    writer.publish()
    reader.copy()
    reader.moveTo(start)
    expect(valuesIn(reader, reader.copy())).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })

  test('knows that it was lapped by exactly 2^32 bytes', () => {
    const { ring, writer, reader } = committedRing()
    const laps = 2 ** 32 / CAPACITY
    write(writer, 64, 1)
    writer.publish()
    // What four billion bytes would do: the positions are where they were, the chunks are not.
    ring.control[L.CLAIMED_CHUNK]! += laps * 8
    expect(reader.copy()).toBe(LAPPED)
  })

  test('takes whatever it reads while being lapped for a lap, not for a length', () => {
    for (const length of [0, -1, 2 ** 31 - 1, 129, 1016]) {
      const { writer, reader } = committedRing()
      const offset = writer.claim(64)
      writer.commit(offset)
      writer.publish()
      writer.frames.i32[offset >> 2] = length
      expect(reader.copy()).toBe(LAPPED)
    }
  })
})

describe('a doorbell', () => {
  test('that rings between arming and sleeping is heard', () => {
    const bells = Doorbells.create(1)
    const bell = bells.at(0)
    bell.arm()
    bells.ring(0)
    bell.sleep(Number.POSITIVE_INFINITY)
  })

  test('ends an evented wait that began before it', async () => {
    const bells = Doorbells.create(2)
    const bell = bells.at(1)
    bell.arm()
    const woken = bell.sleepAsync(Number.POSITIVE_INFINITY)
    bells.ring(1)
    await woken
  })

  test('wakes nobody later than the time it was given', async () => {
    const bell = Doorbells.create(1).at(0)
    bell.arm()
    bell.sleep(1)
    bell.arm()
    await bell.sleepAsync(1)
  })
})
