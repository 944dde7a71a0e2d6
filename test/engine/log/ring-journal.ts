/**
 * A journal as small as can be, on a thread of its own: appends batches to the log, copies them into the committed ring,
 * publishes; now and then it dies and begins anew, as a restarted one would. Run by `committed-reader.test.ts`.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { BatchBuffer, Committed, LogWriter } from '../../../engine/log/index.ts'
import { Doorbells, Ring, RingWriter } from '../../../engine/memory/index.ts'
import { makeBarrier, makeFrame } from './frames.ts'

export interface JournalTask {
  directory: string
  ring: SharedArrayBuffer
  committed: SharedArrayBuffer
  bells: SharedArrayBuffer
  batches: number
  /** Every this many batches the journal stops between two parts of a batch and begins anew. */
  restartEvery: number
  seed: number
  /** One word: the last barrier at which the reader found nothing more to take. */
  progress: SharedArrayBuffer
}

/** The first batches are on disk before a reader starts; for each of the last ones the journal waits until it has caught up. */
export const BACKLOG = 50
const IN_STEP = 20

/** A small generator (Marsaglia's xorshift), so that a failing run can be repeated. */
export function randomNumbers(seed: number): () => number {
  let x = seed | 1
  return () => {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    return (x >>> 0) / 2 ** 32
  }
}

if (parentPort !== null) run(workerData as JournalTask)

function run(task: JournalTask): void {
  const random = randomNumbers(task.seed)
  const ring = new Ring(task.ring)
  const bells = new Doorbells(task.bells)
  const committed = new Committed(task.committed)
  const buffer = new BatchBuffer()
  let writer = LogWriter.open(task.directory, { segmentBytes: 1 << 16 })
  let frames = new RingWriter(ring, bells)
  committed.restart(writer.end, ring.tail)
  const progress = new Int32Array(task.progress)
  while (writer.end.barrier < task.batches) {
    const { barrier, sequence } = writer.end
    if (barrier === BACKLOG) parentPort!.postMessage('backlog')
    const isInStep = barrier >= task.batches - IN_STEP
    if (isInStep) waitFor(progress, barrier)
    const isLarge = !isInStep && random() < 0.1
    const count = Math.floor(random() * (isLarge ? 200 : isInStep ? 4 : 8))
    buffer.reset()
    for (let i = 1; i <= count; i++) buffer.add(makeFrame(sequence + i))
    buffer.add(makeBarrier(barrier + 1, sequence + count))
    writer.append(buffer, { firstBarrier: barrier + 1, epoch: 1 })
    const isLastAct = task.restartEvery > 0 && (barrier + 1) % task.restartEvery === 0
    const stopAt = isLastAct ? random() * buffer.length : Number.POSITIVE_INFINITY
    let from = buffer.start
    while (from < buffer.length && from < stopAt) {
      const part = Math.min(buffer.length, nextFrame(buffer, from + Math.floor(random() * 2000)))
      from = frames.append(buffer.memory, from, part)
      frames.publish()
    }
    if (isLastAct) {
      writer.close()
      writer = LogWriter.open(task.directory, { segmentBytes: 1 << 16 })
      frames = new RingWriter(ring, bells)
      committed.restart(writer.end, ring.tail)
      bells.ring(0)
    } else {
      committed.publish(writer.end, frames.position)
    }
    if (random() < 0.05) pause(random() * 4)
  }
  writer.close()
}

function waitFor(progress: Int32Array, barrier: number): void {
  for (;;) {
    const reached = Atomics.load(progress, 0)
    if (reached >= barrier) return
    Atomics.wait(progress, 0, reached)
  }
}

/** The first frame's start at or behind `target`. */
function nextFrame(buffer: BatchBuffer, target: number): number {
  let at = buffer.start
  while (at < target && at < buffer.length) at += (buffer.memory.i32[at >> 2]! + 7) & ~7
  return at
}

export function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
