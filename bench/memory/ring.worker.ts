/** The two threads of the ring's benchmark. Each answers with its share of what was measured. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { Doorbells, EMPTY, FrameMemory, FULL, Ring, RingReader, RingWriter } from '../../engine/memory/index.ts'
import { objectOf, RECORD_BYTES, type RecordObject, sumOfObject, sumOfRecord, writeRecord } from './record.ts'

export type Way = 'ring' | 'messages' | 'batches' | 'wake'

export interface Share {
  way: Way
  side: 'producer' | 'consumer'
  count: number
  /** After so many records code is compiled and the heap's growth counts. */
  warmUp: number
  ring: SharedArrayBuffer
  bells: SharedArrayBuffer
  port: MessagePort
  /** Words: 0 how much the consumer has taken, 1 a bare bell. */
  words: SharedArrayBuffer
}

export interface Answer {
  /** When the first record was written, or the last was read: nanoseconds of the monotonic clock. */
  atNs: number
  sum: number
  /** Growth of the heap while records passed; no collection ran, as the young generation is large enough for all of it. */
  heapBytes: number
  /** Nanoseconds from stamp to wake-up: by the ring's bell, and by a bare wait and notify. */
  wakes: { bell: number[]; bare: number[] }
}

const share = workerData as Share
const bells = new Doorbells(share.bells)
const ring = new Ring(share.ring)
const words = new Int32Array(share.words)
const [PRODUCER, CONSUMER] = [0, 1]
const [TAKEN, BARE] = [0, 1]
const BATCH = 500
const PUBLISH_EVERY = 256
/** So many may be under way where nothing else bounds them. */
const MAX_UNDER_WAY = 20_000

const nowNs = (): number => Number(process.hrtime.bigint())
const heapBytes = (): number => process.memoryUsage().heapUsed
const answer: Answer = { atNs: 0, sum: 0, heapBytes: 0, wakes: { bell: [], bare: [] } }

function writeToRing(count: number): void {
  const writer = new RingWriter(ring, bells)
  const bell = bells.at(PRODUCER!)
  answer.atNs = nowNs()
  for (let n = 0; n < count; n++) {
    if (n === share.warmUp) answer.heapBytes = -heapBytes()
    let offset = writer.claim(RECORD_BYTES)
    while (offset === FULL) {
      writer.publish()
      bell.arm()
      if (writer.hasRoomFor(RECORD_BYTES)) bell.disarm()
      else bell.sleep(Number.POSITIVE_INFINITY)
      offset = writer.claim(RECORD_BYTES)
    }
    writeRecord(writer.frames, offset, n)
    writer.commit(offset)
    if (n % PUBLISH_EVERY === 0) writer.publish()
  }
  writer.publish()
  answer.heapBytes += heapBytes()
}

function readFromRing(count: number): void {
  const reader = new RingReader(ring, 0, bells)
  const bell = bells.at(CONSUMER!)
  let sum = 0
  let isWarm = false
  for (let n = 0; n < count; ) {
    if (!isWarm && n >= share.warmUp) {
      isWarm = true
      answer.heapBytes = -heapBytes()
    }
    if (reader.begin() === 0) {
      bell.arm()
      if (reader.begin() > 0) bell.disarm()
      else bell.sleep(Number.POSITIVE_INFINITY)
    }
    for (let offset = reader.next(); offset !== EMPTY; offset = reader.next(), n++)
      sum += sumOfRecord(reader.frames, offset)
    reader.finish()
  }
  answer.atNs = nowNs()
  answer.heapBytes += heapBytes()
  answer.sum = sum
}

/** Lets the consumer take before more is sent. */
function waitForConsumer(sent: number): void {
  for (let taken = 0; sent - (taken = Atomics.load(words, TAKEN!)) > MAX_UNDER_WAY; )
    Atomics.wait(words, TAKEN!, taken, 10)
}

function took(count: number): void {
  Atomics.add(words, TAKEN!, count)
  Atomics.notify(words, TAKEN!)
}

function postMessages(count: number): void {
  answer.atNs = nowNs()
  for (let n = 0; n < count; n++) {
    share.port.postMessage(objectOf(n))
    if (n % BATCH === 0) waitForConsumer(n)
  }
}

function postBatches(count: number): void {
  answer.atNs = nowNs()
  for (let n = 0; n < count; n += BATCH) {
    const memory = FrameMemory.allocate(BATCH * RECORD_BYTES)
    for (let i = 0; i < BATCH; i++) {
      memory.i32[(i * RECORD_BYTES) >> 2] = RECORD_BYTES
      writeRecord(memory, i * RECORD_BYTES, n + i)
    }
    share.port.postMessage(memory.u8.buffer, [memory.u8.buffer as ArrayBuffer])
    waitForConsumer(n)
  }
}

async function takeMessages(count: number): Promise<void> {
  let taken = 0
  await new Promise<void>((resolve) => {
    share.port.on('message', (message: RecordObject | ArrayBuffer) => {
      if (message instanceof ArrayBuffer) {
        const memory = new FrameMemory(message)
        for (let i = 0; i < BATCH; i++) answer.sum += sumOfRecord(memory, i * RECORD_BYTES)
        took(BATCH)
        taken += BATCH
      } else {
        answer.sum += sumOfObject(message)
        if (++taken % BATCH === 0) took(BATCH)
      }
      if (taken >= count) resolve()
    })
  })
  answer.atNs = nowNs()
  share.port.close()
}

/** Stamps a record while the consumer sleeps, by turns through the ring and bare. */
function wakeOthers(count: number): void {
  const writer = new RingWriter(ring, bells)
  const pause = new Int32Array(new SharedArrayBuffer(4))
  for (let n = 0; n < 2 * count; n++) {
    while (Atomics.load(words, TAKEN!) < n) Atomics.wait(words, TAKEN!, n - 1)
    Atomics.wait(pause, 0, 0, 1) // long enough for the consumer to fall asleep
    if (n % 2 === 0) {
      const offset = writer.claim(RECORD_BYTES)
      writeRecord(writer.frames, offset, nowNs())
      writer.commit(offset)
      writer.publish()
    } else {
      new Float64Array(share.words)[1] = nowNs()
      Atomics.store(words, BARE!, 1)
      Atomics.notify(words, BARE!)
    }
  }
}

function beWoken(count: number): void {
  const reader = new RingReader(ring, 0, bells)
  const bell = bells.at(CONSUMER!)
  const stamp = new Float64Array(share.words)
  for (let n = 0; n < count; n++) {
    while (reader.begin() === 0) {
      bell.arm()
      if (reader.begin() > 0) bell.disarm()
      else bell.sleep(Number.POSITIVE_INFINITY)
    }
    const offset = reader.next()
    answer.wakes.bell.push(nowNs() - reader.frames.f64[(offset >> 3) + 2]!)
    reader.finish()
    took(1)
    Atomics.wait(words, BARE!, 0)
    answer.wakes.bare.push(nowNs() - stamp[1]!)
    Atomics.store(words, BARE!, 0)
    took(1)
  }
}

const ways: Record<Way, { producer(count: number): void; consumer(count: number): void | Promise<void> }> = {
  ring: { producer: writeToRing, consumer: readFromRing },
  messages: { producer: postMessages, consumer: takeMessages },
  batches: { producer: postBatches, consumer: takeMessages },
  wake: { producer: wakeOthers, consumer: beWoken },
}

parentPort!.postMessage('ready')
parentPort!.once('message', async () => {
  await ways[share.way][share.side](share.count)
  parentPort!.postMessage(answer)
})
