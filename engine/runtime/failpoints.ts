/**
 * Places where a test can make an actor throw, exit, hang or be terminated.
 *
 * The list is shared memory that outlives the actors, so that a failpoint set to strike twice strikes the replacement as
 * well. Off (no memory), `hit` costs one comparison.
 */
import { parentPort } from 'node:worker_threads'
import type { Frame } from '../records/frame.ts'
import { FrameKind } from '../records/frame-layout.ts'

/** `WHERE` as it stands in the code; the actor's stage comes first. Indexes are slots in shared memory. */
export const FAILPOINTS = [
  'source.handler',
  'source.beforePublish',
  'source.afterPublish',
  'shard.handler',
  'shard.beforePublish',
  'shard.afterPublish',
  'shard.beforeBarrier',
  'dedupe.handler',
  'dedupe.beforePublish',
  'dedupe.afterPublish',
  'journal.handler',
  'journal.beforeCommit',
  'journal.inCommit',
  'journal.afterCommit',
  'journal.beforeRelease',
  'journal.afterRelease',
  'reader.handler',
] as const
export type Failpoint = (typeof FAILPOINTS)[number]

export const FAILURE_ACTIONS = ['throw', 'exit', 'hang', 'terminate'] as const
export type FailureAction = (typeof FAILURE_ACTIONS)[number]

export interface Strikes {
  /** Hits that pass before the first strike. */
  skip?: number
  times?: number
  /** Hits that pass between one strike and the next. */
  apart?: number
  /** Only the record at this position of its source is hit: a handler that cannot take it, whenever it comes. */
  position?: number
}

const WORDS_PER_POINT = 5
const ACTION = 0
const SKIP = 1
const TIMES = 2
const APART = 3
const POSITION = 4
const ANY = -1

export class Failpoints {
  readonly memory: SharedArrayBuffer | null
  readonly #words: Int32Array | null

  constructor(memory: SharedArrayBuffer | null) {
    this.memory = memory
    this.#words = memory === null ? null : new Int32Array(memory)
  }

  static create(): Failpoints {
    return new Failpoints(new SharedArrayBuffer(FAILPOINTS.length * WORDS_PER_POINT * 4))
  }

  arm(point: Failpoint, action: FailureAction, { skip = 0, times = 1, apart = 0, position = ANY }: Strikes = {}): void {
    const words = this.#words
    if (words === null) throw new Error('failpoints are off')
    const at = FAILPOINTS.indexOf(point) * WORDS_PER_POINT
    words[at + ACTION] = FAILURE_ACTIONS.indexOf(action)
    words[at + SKIP] = skip
    words[at + APART] = apart
    words[at + POSITION] = position
    Atomics.store(words, at + TIMES, times)
  }

  /** How often a failpoint will still strike. */
  remaining(point: Failpoint): number {
    return this.#words === null ? 0 : Atomics.load(this.#words, FAILPOINTS.indexOf(point) * WORDS_PER_POINT + TIMES)
  }

  /** `frame` is the one at work, where there is one. */
  hit(point: Failpoint, frame: Frame | null = null): void {
    if (this.#words !== null) strike(this.#words, point, frame)
  }
}

function strike(words: Int32Array, point: Failpoint, frame: Frame | null): void {
  const at = FAILPOINTS.indexOf(point) * WORDS_PER_POINT
  if (Atomics.load(words, at + TIMES) <= 0) return
  if (words[at + POSITION] !== ANY && !isRecordAt(frame, words[at + POSITION]!)) return
  if (Atomics.load(words, at + SKIP) > 0) {
    Atomics.sub(words, at + SKIP, 1)
    return
  }
  Atomics.sub(words, at + TIMES, 1)
  Atomics.store(words, at + SKIP, words[at + APART]!)
  switch (FAILURE_ACTIONS[words[at + ACTION]!]) {
    case 'throw':
      throw new Error(`failpoint ${point}`)
    case 'exit':
      process.exit(1)
      break
    case 'terminate':
      parentPort?.postMessage({ type: 'terminate' })
      sleepForEver()
      break
    default:
      for (;;) spin()
  }
}

function isRecordAt(frame: Frame | null, position: number): boolean {
  if (frame === null || frame.position !== position) return false
  return frame.kind === FrameKind.record || frame.kind === FrameKind.duplicate || frame.kind === FrameKind.late
}

function sleepForEver(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}

/** A hang as a bug makes it: busy, and deaf to everything. */
function spin(): number {
  let x = 0
  for (let i = 0; i < 1e6; i++) x += i
  return x
}
