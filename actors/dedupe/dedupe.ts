/**
 * One lane of the dedupe: drops observations that bring no news, and notices what has gone silent.
 *
 * Guarantee: for one key, accepted times never decrease; every record goes on with its verdict as its kind; a key that no
 * record has mentioned for its lifetime on the stream's clock yields one removal. Verdicts depend only on the records
 * and their order. A key that does not fit into the full table is a dead letter; known keys go on.
 * Memory: the table (`engine/memory/table.ts`), fixed at start. After a crash it is rebuilt from snapshot and log.
 */
import { defineCounters } from '../../engine/memory/counters.ts'
import { RingReader } from '../../engine/memory/ring-reader.ts'
import { FULL, RingWriter } from '../../engine/memory/ring-writer.ts'
import { ABSENT, KeyTable } from '../../engine/memory/table.ts'
import { Count, Frame, FrameKind, refuseFrame } from '../../engine/records/index.ts'
import { type ActorContext, type BlockingActor, defineActor, type SourceWiring } from '../../engine/runtime/actor.ts'
import { Turn } from '../../engine/runtime/turn.ts'
import { schemaById } from '../../schemas/registry.ts'
import { Expiry, type Lifetimes } from './expiry.ts'
import { type JudgeOptions, judge, newsThresholdMs, Verdict } from './judge.ts'
import { LaneCounts } from './lane-counts.ts'
import { rebuild } from './rebuild.ts'
import { Witnesses } from './witnesses.ts'

export interface DedupeOptions extends JudgeOptions, Lifetimes {
  /** Keys per lane. */
  capacity: number
  maxKeyBytes: number
}

const VERDICT_KIND = [FrameKind.record, FrameKind.duplicate, FrameKind.late] as const
const VERDICT_COUNT = [Count.accepted, Count.duplicate, Count.late] as const

/** The part of an aircraft's lifetime in which, after a start, nothing live is gone: sources first tell what is still there. */
const GRACE = 0.5

const dedupeCounters = defineCounters({
  counters: ['accepted', 'duplicate', 'late', 'removed', 'table_full'],
  gauges: ['keys'],
})

class Dedupe implements BlockingActor {
  readonly #context: ActorContext<DedupeOptions>
  readonly #reader: RingReader
  readonly #writer: RingWriter
  readonly #in: Frame
  readonly #out: Frame
  readonly #table: KeyTable
  readonly #expiry: Expiry
  readonly #witnesses: Witnesses
  /** By source id. */
  readonly #isLive: boolean[] = []
  /** On the stream clock; NaN until that has gone on. */
  #expiresFromMs: number
  readonly #thresholdMs: number
  readonly #counts = new LaneCounts()
  readonly #counters
  readonly #verdictCounters
  readonly #keyBytes: Uint8Array
  readonly #turn: Turn
  #isDraining = false
  #isFull = false

  constructor(context: ActorContext<DedupeOptions>) {
    const { options } = context
    this.#context = context
    this.#reader = new RingReader(context.inputs[0]!.ring, context.inputs[0]!.reader, context.bells)
    this.#writer = new RingWriter(context.outputs[0]!, context.bells)
    this.#in = new Frame(this.#reader.frames)
    this.#out = new Frame(this.#writer.frames)
    this.#table = new KeyTable({ capacity: options.capacity, maxKeyBytes: options.maxKeyBytes })
    this.#expiry = new Expiry(this.#table, options)
    this.#witnesses = new Witnesses(options.capacity, options.staleAfterMs)
    for (const source of context.sources) this.addSource(source)
    this.#expiresFromMs = this.#isLive.includes(true) ? Number.NaN : Number.NEGATIVE_INFINITY
    this.#thresholdMs = newsThresholdMs(options)
    this.#turn = new Turn(context.careful)
    this.#keyBytes = new Uint8Array(options.maxKeyBytes)
    this.#counters = dedupeCounters.attach(context.counters)
    this.#verdictCounters = [this.#counters.accepted, this.#counters.duplicate, this.#counters.late]
    rebuild(this.#table, this.#witnesses, context)
  }

  step(): boolean {
    if (this.#reader.begin() === 0) return false
    const { status, failpoints } = this.#context
    const frame = this.#in
    const limit = this.#turn.frames
    let taken = 0
    for (let offset = this.#reader.next(); offset >= 0; offset = this.#reader.next()) {
      frame.at(offset)
      status.note(frame.sourceId, frame.position)
      failpoints.hit('dedupe.handler', frame)
      this.#take(frame)
      if (++taken === limit) break
    }
    this.#turn.passed(frame)
    status.clearNote()
    failpoints.hit('dedupe.beforePublish')
    this.#writer.publish()
    failpoints.hit('dedupe.afterPublish')
    this.#reader.finish()
    this.#counters.keys.set(this.#table.size)
    return taken > 0
  }

  hasWork(): boolean {
    return this.#reader.begin() !== 0
  }

  addSource({ id, isLive }: SourceWiring): void {
    this.#isLive[id] = isLive
  }

  drain(): void {
    this.#isDraining = true
  }

  get isDone(): boolean {
    return this.#isDraining && this.#context.upstreamIsDone() && !this.hasWork()
  }

  #take(frame: Frame): void {
    switch (frame.kind) {
      case FrameKind.record:
        this.#takeRecord(frame)
        break
      case FrameKind.clock:
        if (this.#mayExpire(frame.clock))
          for (const slot of this.#expiry.staleAt(frame.clock)) this.#remove(slot, frame)
        break
      case FrameKind.barrier:
        this.#counts.moveInto(this.#forward(frame))
        break
      default:
        this.#forward(frame)
    }
  }

  #takeRecord(frame: Frame): void {
    const schema = schemaById(frame.schemaId)
    if (schema === undefined || !schema.deduplicated) {
      this.#pass(frame, Verdict.accepted)
      return
    }
    const { key } = schema
    const start = key.startOf(frame)
    const length = key.lengthOf(frame)
    let slot = this.#table.find(frame.memory.u8, start, length, frame.keyHash, frame.schemaId)
    if (slot !== ABSENT && this.#mayExpire(frame.clock) && this.#expiry.isStale(slot, frame.clock)) {
      this.#remove(slot, frame)
      slot = ABSENT
    }
    if (slot === ABSENT) {
      slot = this.#table.insert(frame.memory.u8, start, length, frame.keyHash, frame.schemaId)
      if (slot < 0) {
        this.#refuse(frame)
        return
      }
      this.#table.acceptedMs[slot] = Number.NEGATIVE_INFINITY
      this.#witnesses.start(slot)
    }
    const isAlone = this.#witnesses.note(slot, frame.sourceId, frame.clock, this.#table.mentionMs[slot]!)
    const verdict = judge(frame.time, this.#table.acceptedMs[slot]!, this.#thresholdMs)
    if (verdict === Verdict.accepted) {
      this.#table.acceptedMs[slot] = frame.time
      if (isAlone && this.#isLive[frame.sourceId] === true) this.#counts.add(frame.sourceId, Count.alone)
    }
    this.#table.touch(slot, frame.clock)
    this.#pass(frame, verdict)
  }

  #mayExpire(clockMs: number): boolean {
    if (Number.isNaN(this.#expiresFromMs)) this.#expiresFromMs = clockMs + GRACE * this.#context.options.staleAfterMs
    return clockMs >= this.#expiresFromMs
  }

  #pass(frame: Frame, verdict: Verdict): void {
    this.#forward(frame).kind = VERDICT_KIND[verdict]
    this.#counts.add(frame.sourceId, VERDICT_COUNT[verdict])
    this.#verdictCounters[verdict]!.add(1)
  }

  /** Copies a frame on; returns the copy. */
  #forward(frame: Frame): Frame {
    const out = this.#out.at(this.#claim(frame.length))
    frame.copyTo(out.memory, out.offset)
    this.#writer.commit(out.offset)
    return out
  }

  /** Emits the removal of a key, which sorts before the frame that brought it about, and forgets the key. */
  #remove(slot: number, trigger: Frame): void {
    const schema = schemaById(this.#table.schemaIdOf(slot))!
    const length = this.#table.copyKey(slot, this.#keyBytes, 0)
    const out = this.#out.at(this.#claim(schema.fixedBytes + length))
    schema.start(out, FrameKind.removal)
    schema.setKey(out, this.#keyBytes, 0, length)
    out.sequence = trigger.sequence
    out.time = this.#expiry.endMs(slot)
    out.clock = trigger.clock
    this.#writer.commit(out.offset)
    this.#table.remove(slot)
    this.#counters.removed.add(1)
    if (this.#isFull) this.#noteFull(false)
  }

  /** A key for which there is no room: its record is a dead letter. */
  #refuse(frame: Frame): void {
    const detail = `no room for a new key among ${this.#table.capacity}`
    this.#forward(refuseFrame(frame, 'table_full', 'dedupe', detail, this.#context.name))
    this.#counts.add(frame.sourceId, Count.deadLetteredByLanes)
    this.#counters.table_full.add(1)
    if (!this.#isFull) this.#noteFull(true)
  }

  #noteFull(isFull: boolean): void {
    this.#isFull = isFull
    const problem = isFull
      ? `the table of ${this.#table.capacity} keys is full: new keys are refused; raise dedupe.capacity`
      : null
    this.#context.report({ type: 'health', component: this.#context.name, problem })
  }

  /** Room in the ring, waiting for it if need be; what was written so far is published first, so that it can drain. */
  #claim(length: number): number {
    const offset = this.#writer.claim(length)
    if (offset !== FULL) return offset
    this.#writer.publish()
    this.#context.waitUntil(() => this.#writer.hasRoomFor(length))
    return this.#writer.claim(length)
  }
}

export default defineActor<DedupeOptions>({ kind: 'dedupe', blocking: true, setup: (context) => new Dedupe(context) })
