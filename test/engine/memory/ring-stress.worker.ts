/**
 * The threads of the ring's stress test: each plays one role until a last frame comes, then says what it has seen.
 *
 * No wait has a time limit, so a lost wake-up is a thread that never answers.
 */
import { parentPort, workerData } from 'node:worker_threads'
import {
  BroadcastReader,
  Doorbells,
  EMPTY,
  type FrameMemory,
  FULL,
  LAPPED,
  Ring,
  RingReader,
  RingWriter,
} from '../../../engine/memory/index.ts'
import { checkFrame, fillFrame, HEAD_BYTES, isLastAt, mix, randomFrom, strideAt } from './stress-frames.ts'

export type Role = 'produce' | 'consume' | 'listen' | 'release'

export interface Part {
  role: Role
  bells: SharedArrayBuffer
  /** Its own bell. */
  bell: number
  inputs: SharedArrayBuffer[]
  /** Of a producer, or of a consumer that passes the frames of its first input on. */
  output: SharedArrayBuffer | null
  /** Which reader it is of its inputs. */
  reader: number
  /** Whether it sleeps in `waitAsync`. */
  evented: boolean
  /** 1 when producers shall end; then, by bell, how many frames each thread has seen. */
  words: SharedArrayBuffer
  seed: number
  /** One frame in so many stalls its thread for a moment; 0 for never. */
  stallOneIn: number
}

/** What a thread has sent, or seen of each of its inputs. */
export interface Tally {
  frames: number[]
  checksums: number[]
  laps: number
}

const part = workerData as Part
const bells = new Doorbells(part.bells)
const bell = bells.at(part.bell)
const inputs = part.inputs.map((memory) => new Ring(memory))
const tally: Tally = { frames: [0], checksums: [0], laps: 0 }
const words = new Int32Array(part.words)
const isStopped = (): boolean => Atomics.load(words, 0) === 1
let seenFrames = 0

/** Says from time to time how many frames it has seen. */
function tell(): void {
  if ((++seenFrames & 63) === 0) Atomics.store(words, 1 + part.bell, seenFrames)
}

const random = randomFrom(part.seed)
const pause = new Int32Array(new SharedArrayBuffer(4))

function maybeStall(): void {
  if (part.stallOneIn === 0 || random(part.stallOneIn) !== 0) return
  if (random(8) === 0) Atomics.wait(pause, 0, 0, random(300) / 100)
  else for (let spins = random(2000); spins > 0; spins--) Atomics.load(pause, 0)
}

async function sleepUnless(ready: () => boolean): Promise<void> {
  bell.arm()
  if (ready()) return bell.disarm()
  maybeStall() // where a careless bell loses a ring
  if (part.evented) await bell.sleepAsync(Number.POSITIVE_INFINITY)
  else bell.sleep(Number.POSITIVE_INFINITY)
}

function count(input: number, memory: FrameMemory, offset: number): void {
  const number = checkFrame(memory, offset)
  const due = tally.frames[input]!
  if (number !== due) throw new Error(`frame ${number} came where ${due} was due`)
  tally.frames[input] = due + 1
  tell()
  tally.checksums[input] = mix(tally.checksums[input]!, number, memory.i32[offset >> 2]!)
}

async function produce(): Promise<void> {
  const ring = new Ring(part.output!)
  const writer = new RingWriter(ring, bells)
  for (let number = 0, isLast = false; !isLast; number++) {
    isLast = isStopped()
    const length = HEAD_BYTES + random(random(4) === 0 ? ring.maxFrameBytes - HEAD_BYTES + 1 : 32)
    let offset = writer.claim(length)
    while (offset === FULL) {
      writer.publish()
      await sleepUnless(() => writer.hasRoomFor(length))
      offset = writer.claim(length)
    }
    fillFrame(writer.frames, offset, length, number, isLast)
    count(0, writer.frames, offset)
    writer.commit(offset)
    if (isLast || random(8) === 0) writer.publish()
    maybeStall()
  }
}

/** Reads all its inputs in turn, and passes the first of them on if it has an output. */
async function consume(): Promise<void> {
  const readers = inputs.map((ring) => new RingReader(ring, part.reader, bells))
  const writer = part.output === null ? null : new RingWriter(new Ring(part.output), bells)
  tally.frames = inputs.map(() => 0)
  tally.checksums = inputs.map(() => 0)
  let open = readers.length
  while (open > 0) {
    let bytes = 0
    for (const [input, reader] of readers.entries()) {
      bytes += reader.begin()
      for (let n = random(50) + 1; n > 0; n--) {
        const offset = reader.next()
        if (offset === EMPTY) break
        if (input === 0 && writer !== null) {
          const end = offset + strideAt(reader.frames, offset)
          while (writer.append(reader.frames, offset, end) !== end) {
            writer.publish()
            await sleepUnless(() => writer.hasRoomFor(end - offset))
          }
        }
        count(input, reader.frames, offset)
        if (isLastAt(reader.frames, offset)) open--
        maybeStall()
      }
      reader.finish()
    }
    writer?.publish()
    if (bytes === 0 && open > 0) await sleepUnless(() => readers.some((reader) => reader.begin() > 0))
  }
}

/** Copies what it can. A lap makes it jump to the tail; from there on numbers must follow each other again. */
async function listen(): Promise<void> {
  const ring = inputs[0]!
  const reader = new BroadcastReader(ring, ring.maxFrameBytes * (1 + random(6)))
  let due = -1
  while (!(isStopped() && ring.tail === reader.position)) {
    const bytes = reader.copy()
    if (bytes === LAPPED) {
      tally.laps++
      due = -1
      reader.moveTo(ring.tail)
    } else if (bytes === 0) await sleepUnless(() => ring.tail !== reader.position || isStopped())
    for (let at = 0; at < bytes; at += strideAt(reader.frames, at)) {
      const number = checkFrame(reader.frames, at)
      if (due >= 0 && number !== due) throw new Error(`frame ${number} came where ${due} was due`)
      due = number + 1
      tally.frames[0]!++
      if (tally.laps > 0) tell()
    }
    maybeStall()
  }
}

/** As a journal reads a source ring: on at once, while the space is released some time later, when all is still there. */
async function release(): Promise<void> {
  const ring = inputs[0]!
  const reader = new RingReader(ring, part.reader, bells)
  const offsets: number[] = []
  for (let isLast = false; !isLast; ) {
    reader.begin()
    for (let offset = reader.next(); offset !== EMPTY; offset = reader.next()) {
      count(0, reader.frames, offset)
      isLast = isLastAt(reader.frames, offset)
      offsets.push(offset)
    }
    reader.finish()
    if (!isLast && random(4) > 0) {
      // Nothing says that more fits before the release, so this may not wait for more.
      if (offsets.length === 0) await sleepUnless(() => reader.begin() > 0)
      continue
    }
    maybeStall()
    const first = tally.frames[0]! - offsets.length
    for (const [i, offset] of offsets.entries())
      if (checkFrame(reader.frames, offset) !== first + i) throw new Error(`frame ${first + i} was overwritten`)
    offsets.length = 0
    ring.release(reader.position)
    bells.ring(ring.producerBell)
  }
}

const roles: Record<Role, () => Promise<void>> = { produce, consume, listen, release }

// `waitAsync` does not keep a thread alive; a port that is listened to does.
parentPort!.on('message', () => {})
await roles[part.role]()
parentPort!.postMessage(tally)
parentPort!.unref()
