/**
 * The snapshot sink: a log reader that keeps what the log comes down to and writes it down from time to time.
 *
 * Guarantee: a snapshot stands for the log up to one barrier, neither more nor less. A disk that refuses one costs nothing
 * but the snapshot; the next is tried later. It goes on from the newest snapshot itself.
 * Memory: some 300 bytes for each key there is, and 60 for each there may be.
 */
import { SkeinError } from '../../engine/errors.ts'
import {
  CommittedReader,
  logIdOf,
  makeCommittedState,
  neededBySnapshots,
  newestSnapshot,
  pruneSnapshots,
  SnapshotWriter,
} from '../../engine/log/index.ts'
import { defineCounters } from '../../engine/memory/counters.ts'
import { FrameMemory } from '../../engine/memory/index.ts'
import { Frame, FrameKind } from '../../engine/records/index.ts'
import { type ActorContext, type BlockingActor, defineActor } from '../../engine/runtime/actor.ts'
import { SnapshotState, type SnapshotStateOptions } from './snapshot-state.ts'

export interface SnapshotOptions extends SnapshotStateOptions {
  intervalMs: number
  everyBytes: number
}

const snapshotCounters = defineCounters({
  counters: ['snapshots', 'failures', 'frames'],
  gauges: ['keys', 'keys_refused', 'lag_bytes'],
  histograms: ['write_us'],
})

class SnapshotSink implements BlockingActor {
  readonly #context: ActorContext<SnapshotOptions>
  readonly #counters
  readonly #state: SnapshotState
  readonly #reader: CommittedReader
  readonly #frame: Frame
  /** A copy of the last barrier taken. */
  #barrier = new Frame(FrameMemory.allocate(4096))
  /** The log position of the newest snapshot. */
  #written = 0
  /** Where and when one was last tried. */
  #triedAt = 0
  #triedAtMs = performance.now()
  #isDraining = false
  #isFailing = false

  constructor(context: ActorContext<SnapshotOptions>) {
    this.#context = context
    this.#counters = snapshotCounters.attach(context.counters)
    this.#state = new SnapshotState(context.options)
    this.#reader = new CommittedReader(context.directory, context.committedRing, context.committed)
    this.#frame = new Frame(this.#reader.memory)
    this.#restore()
  }

  step(): boolean {
    if (this.#reader.poll() === 0) return false
    const { status, failpoints } = this.#context
    const frame = this.#frame
    for (let offset = this.#reader.next(); offset >= 0; offset = this.#reader.next()) {
      frame.over(this.#reader.memory, offset)
      status.note(frame.sourceId, frame.position)
      failpoints.hit('reader.handler')
      this.#counters.frames.add(1)
      if (frame.kind === FrameKind.barrier) this.#passBarrier(frame)
      else this.#state.apply(frame)
    }
    status.clearNote()
    this.#counters.lag_bytes.set(this.#reader.lagBytes)
    return true
  }

  hasWork(): boolean {
    return this.#reader.hasNews()
  }

  drain(): void {
    this.#isDraining = true
  }

  get isDone(): boolean {
    return this.#isDraining && this.#context.upstreamIsDone() && !this.#reader.hasNews()
  }

  /** The next start need not read what this one has read. */
  close(): void {
    const hasNews = this.#reader.mark.position > this.#written && this.#barrier.length > 0
    if (hasNews && this.#reader.offset.frames === 0) this.#write()
    this.#reader.close()
  }

  #restore(): void {
    const { directory, committed, log, status } = this.#context
    const snapshot = newestSnapshot(directory, {
      logId: logIdOf(directory) ?? '',
      atMost: committed.read(makeCommittedState()).position,
      onUnusable: (error) => log.warn('a snapshot is passed over', { error }),
    })
    status.needsFrom = neededBySnapshots(directory)
    if (snapshot === null) {
      this.#reader.seek('oldest')
      return
    }
    this.#state.load(snapshot)
    this.#written = this.#triedAt = snapshot.position
    snapshot.close()
    this.#reader.seek({ position: this.#written })
  }

  #passBarrier(barrier: Frame): void {
    if (barrier.stride > this.#barrier.memory.u8.length) {
      this.#barrier = new Frame(FrameMemory.allocate(2 * barrier.stride))
    }
    barrier.copyTo(this.#barrier.memory, 0)
    const { intervalMs, everyBytes } = this.#context.options
    const isDue =
      performance.now() - this.#triedAtMs >= intervalMs || this.#reader.mark.position - this.#triedAt >= everyBytes
    if (isDue) this.#write()
  }

  #write(): void {
    const { name, report, log, status, directory } = this.#context
    const startedMs = performance.now()
    const { position } = this.#reader.mark
    try {
      const head = { logId: logIdOf(directory)!, position, barrier: this.#barrier }
      this.#writeFile(new SnapshotWriter(directory, head))
      this.#written = position
      this.#counters.snapshots.add(1)
      if (this.#isFailing) report({ type: 'health', component: name, problem: null })
      this.#isFailing = false
    } catch (error) {
      if (!(error instanceof SkeinError && error.code === 'SKEIN_LOG_DISK')) throw error
      this.#isFailing = true
      this.#counters.failures.add(1)
      log.error('no snapshot could be written; another is tried later', { error })
      report({ type: 'health', component: name, problem: error.message })
    }
    this.#triedAt = position
    this.#triedAtMs = performance.now()
    this.#counters.write_us.record((this.#triedAtMs - startedMs) * 1000)
    this.#counters.keys.set(this.#state.keys)
    this.#counters.keys_refused.set(this.#state.refused)
    status.needsFrom = neededBySnapshots(directory)
  }

  #writeFile(writer: SnapshotWriter): void {
    try {
      this.#state.save(writer, () => this.#context.status.beat())
    } catch (error) {
      writer.abandon()
      throw error
    }
    writer.commit()
    pruneSnapshots(this.#context.directory)
  }
}

export default defineActor<SnapshotOptions>({
  kind: 'snapshot',
  blocking: true,
  setup: (context) => new SnapshotSink(context),
})
