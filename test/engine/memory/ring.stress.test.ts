/**
 * Rings between threads: tiny ones, with skewed sizes and random stalls, and with no limit on any wait, so that a wake-up
 * that is lost stops the run for good. Every frame is checked word by word.
 *
 * Seconds for all of it: SKEIN_STRESS_SECONDS, 12 unless set.
 */
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Doorbells } from '../../../engine/memory/doorbell.ts'
import { Ring, type RingOptions } from '../../../engine/memory/ring.ts'
import { READER_OPTIONAL, READER_REQUIRED } from '../../../engine/memory/ring-layout.ts'
import { EMPTY, RingReader } from '../../../engine/memory/ring-reader.ts'
import type { Part, Role, Tally } from './ring-stress.worker.ts'
import { checkFrame } from './stress-frames.ts'

const SCENARIOS = 8
const SECONDS = Number(process.env.SKEIN_STRESS_SECONDS ?? 12) / SCENARIOS
const TIMEOUT_MS = (SECONDS + 50) * 1000
const BELLS = 16
/** Fewer would show nothing. */
const LEAST_FRAMES = 1000
const WORKER_URL = new URL('./ring-stress.worker.ts', import.meta.url)
const SEED = Date.now() & 0x7fffffff

/** Threads that share rings and bells, and one word that ends them. */
class Stage {
  readonly bells = Doorbells.create(BELLS)
  /** Whether producers shall end; then, by bell, how many frames each thread has seen. */
  readonly #words = new Int32Array(new SharedArrayBuffer(4 * (1 + BELLS)))
  readonly #players: number[] = []
  readonly #workers: Worker[] = []
  readonly #tallies: Promise<Tally>[] = []
  #nextBell = 0

  newBell(): number {
    return this.#nextBell++
  }

  newRing(options: RingOptions, producerBell: number, readers: { bell: number; kind?: 1 | 2 }[]): Ring {
    const ring = Ring.create(options)
    ring.setProducerBell(producerBell)
    for (const [index, { bell, kind = READER_REQUIRED }] of readers.entries()) ring.attach(index, kind, bell)
    return ring
  }

  play(role: Role, bell: number, part: Partial<Part>): Promise<Tally> {
    const seed = SEED + this.#workers.length * 7919
    const shared = { role, bell, seed, bells: this.bells.memory, words: this.#words.buffer as SharedArrayBuffer }
    const workerData: Part = {
      inputs: [],
      output: null,
      reader: 0,
      evented: false,
      stallOneIn: 200,
      ...part,
      ...shared,
    }
    const worker = new Worker(WORKER_URL, { workerData })
    this.#workers.push(worker)
    this.#players.push(bell)
    const tally = once(worker, 'message').then(([message]) => message as Tally)
    this.#tallies.push(tally)
    return tally
  }

  /** Lets the threads run for a while, all of them, has the producers end; every thread must answer. */
  async run(seconds: number = SECONDS): Promise<void> {
    const all = Promise.all(this.#tallies)
    await Promise.race([all, delay(seconds * 1000)])
    const deadlineMs = performance.now() + 20_000 // on a busy machine some have hardly begun
    while (!this.#haveAllRun && performance.now() < deadlineMs) await delay(20)
    Atomics.store(this.#words, 0, 1) // and nobody is woken: that would hide a wake-up that was lost
    const answered = await Promise.race([all, delay(20_000, null)])
    expect(answered, `a thread never answered; seed ${SEED}`).not.toBeNull()
  }

  get #haveAllRun(): boolean {
    return this.#players.every((bell) => Atomics.load(this.#words, 1 + bell) > LEAST_FRAMES)
  }

  async end(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()))
  }
}

let stage: Stage
beforeEach(() => {
  stage = new Stage()
})
afterEach(() => stage.end())

async function expectSame(sent: Promise<Tally>, seen: Promise<Tally>, input = 0): Promise<void> {
  const [a, b] = await Promise.all([sent, seen])
  expect([b.frames[input], b.checksums[input]], `seed ${SEED}`).toEqual([a.frames[0], a.checksums[0]])
  expect(a.frames[0]).toBeGreaterThan(LEAST_FRAMES)
}

/** One producer and readers that all must get everything. */
async function fanOut(options: RingOptions, readers: number, part: Partial<Part> = {}): Promise<void> {
  const producer = stage.newBell()
  const bells = Array.from({ length: readers }, () => stage.newBell())
  const { memory } = stage.newRing(
    options,
    producer,
    bells.map((bell) => ({ bell })),
  )
  const sent = stage.play('produce', producer, { ...part, output: memory })
  const seen = bells.map((bell, reader) => stage.play('consume', bell, { ...part, inputs: [memory], reader }))
  await stage.run()
  for (const tally of seen) await expectSame(sent, tally)
}

test('one reader gets every frame', () => fanOut({ capacityBytes: 1024 }, 1), TIMEOUT_MS)

test(
  'one reader gets every frame at full speed, past 2^32',
  () => fanOut({ capacityBytes: 2048, startPosition: -8192 }, 1, { stallOneIn: 0 }),
  TIMEOUT_MS,
)

test(
  'three readers get every frame, past 2^31',
  () => fanOut({ capacityBytes: 1024, startPosition: 2 ** 31 - 8192 }, 3),
  TIMEOUT_MS,
)

test(
  'a producer and a reader on event loops lose nothing',
  () => fanOut({ capacityBytes: 1024 }, 1, { evented: true, stallOneIn: 50 }),
  TIMEOUT_MS,
)

test(
  'a source ring is not overwritten before it is released',
  async () => {
    const [producer, reader] = [stage.newBell(), stage.newBell()]
    const { memory } = stage.newRing({ capacityBytes: 1024, gatedByRelease: true }, producer, [{ bell: reader }])
    const sent = stage.play('produce', producer, { output: memory })
    const seen = stage.play('release', reader, { inputs: [memory] })
    await stage.run()
    await expectSame(sent, seen)
  },
  TIMEOUT_MS,
)

test(
  'one bell serves for frames of several rings and for space in another',
  async () => {
    const [first, second, relay, reader] = [stage.newBell(), stage.newBell(), stage.newBell(), stage.newBell()]
    const a = stage.newRing({ capacityBytes: 1024 }, first, [{ bell: relay }])
    const b = stage.newRing({ capacityBytes: 1024 }, second, [{ bell: relay }])
    const out = stage.newRing({ capacityBytes: 1024 }, relay, [{ bell: reader }])
    const sentA = stage.play('produce', first, { output: a.memory })
    const sentB = stage.play('produce', second, { output: b.memory })
    const relayed = stage.play('consume', relay, { inputs: [a.memory, b.memory], output: out.memory })
    const seen = stage.play('consume', reader, { inputs: [out.memory] })
    await stage.run()
    await expectSame(sentA, relayed, 0)
    await expectSame(sentB, relayed, 1)
    await expectSame(sentA, seen)
  },
  TIMEOUT_MS,
)

test(
  'an optional reader is lapped by a racing producer and never takes a torn frame',
  async () => {
    const [producer, listener, other] = [stage.newBell(), stage.newBell(), stage.newBell()]
    const { memory } = stage.newRing({ capacityBytes: 2048, startPosition: -8192 }, producer, [
      { bell: listener, kind: READER_OPTIONAL },
      { bell: other, kind: READER_OPTIONAL },
    ])
    const sent = stage.play('produce', producer, { output: memory, stallOneIn: 2000 })
    const heard = [
      stage.play('listen', listener, { inputs: [memory], stallOneIn: 5000 }),
      stage.play('listen', other, { inputs: [memory], stallOneIn: 50, evented: true }),
    ]
    await stage.run()
    for (const { frames, laps } of await Promise.all(heard)) {
      expect(laps).toBeGreaterThan(0)
      expect(frames[0]).toBeGreaterThan(100)
      expect(frames[0]).toBeLessThan((await sent).frames[0]!)
    }
  },
  TIMEOUT_MS,
)

test(
  'readers come and go while the producer runs, and get every frame in between',
  async () => {
    const [producer, resident, guest] = [stage.newBell(), stage.newBell(), stage.newBell()]
    const ring = stage.newRing({ capacityBytes: 1024 }, producer, [{ bell: resident }])
    const sent = stage.play('produce', producer, { output: ring.memory })
    const seen = stage.play('consume', resident, { inputs: [ring.memory] })
    const bell = stage.bells.at(guest)
    const untilMs = performance.now() + (SECONDS * 1000) / 2
    for (let visit = 0; performance.now() < untilMs; visit++) {
      ring.attach(1 + (visit % 7), READER_REQUIRED, guest)
      stage.bells.ring(producer) // it may have waited for the position that the reader had for a moment
      const reader = new RingReader(ring, 1 + (visit % 7), stage.bells)
      for (let due = -1, left = visit % 200; left > 0; left--) {
        let offset = reader.next()
        while (offset === EMPTY) {
          reader.finish()
          bell.arm()
          if (reader.begin() > 0) bell.disarm()
          else await bell.sleepAsync(Number.POSITIVE_INFINITY)
          offset = reader.begin() > 0 ? reader.next() : EMPTY
        }
        const number = checkFrame(reader.frames, offset)
        if (due >= 0) expect(number).toBe(due)
        due = number + 1
      }
      ring.detach(1 + (visit % 7))
      stage.bells.ring(producer) // it may have waited for this reader only
    }
    await stage.run(SECONDS / 2)
    await expectSame(sent, seen)
  },
  TIMEOUT_MS,
)
