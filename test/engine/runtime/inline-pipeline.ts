/**
 * The pipeline on one thread, step by step: real actors, rings, log and replay source, no workers.
 *
 * What the supervisor does with threads happens here by calls, so a test can stop the pipeline at any frame and go on as
 * after a crash: `restartGroup` (same memory), `restartSource` (same memory), or a new `InlinePipeline` (same disk).
 */
import dedupe from '../../../actors/dedupe/dedupe.ts'
import shard from '../../../actors/shard/shard.ts'
import journal from '../../../actors/sink/journal.ts'
import type { ReplayOptions } from '../../../actors/source/replay/replay.ts'
import { makeCommittedState } from '../../../engine/log/committed.ts'
import { readBarrierNumber } from '../../../engine/log/last-barrier.ts'
import type { Ring } from '../../../engine/memory/ring.ts'
import { RingWriter } from '../../../engine/memory/ring-writer.ts'
import { WorkerLog } from '../../../engine/ops/worker-log.ts'
import {
  type Barrier,
  decodeBarrier,
  encodeBarrier,
  type Frame,
  makeSourceState,
  type SourceState,
} from '../../../engine/records/index.ts'
import type { ActorContext, ActorDefinition, BlockingActor, FromActor } from '../../../engine/runtime/actor.ts'
import { Failpoints } from '../../../engine/runtime/failpoints.ts'
import { JOURNAL, MemoryMap, SHARD } from '../../../engine/runtime/memory-map.ts'
import type { Plan } from '../../../engine/runtime/plan.ts'
import { openLog, rewindGroup } from '../../../engine/runtime/recovery.ts'
import { ActorState, type FrameNote } from '../../../engine/runtime/status-board.ts'
import { runReplay } from '../../actors/source/run-replay.ts'

/** More rounds than this without an end are a deadlock. */
const MAX_ROUNDS = 100_000

type Definition = ActorDefinition<never>
type Seat = { actor: BlockingActor; index: number; output: Ring[] }

export interface InlineSettings {
  plan: Plan
  /** Of the plan's one source; 1 unless given. */
  sourceId?: number
  failpoints?: Failpoints
  /** The shard takes one frame a step, and with an interval of 0 writes a barrier after each. */
  isCareful?: boolean
  /** The source takes its bodies one by one. */
  isSourceCareful?: boolean
  poison?: FrameNote[]
}

export class InlinePipeline {
  readonly memory: MemoryMap
  readonly sourceRing: Ring
  readonly reports: FromActor[] = []
  readonly #settings: InlineSettings
  readonly #sourceId: number
  readonly #inherited: Barrier
  #seats: Seat[] = []
  #barrier: Barrier
  #writer: RingWriter
  /** What the source has still to publish. */
  #pending: Frame[] = []

  private constructor(settings: InlineSettings) {
    const { plan, sourceId = 1 } = settings
    this.#settings = settings
    this.#sourceId = sourceId
    this.memory = new MemoryMap(plan)
    this.sourceRing = this.memory.makeSourceRing(0, plan.sources[0]!.ringBytes)
    const { barrier, end } = openLog(plan.directory)
    this.#inherited = barrier
    this.#barrier = barrier
    this.memory.committed.restart(end, this.memory.committedRing.tail)
    this.#writer = this.#newWriter()
  }

  /** A new process on the directory of the plan. */
  static async start(settings: InlineSettings): Promise<InlinePipeline> {
    const pipeline = new InlinePipeline(settings)
    pipeline.restartGroup()
    await pipeline.restartSource()
    return pipeline
  }

  get remaining(): number {
    return this.#pending.length
  }

  /** What the source will publish next. */
  get next(): Frame | undefined {
    return this.#pending[0]
  }

  /** The number of the barrier committed last. */
  get committedBarrier(): number {
    return this.memory.committed.read(makeCommittedState()).barrier
  }

  /** The source's thread is replaced: what it had published stays, the rest it reads again. */
  async restartSource(): Promise<void> {
    const barrier = readBarrierNumber(this.#settings.plan.directory, this.committedBarrier)
    const { plan, isSourceCareful = false } = this.#settings
    const resume = barrier.sources.get(this.#sourceId) ?? makeSourceState(this.#sourceId)
    this.#pending = await emit(plan.sources[0]!.options as ReplayOptions, resume, isSourceCareful)
    this.#writer = this.#newWriter()
  }

  /** All threads of the processing group are replaced. */
  restartGroup(): void {
    const { plan } = this.#settings
    this.stop()
    const { barrier } = openLog(plan.directory)
    this.#barrier = barrier
    rewindGroup(this.memory, [{ id: this.#sourceId, ring: this.sourceRing }], barrier, this.#inherited)
    this.memory.committed.epoch++
    const { lanes } = plan.dedupe
    const { name, isLive } = plan.sources[0]!
    const source = { id: this.#sourceId, name, isLive }
    const sources = [{ ...source, module: '', options: null, ring: this.sourceRing }]
    this.#seats = [
      this.#seat(shard as Definition, plan.shard, SHARD, {
        inputs: [{ ring: this.sourceRing, reader: 0, source }],
        outputs: this.memory.laneRings,
      }),
      ...Array.from({ length: lanes }, (_, lane) =>
        this.#seat(dedupe as Definition, { ...plan.dedupe, name: `dedupe-${lane}` }, this.memory.lane(lane), {
          lane,
          inputs: [{ ring: this.memory.laneRings[lane]!, reader: 0 }],
          outputs: [this.memory.verdictRings[lane]!],
          sources,
        }),
      ),
      this.#seat(journal as Definition, plan.journal, JOURNAL, {
        inputs: this.memory.verdictRings.map((ring) => ({ ring, reader: 0 })),
        outputs: [this.memory.committedRing],
        sources,
      }),
    ]
  }

  /** Ends the group's threads where they are. */
  stop(): void {
    for (const { actor } of this.#seats) actor.close?.()
    this.#seats = []
  }

  /** The source publishes its next frame; false when there is none, or no room for it. */
  publishNext(): boolean {
    const [frame] = this.#pending
    if (frame === undefined) return false
    if (this.#writer.append(frame.memory, 0, frame.stride) === 0) return false
    this.#writer.publish()
    this.#pending.shift()
    return true
  }

  /** One step of the shard; then everybody behind it works until there is nothing left to do. */
  round(): void {
    this.stepActor(0)
    for (const { actor } of this.#seats.slice(1)) while (actor.step());
  }

  /** One round of the actor at this place: shard, lanes, journal. */
  stepActor(at: number): boolean {
    return this.#seats[at % this.#seats.length]!.actor.step()
  }

  get actors(): number {
    return this.#seats.length
  }

  /** Publishes what the source has left, frame by frame, and drains the group. */
  finish(): void {
    for (let rounds = 0; this.#pending.length > 0; rounds++) {
      this.publishNext()
      this.round()
      if (rounds > MAX_ROUNDS) throw new Error('deadlock: the source cannot publish')
    }
    this.drain()
  }

  drain(): void {
    for (const { actor } of this.#seats) actor.drain()
    for (let rounds = 0; this.#seats.some(({ actor }) => !actor.isDone); rounds++) {
      this.round()
      for (const { actor, index } of this.#seats)
        if (actor.isDone) this.memory.board.at(index).state = ActorState.stopped
      if (rounds > MAX_ROUNDS) throw new Error('deadlock: the group does not drain')
    }
    this.stop()
  }

  #newWriter(): RingWriter {
    return new RingWriter(this.sourceRing, this.memory.bells)
  }

  #seat(
    definition: Definition,
    { name, options }: { name: string; options: unknown },
    index: number,
    own: Partial<ActorContext<never>>,
  ): Seat {
    if (!definition.blocking) throw new TypeError(`${name} is evented`)
    const { memory } = this
    const { plan, failpoints = new Failpoints(null), isCareful = false, poison = [] } = this.#settings
    const status = memory.board.at(index)
    status.reset()
    const at = this.#seats.length
    const context: ActorContext<never> = {
      name,
      options: options as never,
      directory: plan.directory,
      inputs: [],
      outputs: [],
      sources: [],
      committedRing: memory.committedRing,
      committed: memory.committed,
      barrier: decodeBarrier(encodeBarrier(this.#barrier)),
      epoch: memory.committed.epoch,
      runId: 1,
      lane: 0,
      lanes: plan.dedupe.lanes,
      careful: isCareful ? { sourceId: this.#sourceId, position: Number.POSITIVE_INFINITY } : null,
      poison,
      bell: memory.bells.at(index),
      bells: memory.bells,
      status,
      failpoints,
      log: new WorkerLog(name, 'silent'),
      counters: memory.counters[index]!,
      report: (message) => this.reports.push(message),
      waitUntil: (ready) => this.#workOthersUntil(at, ready),
      upstreamIsDone: () => this.#seats.slice(0, this.#placeOf(index)).every(({ actor }) => actor.isDone),
      ...own,
    }
    return { actor: definition.setup(context), index, output: context.outputs }
  }

  #placeOf(index: number): number {
    return index === JOURNAL ? this.#seats.length - 1 : index === SHARD ? 0 : 1
  }

  /** An actor that waits for room: those behind it work on. */
  #workOthersUntil(_at: number, ready: () => boolean): void {
    for (let rounds = 0; !ready(); rounds++) {
      for (const { actor } of this.#seats.slice(1)) actor.step()
      if (rounds > MAX_ROUNDS) throw new Error('deadlock: no room in a ring')
    }
  }
}

const emitted = new Map<string, Frame[]>()

/** All frames that the replay source gives, going on from a state. The same for the same state, so it is kept. */
async function emit(options: ReplayOptions, resume: SourceState, isCareful: boolean): Promise<Frame[]> {
  const place = {
    ...resume,
    ringPosition: 0,
    cursor: Buffer.from(resume.cursor).toString('latin1'),
    counts: [...resume.counts],
  }
  const key = JSON.stringify([options, place, isCareful])
  const known = emitted.get(key) ?? (await runReplay({ options, resume, isCareful })).frames
  emitted.set(key, known)
  return [...known]
}
