/**
 * The shard: where all sources meet and the one order is made.
 *
 * Reads every source ring in turn; gives each record a sequence number and the stream's clock; finds its H3 cell; sends it
 * to the lane of its key. Writes barriers into all lanes (`barrier-schedule.ts`).
 *
 * Guarantee: the frames, sequence numbers and clock frames depend only on the records and their order, never on where a
 * barrier fell, how often the group was restarted, or how many lanes there are. A position that does not rise is dropped
 * and counted: it was seen before.
 */
import { makeCommittedState } from '../../engine/log/committed.ts'
import { defineCounters } from '../../engine/memory/counters.ts'
import type { Ring } from '../../engine/memory/ring.ts'
import { FULL, RingWriter } from '../../engine/memory/ring-writer.ts'
import {
  AWAITED,
  barrierBytes,
  Frame,
  FrameKind,
  HEADER_BYTES,
  laneOf,
  makeSourceState,
  refuseFrame,
  type SourceState,
  writeBarrier,
} from '../../engine/records/index.ts'
import {
  type ActorContext,
  type BlockingActor,
  defineActor,
  type SourceAssignment,
  type SourceWiring,
} from '../../engine/runtime/actor.ts'
import { type FrameNote, NO_SOURCE } from '../../engine/runtime/status-board.ts'
import { Turn } from '../../engine/runtime/turn.ts'
import { flight } from '../../schemas/flight.ts'
import { BarrierSchedule } from './barrier-schedule.ts'
import { CellGrid } from './cell-grid.ts'
import { ClockOffsets } from './clock-offsets.ts'
import { SourceInput } from './source-input.ts'
import { TileActivity } from './tile-activity.ts'

export interface ShardOptions {
  /** At most how long a record waits for its barrier. */
  barrierIntervalMs: number
  /** Of a `TileActivity`, where it is told which tiles aircraft are in; none unless given. */
  activity?: SharedArrayBuffer
}

const shardCounters = defineCounters({
  counters: ['records', 'dead_letters', 'repeated', 'barriers', 'clock_frames', 'cell_hits', 'cell_misses'],
  histograms: ['ingest_to_shard_us'],
})

class Shard implements BlockingActor {
  readonly #context: ActorContext<ShardOptions>
  #inputs: SourceInput[]
  readonly #lanes: RingWriter[]
  readonly #schedule: BarrierSchedule
  readonly #committed = makeCommittedState()
  readonly #cells = new CellGrid()
  readonly #activity: TileActivity | null
  readonly #offsets = new ClockOffsets()
  readonly #counters
  readonly #out: Frame
  readonly #turn: Turn
  readonly #poison: readonly FrameNote[]
  /** Of all sources that the log knows, also those that are not inputs now. */
  readonly #states: Map<number, SourceState>
  /** The last sequence number given. */
  #sequence: number
  /** The stream clock, and the last whole second of it that the lanes have heard of. */
  #clock: number
  #second: number
  /** The wall clock when this turn began. */
  #wallMs = 0
  #isDraining = false

  constructor(context: ActorContext<ShardOptions>) {
    this.#context = context
    this.#lanes = context.outputs.map((ring) => new RingWriter(ring, context.bells))
    this.#schedule = new BarrierSchedule(context.options.barrierIntervalMs, context.barrier.number)
    this.#counters = shardCounters.attach(context.counters)
    this.#activity = context.options.activity === undefined ? null : new TileActivity(context.options.activity)
    this.#out = new Frame(this.#lanes[0]!.frames)
    this.#turn = new Turn(context.careful)
    this.#poison = context.poison
    this.#states = new Map(context.barrier.sources)
    this.#inputs = context.inputs.map(({ source, ring }) => this.#inputOf(source!, ring))
    this.#sequence = context.barrier.sequence
    this.#clock = context.barrier.clock
    this.#second = Math.floor(context.barrier.clock / 1000)
  }

  step(): boolean {
    let worked = false
    for (const input of this.#inputs) worked = this.#takeTurn(input) || worked
    if (this.#isBarrierDue()) {
      this.#writeBarrier()
      worked = true
    }
    return worked
  }

  hasWork(): boolean {
    return this.#inputs.some((input) => input.hasFrames) || this.#isBarrierDue()
  }

  patienceMs(): number {
    return this.#schedule.patienceMs(performance.now(), this.#committedBarrier)
  }

  addSource(source: SourceAssignment): void {
    if (this.#inputs.some(({ state }) => state.sourceId === source.id)) return // we were started with it
    this.#inputs = [...this.#inputs, this.#inputOf(source, source.ring)]
  }

  removeSource(id: number): void {
    this.#inputs = this.#inputs.filter(({ state }) => state.sourceId !== id)
  }

  drain(): void {
    this.#isDraining = true
    this.#schedule.hurry()
  }

  get isDone(): boolean {
    if (!this.#isDraining || this.#inputs.some((input) => input.hasFrames)) return false
    return !this.#schedule.isUncommitted(this.#committedBarrier)
  }

  #inputOf(source: SourceWiring, ring: Ring): SourceInput {
    const state = this.#states.get(source.id) ?? makeSourceState(source.id)
    this.#states.set(source.id, state)
    if (source.isLive) this.#offsets.add(state)
    return new SourceInput(source, ring, state, this.#context.bells)
  }

  /** Some frames of one source, before the next has its turn. */
  #takeTurn(input: SourceInput): boolean {
    if (input.reader.begin() === 0) return false
    const { status, failpoints } = this.#context
    const frame = input.frame
    const limit = this.#turn.frames
    this.#wallMs = Date.now()
    let taken = 0
    for (let offset = input.reader.next(); offset >= 0; offset = input.reader.next()) {
      frame.at(offset)
      // A progress frame stands where the next record will: it must not put the blame on that.
      status.note(frame.kind === FrameKind.progress ? NO_SOURCE : frame.sourceId, frame.position)
      this.#take(input, frame)
      if (++taken === limit) break
    }
    this.#turn.passed(frame)
    if (taken > 0 && frame.ingested > 0)
      this.#counters.ingest_to_shard_us.record((this.#wallMs - frame.ingested) * 1000)
    status.clearNote()
    input.state.ringPosition = input.reader.position
    if (taken > 0) this.#schedule.noteFrames(performance.now())
    failpoints.hit('shard.beforePublish')
    this.#publish()
    failpoints.hit('shard.afterPublish')
    input.reader.finish()
    return taken > 0
  }

  #take(input: SourceInput, frame: Frame): void {
    const { failpoints } = this.#context
    if (frame.kind === FrameKind.progress) {
      failpoints.hit('shard.handler', frame)
      if (!input.noteProgress(frame)) this.#counters.repeated.add(1)
      else this.#advanceClock(frame.clock)
      if ((frame.flags & AWAITED) !== 0) this.#schedule.noteAwaited()
      return
    }
    if (!input.noteRecord(frame)) {
      this.#counters.repeated.add(1)
      return
    }
    this.#advanceClock(frame.clock)
    if (this.#isPoison(frame)) {
      this.#refusePoison(input, frame)
      return
    }
    failpoints.hit('shard.handler', frame)
    this.#forward(input, frame)
  }

  /** Gives a frame its number and its cell, corrects its time and sends it to its key's lane. */
  #forward({ isLive, state }: SourceInput, frame: Frame): void {
    const lane = laneOf(frame.keyHash, this.#lanes.length)
    const out = this.#out.over(this.#lanes[lane]!.frames, this.#claim(lane, frame.length))
    frame.copyTo(out.memory, out.offset)
    out.sequence = ++this.#sequence
    out.clock = this.#clock
    if (frame.kind === FrameKind.record && frame.schemaId === flight.id) {
      this.#stampCell(out)
      if (isLive) this.#correct(out, state)
    }
    this.#lanes[lane]!.commit(out.offset)
    if (frame.kind === FrameKind.record) this.#counters.records.add(1)
    else this.#counters.dead_letters.add(1)
  }

  /** Live, its time is its provider's clock's. */
  #correct(out: Frame, { clockOffsetMs }: SourceState): void {
    this.#offsets.observe(out)
    out.time -= clockOffsetMs
  }

  #stampCell(out: Frame): void {
    const { lat, lon, h3_cell_high, h3_cell_low } = flight.fields
    if (lat.isNull(out) || lon.isNull(out)) return
    this.#cells.find(lat.get(out), lon.get(out))
    h3_cell_high.set(out, this.#cells.high)
    h3_cell_low.set(out, this.#cells.low)
    this.#activity?.note(this.#cells.high, out.keyHash, this.#wallMs)
  }

  /** Moves the stream clock; tells every lane when it has passed a whole second. */
  #advanceClock(clock: number): void {
    if (!(clock > this.#clock)) return
    this.#clock = clock
    const second = Math.floor(clock / 1000)
    if (second === this.#second) return
    this.#second = second
    this.#offsets.slew()
    this.#sequence++
    this.#counters.clock_frames.add(1)
    for (const [lane, writer] of this.#lanes.entries()) {
      const out = this.#out.over(writer.frames, this.#claim(lane, HEADER_BYTES))
      out.start(HEADER_BYTES, FrameKind.clock, 0)
      out.sequence = this.#sequence
      out.clock = clock
      writer.commit(out.offset)
    }
  }

  #isBarrierDue(): boolean {
    return this.#schedule.isDue(performance.now(), this.#committedBarrier, this.#inputs)
  }

  get #committedBarrier(): number {
    return this.#context.committed.read(this.#committed).barrier
  }

  #writeBarrier(): void {
    this.#context.failpoints.hit('shard.beforeBarrier')
    const number = this.#schedule.next()
    const sources = [...this.#states.values()]
    const length = barrierBytes(sources)
    const barrier = { number, sequence: this.#sequence, clock: this.#clock, sources }
    for (const [lane, writer] of this.#lanes.entries()) {
      const out = this.#out.over(writer.frames, this.#claim(lane, length))
      writeBarrier(out, barrier)
      writer.commit(out.offset)
    }
    for (const input of this.#inputs) input.noteBarrier()
    this.#counters.barriers.add(1)
    this.#counters.cell_hits.add(this.#cells.hits)
    this.#counters.cell_misses.add(this.#cells.misses)
    this.#cells.hits = 0
    this.#cells.misses = 0
    this.#publish()
  }

  /** Room in a lane, waiting for it if need be; what was written so far is published first, so that it can drain. */
  #claim(lane: number, length: number): number {
    const writer = this.#lanes[lane]!
    const offset = writer.claim(length)
    if (offset !== FULL) return offset
    this.#publish()
    this.#context.waitUntil(() => writer.hasRoomFor(length))
    return writer.claim(length)
  }

  #publish(): void {
    for (const lane of this.#lanes) lane.publish()
  }

  #isPoison(frame: Frame): boolean {
    if (this.#poison.length === 0) return false
    return this.#poison.some((note) => note.sourceId === frame.sourceId && note.position === frame.position)
  }

  /** A frame under which the group has failed twice goes on as a dead letter, so that the stream goes on. */
  #refusePoison(input: SourceInput, frame: Frame): void {
    this.#context.log.error('a record failed the engine twice and is now a dead letter', {
      source: input.name,
      position: frame.position,
    })
    if (frame.kind === FrameKind.record) input.countDeadLetter()
    const detail = `frame of kind ${frame.kind}, schema ${frame.schemaId}, at position ${frame.position}`
    this.#forward(input, refuseFrame(frame, 'poison', 'shard', detail, input.name))
  }
}

export default defineActor<ShardOptions>({ kind: 'shard', blocking: true, setup: (context) => new Shard(context) })
