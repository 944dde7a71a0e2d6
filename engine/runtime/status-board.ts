/**
 * What every actor says of itself, in shared memory: the supervisor reads it without the actor's cooperation.
 *
 *  one line of 128 bytes an actor:
 *  0       4           8       12        16            20     24              32
 *  +-------+-----------+-------+---------+-------------+------+---------------+------------------+-----
 *  | state | heartbeat | phase | control | note source | hold | note position | needs from (f64) |
 *  | (i32) | (i32)     | (i32) | (i32)   | (i32)       | (i32)| (f64)         |                  |
 *  +-------+-----------+-------+---------+-------------+------+---------------+------------------+-----
 *
 * The note is the frame that the actor's handler is working on. It stays when the handler throws, exits or hangs, and
 * names the suspect; frames of no source (barriers, clocks, removals) are never suspects. Everything but `control` and
 * `hold` is written by the actor alone.
 */
const LINE_BYTES = 128
const STATE = 0
const HEARTBEAT = 1
const PHASE = 2
const CONTROL = 3
const NOTE_SOURCE = 4
const HOLD = 5
const NOTE_POSITION = 24
const NEEDS_FROM = 32

export const ActorState = { starting: 0, running: 1, draining: 2, stopped: 3 } as const

/** What an actor is doing as far as hang detection is concerned. */
export const Phase = {
  working: 0,
  /** Inside a commit, which may wait for the disk: it has a limit of its own. */
  committing: 1,
  /** Waiting for the disk to become writable again: not hung, however long. */
  stalled: 2,
} as const

/** In place of a source's id, which begin with 1. */
export const NO_SOURCE = 0

export interface FrameNote {
  sourceId: number
  position: number
}

export class StatusBoard {
  readonly memory: SharedArrayBuffer

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory
  }

  static create(actors: number): StatusBoard {
    return new StatusBoard(new SharedArrayBuffer(actors * LINE_BYTES))
  }

  at(index: number): ActorStatus {
    return new ActorStatus(this.memory, index * LINE_BYTES)
  }
}

export class ActorStatus {
  readonly #words: Int32Array
  readonly #position: Float64Array
  readonly #needsFrom: Float64Array

  constructor(memory: SharedArrayBuffer, byteOffset: number) {
    this.#words = new Int32Array(memory, byteOffset, LINE_BYTES / 4)
    this.#position = new Float64Array(memory, byteOffset + NOTE_POSITION, 1)
    this.#needsFrom = new Float64Array(memory, byteOffset + NEEDS_FROM, 1)
  }

  /** Back to the start, for a new worker in the place of an old one. What it needs of the log, it needs still. */
  reset(): void {
    this.#words.fill(0, STATE, HOLD)
    this.#words[NOTE_SOURCE] = NO_SOURCE
  }

  /** Set by the supervisor: nothing more may be written to the log for now. */
  get isHeld(): boolean {
    return Atomics.load(this.#words, HOLD) === 1
  }
  set isHeld(isHeld: boolean) {
    Atomics.store(this.#words, HOLD, isHeld ? 1 : 0)
  }

  /** The log position from which this actor still needs the log: retention deletes nothing behind it. */
  get needsFrom(): number {
    return this.#needsFrom[0]!
  }
  set needsFrom(position: number) {
    this.#needsFrom[0] = position
  }

  get state(): number {
    return Atomics.load(this.#words, STATE)
  }
  set state(state: number) {
    Atomics.store(this.#words, STATE, state)
  }

  get phase(): number {
    return Atomics.load(this.#words, PHASE)
  }
  set phase(phase: number) {
    Atomics.store(this.#words, PHASE, phase)
  }

  get heartbeat(): number {
    return Atomics.load(this.#words, HEARTBEAT)
  }

  /** Called once a round of work and after each wait; the supervisor only looks whether it moves. */
  beat(): void {
    this.#words[HEARTBEAT] = (this.#words[HEARTBEAT]! + 1) | 0
  }

  /** How many control messages were ever sent to this actor: a busy actor compares it instead of asking its port. */
  get control(): number {
    return Atomics.load(this.#words, CONTROL)
  }

  announceControl(): void {
    Atomics.add(this.#words, CONTROL, 1) // after the message was posted
  }

  /** Notes the frame that the handler takes up. Plain stores: read only after this thread has ended or hung. */
  note(sourceId: number, position: number): void {
    this.#position[0] = position
    this.#words[NOTE_SOURCE] = sourceId
  }

  clearNote(): void {
    this.#words[NOTE_SOURCE] = NO_SOURCE
  }

  get noted(): FrameNote | null {
    const sourceId = this.#words[NOTE_SOURCE]!
    return sourceId === NO_SOURCE ? null : { sourceId, position: this.#position[0]! }
  }
}
