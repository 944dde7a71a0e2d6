/**
 * All shared memory of a run: rings, bells, status board, counters. Made by the supervisor; outlives every actor.
 *
 *   source ring × n ─► shard ─► lane ring × k ─► dedupe × k ─► verdict ring × k ─► journal ─► committed ring ─► readers
 *
 * Actors are numbered: shard, journal, dedupe × k, source threads, readers. The number is an actor's board line and bell.
 */
import { Committed } from '../log/committed.ts'
import { allocateCounters } from '../memory/counters.ts'
import { type Doorbell, Doorbells } from '../memory/doorbell.ts'
import { Ring } from '../memory/ring.ts'
import { READER_OPTIONAL, READER_REQUIRED } from '../memory/ring-layout.ts'
import { type Plan, sourceThreadsOf } from './plan.ts'
import { StatusBoard } from './status-board.ts'

export const SHARD = 0
export const JOURNAL = 1
const FIRST_LANE = 2

export class MemoryMap {
  readonly bells: Doorbells
  readonly board: StatusBoard
  readonly counters: SharedArrayBuffer[]
  /** Shard → dedupe, by lane. */
  readonly laneRings: Ring[]
  /** Dedupe → journal, by lane. */
  readonly verdictRings: Ring[]
  readonly committedRing: Ring
  readonly committed: Committed
  readonly #plan: Plan

  constructor(plan: Plan) {
    this.#plan = plan
    const actors = FIRST_LANE + plan.dedupe.lanes + sourceThreadsOf(plan) + plan.readers.length
    this.bells = Doorbells.create(actors + 1) // and one for who reads in this process beside the actors
    this.board = StatusBoard.create(actors)
    this.counters = Array.from({ length: actors }, () => allocateCounters())
    this.laneRings = this.#lanes((ring, lane) => {
      ring.setProducerBell(SHARD)
      ring.attach(0, READER_REQUIRED, this.lane(lane))
    })
    this.verdictRings = this.#lanes((ring, lane) => {
      ring.setProducerBell(this.lane(lane))
      ring.attach(0, READER_REQUIRED, JOURNAL)
    })
    this.committedRing = Ring.create({ capacityBytes: plan.committedRingBytes })
    for (const [index, { isDurable }] of plan.readers.entries()) {
      this.committedRing.attach(index, READER_OPTIONAL, this.reader(index))
      // A durable reader needs everything until it has said where it is.
      this.board.at(this.reader(index)).needsFrom = isDurable ? 0 : Number.POSITIVE_INFINITY
    }
    this.committed = Committed.create()
  }

  /** One more reader of the committed ring, in this process: returns the bell that is rung for it. */
  attachReader(): Doorbell {
    const index = this.#plan.readers.length
    this.committedRing.attach(index, READER_OPTIONAL, this.reader(index))
    return this.bells.at(this.reader(index))
  }

  lane(lane: number): number {
    return FIRST_LANE + lane
  }

  sourceThread(thread: number): number {
    return FIRST_LANE + this.#plan.dedupe.lanes + thread
  }

  /** From a source on that thread to the shard. */
  makeSourceRing(thread: number, capacityBytes: number, startPosition = 0): Ring {
    const ring = Ring.create({ capacityBytes, gatedByRelease: true, startPosition })
    ring.setProducerBell(this.sourceThread(thread))
    ring.attach(0, READER_REQUIRED, SHARD)
    return ring
  }

  reader(index: number): number {
    return FIRST_LANE + this.#plan.dedupe.lanes + sourceThreadsOf(this.#plan) + index
  }

  #lanes(wire: (ring: Ring, lane: number) => void): Ring[] {
    return Array.from({ length: this.#plan.dedupe.lanes }, (_, lane) => {
      const ring = Ring.create({ capacityBytes: this.#plan.laneRingBytes })
      wire(ring, lane)
      return ring
    })
  }
}
