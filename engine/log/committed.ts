/**
 * How far the log is committed, and which place of the committed ring that is: written by the journal after each commit,
 * read by anyone without waiting.
 *
 * Guarantee: `read` gives a state as a whole, one that held after the call began or the newest before it. Whatever lies
 * before its log position is on disk; and in that generation, the ring position and the log position are the same place.
 */
import * as L from './committed-layout.ts'
import { LOG_START, type LogMark } from './mark.ts'

export interface CommittedState extends LogMark {
  /** The position of the committed ring that corresponds to `position`. */
  ringPosition: number
  /** Counts journals: ring positions of different generations have nothing to do with each other. */
  generation: number
}

export const makeCommittedState = (): CommittedState => ({ ...LOG_START, ringPosition: 0, generation: 0 })

export class Committed {
  readonly memory: SharedArrayBuffer
  readonly #words: Int32Array
  readonly #double = new Float64Array(1)
  readonly #halves = new Int32Array(this.#double.buffer)

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory
    this.#words = new Int32Array(memory)
  }

  static create(): Committed {
    const committed = new Committed(new SharedArrayBuffer(L.COMMITTED_BYTES))
    committed.restart(LOG_START, 0)
    return committed
  }

  /** After a commit whose frames are all published in the ring up to `ringPosition`. */
  publish(mark: Readonly<LogMark>, ringPosition: number): void {
    this.#write(mark, ringPosition, this.#generation)
  }

  /**
   * By a new journal, before it publishes anything in the ring: the log ends at `mark`, the ring at `ringPosition`, and what
   * the ring holds before that may not be whole batches.
   */
  restart(mark: Readonly<LogMark>, ringPosition: number): void {
    this.#write(mark, ringPosition, this.#generation + 1) // seen by whoever sees a frame that we publish from here on
  }

  /** Copies the newest state into `state`. */
  read(state: CommittedState): CommittedState {
    for (;;) {
      const version = Atomics.load(this.#words, L.VERSION) // acquires the slot
      const at = L.slot(version)
      state.position = this.#load(at + L.SLOT_POSITION)
      state.barrier = this.#load(at + L.SLOT_BARRIER)
      state.sequence = this.#load(at + L.SLOT_SEQUENCE)
      state.clock = this.#load(at + L.SLOT_CLOCK)
      state.ringPosition = Atomics.load(this.#words, at + L.SLOT_RING)
      state.generation = Atomics.load(this.#words, at + L.SLOT_GENERATION)
      // The slot is written again only after the version has moved on once, and so before it moves on twice.
      if (Atomics.load(this.#words, L.VERSION) === version) return state
    }
  }

  /** Which start of the processing group may commit. Set by the supervisor before it starts one. */
  get epoch(): number {
    return Atomics.load(this.#words, L.EPOCH)
  }
  set epoch(epoch: number) {
    Atomics.store(this.#words, L.EPOCH, epoch) // after the old group has ended
  }

  /** Of the newest slot; the writer's look at its own words. */
  get #generation(): number {
    return this.#words[L.slot(this.#words[L.VERSION]!) + L.SLOT_GENERATION]!
  }

  #write(mark: Readonly<LogMark>, ringPosition: number, generation: number): void {
    const version = (this.#words[L.VERSION]! + 1) | 0
    const at = L.slot(version)
    this.#store(at + L.SLOT_POSITION, mark.position)
    this.#store(at + L.SLOT_BARRIER, mark.barrier)
    this.#store(at + L.SLOT_SEQUENCE, mark.sequence)
    this.#store(at + L.SLOT_CLOCK, mark.clock)
    Atomics.store(this.#words, at + L.SLOT_RING, ringPosition)
    Atomics.store(this.#words, at + L.SLOT_GENERATION, generation)
    Atomics.store(this.#words, L.VERSION, version) // publishes the slot
  }

  #store(word: number, value: number): void {
    this.#double[0] = value
    Atomics.store(this.#words, word, this.#halves[0]!)
    Atomics.store(this.#words, word + 1, this.#halves[1]!)
  }

  #load(word: number): number {
    this.#halves[0] = Atomics.load(this.#words, word)
    this.#halves[1] = Atomics.load(this.#words, word + 1)
    return this.#double[0]!
  }
}
