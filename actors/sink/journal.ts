/**
 * The journal: merges the lanes into one order and puts each barrier's frames on disk.
 *
 *   lanes ─► staging ─► (barrier in all lanes) ─► batch ─► disk ─► committed ring ─► Committed ─► sources released
 *
 * Guarantee: a batch is on disk before anyone downstream sees a frame of it and before its sources may forget it. A disk
 * that cannot be written stops the commits, not the process: the same batch is tried until it can.
 */
import { SkeinError } from '../../engine/errors.ts'
import { BatchBuffer } from '../../engine/log/batch-buffer.ts'
import { LogWriter } from '../../engine/log/writer.ts'
import { defineCounters } from '../../engine/memory/counters.ts'
import type { Ring } from '../../engine/memory/ring.ts'
import { RingWriter } from '../../engine/memory/ring-writer.ts'
import { barrierNumber, Frame, forEachRingPosition } from '../../engine/records/index.ts'
import {
  type ActorContext,
  type BlockingActor,
  defineActor,
  type SourceAssignment,
} from '../../engine/runtime/actor.ts'
import { SHARD } from '../../engine/runtime/memory-map.ts'
import { Phase } from '../../engine/runtime/status-board.ts'
import { BarrierTotals } from './barrier-totals.ts'
import { LaneIntake } from './lane-intake.ts'
import { mergeLanes } from './merge-lanes.ts'

export interface JournalOptions {
  segmentBytes: number
  /** How long to wait before a batch is tried again that the disk refused. */
  retryDiskMs: number
}

const journalCounters = defineCounters({
  counters: ['commits', 'frames', 'bytes', 'disk_errors'],
  histograms: ['commit_us'],
})

class Journal implements BlockingActor {
  readonly #context: ActorContext<JournalOptions>
  readonly #lanes: LaneIntake[]
  readonly #log: LogWriter
  readonly #batch = new BatchBuffer()
  readonly #totals: BarrierTotals
  readonly #committedRing: RingWriter
  readonly #sourceRings: Map<number, Ring>
  readonly #barrier: Frame
  readonly #counters
  #isDraining = false

  constructor(context: ActorContext<JournalOptions>) {
    const { options, runId } = context
    this.#context = context
    this.#log = LogWriter.open(context.directory, {
      segmentBytes: options.segmentBytes,
      runId,
      currentEpoch: () => context.committed.epoch,
    })
    // One lane needs no merging: its frames go straight into the batch.
    const direct = context.inputs.length === 1 ? this.#batch : null
    this.#lanes = context.inputs.map((input) => new LaneIntake(input, direct ?? new BatchBuffer(), context))
    this.#totals = new BarrierTotals(context.barrier)
    this.#committedRing = new RingWriter(context.outputs[0]!, context.bells)
    this.#sourceRings = new Map(context.sources.map((source) => [source.id, source.ring]))
    this.#barrier = new Frame(this.#batch.memory)
    this.#counters = journalCounters.attach(context.counters)
    // Readers that were in the middle of a batch find the ring begun anew and go on in the files.
    context.committed.restart(this.#log.end, context.outputs[0]!.tail)
    context.outputs[0]!.wakeReaders(context.bells)
    this.#release(null)
  }

  step(): boolean {
    let worked = false
    let complete = true
    for (const lane of this.#lanes) {
      worked = lane.read() || worked
      complete = complete && lane.hasBarrier
    }
    if (complete) this.#commit()
    return worked || complete
  }

  hasWork(): boolean {
    return this.#lanes.some((lane) => lane.hasWork)
  }

  addSource({ id, ring }: SourceAssignment): void {
    this.#sourceRings.set(id, ring)
  }

  removeSource(id: number): void {
    this.#sourceRings.delete(id)
  }

  drain(): void {
    this.#isDraining = true
  }

  get isDone(): boolean {
    return this.#isDraining && this.#context.upstreamIsDone() && !this.hasWork()
  }

  close(): void {
    this.#log.close()
  }

  #commit(): void {
    const { failpoints, status } = this.#context
    const batch = this.#batch
    failpoints.hit('journal.beforeCommit')
    if (this.#lanes.length > 1) mergeLanes(this.#lanes, batch)
    const barrier = this.#barrier.over(batch.memory, batch.barrierStart)
    this.#totals.writeInto(barrier, this.#lanes)
    const startedMs = performance.now()
    status.phase = Phase.committing
    failpoints.hit('journal.inCommit')
    this.#append(barrierNumber(barrier))
    status.phase = Phase.working
    failpoints.hit('journal.afterCommit')
    this.#counters.commit_us.record((performance.now() - startedMs) * 1000)
    this.#counters.commits.add(1)
    this.#counters.frames.add(batch.frames)
    this.#counters.bytes.add(batch.length)
    this.#publish()
    failpoints.hit('journal.beforeRelease')
    this.#release(barrier)
    failpoints.hit('journal.afterRelease')
    batch.reset()
    for (const lane of this.#lanes) lane.startAnew()
  }

  /** Puts the batch on disk, however long that takes. */
  #append(number: number): void {
    const { status } = this.#context
    let problem = this.#tryAppend(number)
    if (problem === null) return
    this.#reportDisk(problem)
    while (problem !== null) {
      status.phase = Phase.stalled
      this.#pause()
      status.phase = Phase.committing
      problem = this.#tryAppend(number)
    }
    this.#reportDisk(null)
  }

  /** Null when the batch is on disk, else why it is not. */
  #tryAppend(number: number): string | null {
    const { status, epoch } = this.#context
    if (status.isHeld) return 'the log has reached its disk budget, and what it holds is still needed'
    try {
      this.#log.append(this.#batch, { firstBarrier: number, epoch })
      return null
    } catch (error) {
      if (!(error instanceof SkeinError && error.code === 'SKEIN_LOG_DISK')) throw error
      this.#counters.disk_errors.add(1)
      return error.message
    }
  }

  #reportDisk(problem: string | null): void {
    const { report, log, name } = this.#context
    if (problem === null) log.info('the log can be written again')
    else log.error('the log cannot be written; sources wait until it can', { problem })
    report({ type: 'health', component: name, problem })
  }

  #pause(): void {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, this.#context.options.retryDiskMs)
    this.#context.status.beat()
  }

  /** Shows the batch to the readers, who must never see what is not on disk. */
  #publish(): void {
    const batch = this.#batch
    let from = batch.start
    // A batch larger than the ring goes through it in parts: readers that cannot keep up find it in the files.
    while (from < batch.length) {
      from = this.#committedRing.append(batch.memory, from, batch.length)
      this.#committedRing.publish()
    }
    this.#context.committed.publish(this.#log.end, this.#committedRing.position)
  }

  /** Lets the sources reuse the space of what is on disk, and the shard see how far that is. */
  #release(barrier: Frame | null): void {
    const { bells } = this.#context
    if (barrier !== null) {
      forEachRingPosition(barrier, (sourceId, position) => {
        const ring = this.#sourceRings.get(sourceId)
        if (ring === undefined) return
        ring.release(position)
        if (ring.producerBell >= 0) bells.ring(ring.producerBell)
      })
    }
    bells.ring(SHARD)
  }
}

export default defineActor<JournalOptions>({
  kind: 'journal',
  blocking: true,
  setup: (context) => new Journal(context),
})
