/**
 * The ring against a plain queue: whatever producer, readers, releases and attachments do, in whatever order, each reader gets
 * every frame that was published since it was attached, once, whole and in order; and the ring is full exactly when the
 * bytes not yet free say so.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BroadcastReader } from '../../../engine/memory/broadcast-reader.ts'
import { Doorbells, EMPTY, FrameMemory, FULL, LAPPED } from '../../../engine/memory/index.ts'
import { Ring } from '../../../engine/memory/ring.ts'
import * as L from '../../../engine/memory/ring-layout.ts'
import { RingReader } from '../../../engine/memory/ring-reader.ts'
import { RingWriter } from '../../../engine/memory/ring-writer.ts'

const CAPACITY = 1024
const MAX_FRAME = CAPACITY / L.MAX_FRAME_FRACTION

const strideOf = (length: number): number => (length + 7) & ~7

interface Sent {
  id: number
  length: number
  /** Behind the frame, unbounded: what the ring keeps the low 32 bits of. */
  end: number
}

/** The ring as it should be: numbers that never wrap, frames in arrays. */
class Model {
  /** Positions, unbounded. */
  position: number
  published: number
  released: number
  /** How far the producer has ever claimed. */
  furthest: number
  /** Of the optional reader. */
  copied: number
  unpublished: Sent[] = []
  /** Position by required reader. */
  readonly heads = new Map<number, number>()
  readonly gatedByRelease: boolean

  constructor(start: number, gatedByRelease: boolean) {
    this.position = this.published = this.released = this.furthest = this.copied = start
    this.gatedByRelease = gatedByRelease
  }

  get gate(): number {
    return Math.min(this.published, ...(this.gatedByRelease ? [this.released] : []), ...this.heads.values())
  }

  /** Bytes that a frame takes here, with padding before it. */
  needed(length: number): number {
    const toEnd = CAPACITY - (this.position % CAPACITY)
    return strideOf(length) <= toEnd ? strideOf(length) : toEnd + strideOf(length)
  }

  fits(length: number): boolean {
    return this.needed(length) <= CAPACITY - (this.position - this.gate)
  }

  claim(length: number): void {
    if (this.fits(length)) this.furthest = Math.max(this.furthest, this.position + this.needed(length))
  }

  add(id: number, length: number): void {
    this.claim(length)
    this.position += this.needed(length)
    this.unpublished.push({ id, length, end: this.position })
  }
}

interface RequiredReader {
  reader: RingReader
  expected: Sent[]
}

interface World {
  ring: Ring
  bells: Doorbells
  writer: RingWriter
  required: Map<number, RequiredReader>
  broadcast: BroadcastReader
  /** What the optional reader has not copied yet. */
  expected: Sent[]
  nextId: number
}

function fill(memory: FrameMemory, offset: number, id: number, length: number): void {
  memory.i32[offset >> 2] = length
  memory.i32[(offset >> 2) + 1] = 1
  for (let word = 2; word < length >> 2; word++) memory.i32[(offset >> 2) + word] = id ^ word
}

function expectFrame(memory: FrameMemory, offset: number, { id, length }: Sent): void {
  expect(memory.i32[offset >> 2]).toBe(length)
  for (let word = 2; word < length >> 2; word++) if (memory.i32[(offset >> 2) + word] !== (id ^ word)) expect.fail()
}

type Command = fc.Command<Model, World>

class Send implements Command {
  readonly length: number
  constructor(length: number) {
    this.length = length
  }
  check = () => true
  run(model: Model, world: World): void {
    expect(world.writer.hasRoomFor(this.length)).toBe(model.fits(this.length))
    const offset = world.writer.claim(this.length)
    expect(offset !== FULL).toBe(model.fits(this.length))
    if (offset === FULL) return
    fill(world.writer.frames, offset, world.nextId, this.length)
    world.writer.commit(offset)
    model.add(world.nextId++, this.length)
    expect(world.writer.position).toBe(model.position | 0)
  }
  toString = () => `send(${this.length})`
}

class Append implements Command {
  readonly lengths: readonly number[]
  constructor(lengths: readonly number[]) {
    this.lengths = lengths
  }
  check = () => true
  run(model: Model, world: World): void {
    const batch = FrameMemory.allocate(8 + this.lengths.reduce((sum, length) => sum + strideOf(length), 0))
    let end = 8
    for (const [i, length] of this.lengths.entries()) {
      fill(batch, end, world.nextId + i, length)
      end += strideOf(length)
    }
    const stopped = world.writer.append(batch, 8, end)
    let expectedStop = 8
    for (const length of this.lengths) {
      if (!model.fits(length)) break
      model.add(world.nextId++, length)
      expectedStop += strideOf(length)
    }
    expect(stopped).toBe(expectedStop)
  }
  toString = () => `append(${this.lengths})`
}

/** A producer that dies between claim and commit, or gives its batch up. */
class Discard implements Command {
  readonly dies: boolean
  constructor(dies: boolean) {
    this.dies = dies
  }
  check = () => true
  run(model: Model, world: World): void {
    world.writer.claim(MAX_FRAME)
    model.claim(MAX_FRAME)
    if (this.dies) world.writer = new RingWriter(world.ring, world.bells)
    else world.writer.discardUnpublished()
    model.position = model.published
    model.unpublished = []
  }
  toString = () => (this.dies ? 'die' : 'discard')
}

class Publish implements Command {
  check = () => true
  run(model: Model, world: World): void {
    world.writer.publish()
    model.published = model.position
    for (const { expected } of world.required.values()) expected.push(...model.unpublished)
    world.expected.push(...model.unpublished)
    model.unpublished = []
    expect(world.ring.tail).toBe(model.published | 0)
  }
  toString = () => 'publish'
}

class Read implements Command {
  readonly index: number
  readonly atMost: number
  constructor(index: number, atMost: number) {
    this.index = index
    this.atMost = atMost
  }
  check = (model: Readonly<Model>) => model.heads.has(this.index)
  run(model: Model, world: World): void {
    const { reader, expected } = world.required.get(this.index)!
    reader.begin()
    for (let n = 0; n < this.atMost; n++) {
      const offset = reader.next()
      expect(offset === EMPTY).toBe(expected.length === 0)
      if (offset === EMPTY) break
      const frame = expected.shift()!
      expectFrame(reader.frames, offset, frame)
      model.heads.set(this.index, frame.end)
    }
    reader.finish()
    expect(world.ring.headOf(this.index)).toBe(model.heads.get(this.index)! | 0)
  }
  toString = () => `read(${this.index}, ${this.atMost})`
}

class Attach implements Command {
  readonly index: number
  constructor(index: number) {
    this.index = index
  }
  check = (model: Readonly<Model>) => !model.heads.has(this.index)
  run(model: Model, world: World): void {
    world.ring.attach(this.index, L.READER_REQUIRED, this.index)
    world.required.set(this.index, { reader: new RingReader(world.ring, this.index, world.bells), expected: [] })
    model.heads.set(this.index, model.published)
  }
  toString = () => `attach(${this.index})`
}

class Detach implements Command {
  readonly index: number
  constructor(index: number) {
    this.index = index
  }
  check = (model: Readonly<Model>) => model.heads.has(this.index)
  run(model: Model, world: World): void {
    world.ring.detach(this.index)
    world.required.delete(this.index)
    model.heads.delete(this.index)
  }
  toString = () => `detach(${this.index})`
}

class Release implements Command {
  readonly share: number
  constructor(share: number) {
    this.share = share
  }
  check = (model: Readonly<Model>) => model.gatedByRelease
  run(model: Model, world: World): void {
    const bytes = Math.floor(((model.published - model.released) * this.share) / 8) * 8
    model.released += bytes
    world.ring.release(model.released | 0)
  }
  toString = () => `release(${this.share})`
}

/** The optional reader copies: it is told that it was lapped when it was, to the chunk. */
class Copy implements Command {
  check = () => true
  run(model: Model, world: World): void {
    const { broadcast, expected, ring } = world
    const isLapped = Math.ceil(model.furthest / MAX_FRAME) - Math.floor(model.copied / MAX_FRAME) > L.MAX_FRAME_FRACTION
    const before = broadcast.position
    const bytes = broadcast.copy()
    expect(bytes === LAPPED).toBe(isLapped)
    if (bytes === LAPPED) {
      broadcast.moveTo(ring.tail)
      model.copied = model.published
      world.expected = []
      return
    }
    model.copied += L.distance(broadcast.position, before)
    for (let at = 0; at < bytes; at += strideOf(broadcast.frames.i32[at >> 2]!))
      expectFrame(broadcast.frames, at, expected.shift()!)
    if (bytes === 0) expect(expected).toEqual([])
  }
  toString = () => 'copy'
}

const length = fc.oneof(fc.integer({ min: 8, max: MAX_FRAME }), fc.constantFrom(8, 9, 56, 96, MAX_FRAME))
const reader = fc.integer({ min: 0, max: 2 })
const commands = fc.commands(
  [
    length.map((length) => new Send(length)),
    length.map((length) => new Send(length)),
    fc.array(length, { minLength: 1, maxLength: 20 }).map((lengths) => new Append(lengths)),
    fc.constant(new Publish()),
    fc.constant(new Publish()),
    fc.boolean().map((dies) => new Discard(dies)),
    fc.tuple(reader, fc.integer({ min: 1, max: 30 })).map((args) => new Read(...args)),
    fc.tuple(reader, fc.integer({ min: 1, max: 30 })).map((args) => new Read(...args)),
    reader.map((index) => new Attach(index)),
    reader.map((index) => new Detach(index)),
    fc.double({ min: 0, max: 1, noNaN: true }).map((share) => new Release(share)),
    fc.constant(new Copy()),
  ],
  { maxCommands: 400, size: 'max' },
)

/** Where positions begin: just below a wrap of the stored 32 bits, or nowhere special. */
const start = fc.oneof(
  fc.constant(0),
  fc
    .tuple(fc.constantFrom(2 ** 31, 2 ** 32), fc.integer({ min: 0, max: 400 }))
    .map(([wrap, below]) => wrap - 8 * below),
)

const world = fc.record({
  start,
  gatedByRelease: fc.boolean(),
  readers: fc.integer({ min: 0, max: 2 }),
  batchBytes: fc.integer({ min: MAX_FRAME, max: CAPACITY }),
  /** Chunk numbers wrap too, but after so many laps that only a head start gets there. */
  chunksWrap: fc.boolean(),
})

test('a ring behaves as a queue, also where positions and chunk numbers wrap', () => {
  fc.assert(
    fc.property(world, commands, ({ start, gatedByRelease, readers, batchBytes, chunksWrap }, steps) => {
      fc.modelRun(() => {
        const ring = Ring.create({ capacityBytes: CAPACITY, startPosition: start, gatedByRelease })
        if (chunksWrap) ring.control[L.CLAIMED_CHUNK]! += 127 * (2 ** 32 / MAX_FRAME)
        const model = new Model(start, gatedByRelease)
        const bells = Doorbells.create(3)
        const real: World = {
          ring,
          bells,
          writer: new RingWriter(ring, bells),
          required: new Map(),
          broadcast: new BroadcastReader(ring, batchBytes),
          expected: [],
          nextId: 1,
        }
        for (let index = 0; index < readers; index++) new Attach(index).run(model, real)
        return { model, real }
      }, steps)
    }),
    { numRuns: 500 },
  )
})
