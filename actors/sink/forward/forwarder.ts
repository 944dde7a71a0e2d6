/**
 * Forwards the log to somewhere else: what log readers have in common that send it away.
 *
 *   open ──► read frames ──► send a batch and the place behind it ──► …
 *    ▲           the next one is put together while one is on its way
 *    └── whatever goes wrong, an unknown outcome included: begin anew, behind what is there
 *
 * Guarantee: each frame is in one batch or, where an outlet does not keep place and records together, in several; in the order
 * of the log. One that is behind holds up nobody: the log is kept for it, within the disk budget. A drain waits for it a while.
 */
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises'
import { SkeinError } from '../../../engine/errors.ts'
import { CommittedReader, logIdOf, makeCommittedState, type ReaderOffset } from '../../../engine/log/index.ts'
import { defineCounters } from '../../../engine/memory/counters.ts'
import { Frame } from '../../../engine/records/index.ts'
import type { ActorContext, EventedActor } from '../../../engine/runtime/actor.ts'
import { type Batch, type Outlet, OutletFailure } from './outlet.ts'
import { PlaceFile } from './place-file.ts'

export interface ForwardSettings {
  /** As people know it: where it goes, without secrets. */
  readonly target: string
  /** A batch is ended at so many bytes, … */
  readonly mostBytes: number
  /** … or when its first record has waited so long. */
  readonly lingerMs: number
}

/** Asked when there is a log. `sinceFailureMs`: infinite when there was none. */
export type NewOutlet<B extends Batch> = (sinceFailureMs: number) => Outlet<B>

/** How long frames are taken before messages, timers and the network get a turn. */
const TURN_MS = 20
const FRAMES_BETWEEN_LOOKS = 256
/** Between two tries to open, the first and the longest. */
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 30_000
/** The end of a stretch of the log of which nothing is sent is sent so often. */
const PLACE_EVERY_MS = 10_000
const DRAIN_PATIENCE_MS = 5000
const CLOSE_PATIENCE_MS = 2000
const WAIT_MS = 1000

const forwardCounters = defineCounters({
  counters: ['records', 'bytes', 'batches', 'failures', 'refused', 'gaps'],
  gauges: ['lag_bytes', 'lag_records', 'lag_ms'],
  histograms: ['send_us'],
})

export class Forwarder<B extends Batch> implements EventedActor {
  readonly #context: ActorContext<unknown>
  readonly #settings: ForwardSettings
  readonly #newOutlet: NewOutlet<B>
  readonly #counters
  readonly #reader: CommittedReader
  readonly #frame: Frame
  readonly #file: PlaceFile
  readonly #state = makeCommittedState()
  #isSending = false
  #pauseMs = FIRST_PAUSE_MS
  #failedAtMs = Number.NEGATIVE_INFINITY
  #sentAtMs = performance.now()
  #sentPosition = 0
  /** When the first record of what is being put together was taken; infinite before. */
  #beganMs = Number.POSITIVE_INFINITY
  #drainUntilMs = Number.POSITIVE_INFINITY
  #isStopped = false

  constructor(context: ActorContext<unknown>, settings: ForwardSettings, newOutlet: NewOutlet<B>) {
    const { directory, name, committedRing, committed, status } = context
    this.#context = context
    this.#settings = settings
    this.#newOutlet = newOutlet
    this.#counters = forwardCounters.attach(context.counters)
    this.#reader = new CommittedReader(directory, committedRing, committed)
    this.#frame = new Frame(this.#reader.memory)
    this.#file = new PlaceFile(directory, name)
    status.needsFrom = this.#file.position
  }

  async run(): Promise<void> {
    try {
      await this.#untilThereIsALog()
      while (!this.#isOver() && !(await this.#tryToForward())) await this.#pause()
      const { lagBytes } = this.#reader
      if (lagBytes > 0) this.#context.log.info('it is behind; the next start goes on with it', { lagBytes })
    } finally {
      this.#reader.close()
    }
  }

  drain(): void {
    this.#drainUntilMs = performance.now() + DRAIN_PATIENCE_MS
  }

  stop(): void {
    this.#isStopped = true
  }

  #isOver(): boolean {
    return this.#isStopped || performance.now() > this.#drainUntilMs
  }

  #isDrained(): boolean {
    const isDraining = this.#drainUntilMs !== Number.POSITIVE_INFINITY
    return isDraining && this.#context.upstreamIsDone() && !this.#reader.hasNews()
  }

  async #untilThereIsALog(): Promise<void> {
    while (logIdOf(this.#context.directory) === null && !this.#isOver() && !this.#isDrained())
      await this.#reader.wait(this.#context.bell, WAIT_MS)
  }

  /** Ends early when there is no time left. */
  async #pause(): Promise<void> {
    const endsMs = performance.now() + this.#pauseMs
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * this.#pauseMs)
    while (performance.now() < endsMs && !this.#isOver()) await pause(Math.min(WAIT_MS, endsMs - performance.now()))
  }

  /** Opens, and sends until the end. Whether that is reached; if not, it begins anew. */
  async #tryToForward(): Promise<boolean> {
    const outlet = this.#newOutlet(performance.now() - this.#failedAtMs)
    try {
      this.#goTo(await outlet.open())
      this.#health(null)
      await this.#forward(outlet)
      return true
    } catch (error) {
      if (!(error instanceof OutletFailure)) throw error
      this.#noteFailure(error)
      return false
    } finally {
      await Promise.race([outlet.close(), pause(CLOSE_PATIENCE_MS, undefined, { ref: false })])
    }
  }

  /** Throws `SKEIN_SINK_OFFSET`. */
  #goTo(place: ReaderOffset | null): void {
    const { committed, status, name, log } = this.#context
    const end = committed.read(this.#state).position
    const sink = { sink: name, file: this.#file.path }
    if (place === null && this.#file.isUsed)
      throw new SkeinError('SKEIN_SINK_OFFSET', { ...sink, problem: 'it is not there any more' })
    if (place !== null && place.position > end)
      throw new SkeinError('SKEIN_SINK_OFFSET', { ...sink, problem: 'more was sent', sent: place.position, end })
    try {
      this.#reader.seek(place ?? 'oldest')
    } catch (error) {
      if (!(error instanceof SkeinError && error.code === 'SKEIN_LOG_GONE')) throw error
      log.error('records were deleted from the log before they were sent', { error })
      this.#counters.gaps.add(1)
      this.#reader.seek('oldest')
    }
    this.#sentPosition = this.#reader.mark.position
    status.needsFrom = this.#sentPosition
  }

  /** Sends what is in the log until there is nothing more to come. Rejects with what goes wrong. */
  async #forward(outlet: Outlet<B>): Promise<void> {
    let sending: Promise<Error | null> = Promise.resolve(null)
    for (let batch = outlet.first(this.#sentPosition); ; batch = outlet.newBatch()) {
      await this.#fill(batch)
      const failure = await this.#orOver(sending)
      if (failure !== null) throw failure
      if (this.#isOver()) return
      if (isEmpty(batch) && !this.#hasMoved()) {
        if (this.#isDrained()) return
        continue
      }
      sending = this.#send(outlet, batch)
    }
  }

  /** Takes frames until the batch is to go: it is full, or it is time and none is on its way. */
  async #fill(batch: B): Promise<void> {
    const { mostBytes, lingerMs } = this.#settings
    this.#beganMs = isEmpty(batch) ? Number.POSITIVE_INFINITY : performance.now()
    while (!this.#isOver() && batch.bytes < mostBytes) {
      if (this.#takeFrames(batch)) await turn()
      else if (this.#isDrained()) return
      const placeDueMs = this.#hasMoved() ? this.#sentAtMs + PLACE_EVERY_MS : Number.POSITIVE_INFINITY
      const dueMs = Math.min(this.#beganMs + lingerMs, placeDueMs) - performance.now()
      if (dueMs <= 0 && !this.#isSending) return
      if (!this.#reader.hasNews())
        await this.#reader.wait(this.#context.bell, dueMs > 0 ? Math.min(dueMs, WAIT_MS) : WAIT_MS)
    }
  }

  /** Whether there were any. */
  #takeFrames(batch: B): boolean {
    if (this.#reader.poll() === 0) return false
    const { status, failpoints } = this.#context
    const { mostBytes } = this.#settings
    const endsAt = performance.now() + TURN_MS
    do {
      for (let i = 0; i < FRAMES_BETWEEN_LOOKS; i++) {
        const offset = this.#reader.next()
        if (offset < 0) break
        const frame = this.#frame.over(this.#reader.memory, offset)
        status.note(frame.sourceId, frame.position)
        failpoints.hit('reader.handler')
        batch.take(frame)
      }
      if (this.#beganMs === Number.POSITIVE_INFINITY && !isEmpty(batch)) this.#beganMs = performance.now()
    } while (performance.now() < endsAt && batch.bytes < mostBytes && this.#reader.poll() > 0)
    status.clearNote()
    return true
  }

  #hasMoved(): boolean {
    return this.#reader.mark.position !== this.#sentPosition
  }

  /** Never rejects: resolves with what went wrong. */
  async #send(outlet: Outlet<B>, batch: B): Promise<Error | null> {
    const place = this.#reader.offset
    const { sequence, clock } = this.#reader.mark
    const startedMs = performance.now()
    this.#isSending = true
    try {
      await outlet.send(batch, place)
      this.#sentAtMs = performance.now()
      this.#sentPosition = place.position
      this.#pauseMs = FIRST_PAUSE_MS
      this.#notePlace()
      this.#count(batch, this.#sentAtMs - startedMs, sequence, clock)
      return null
    } catch (error) {
      return error as Error
    } finally {
      this.#isSending = false
      this.#context.bells.ring(this.#context.bell.index) // it is time to look
    }
  }

  /** A disk that refuses it costs some log that is kept for longer. */
  #notePlace(): void {
    this.#context.status.needsFrom = this.#sentPosition
    try {
      this.#file.note(this.#sentPosition, this.#sentAtMs)
    } catch (error) {
      this.#context.log.warn('how far the log was sent could not be noted', { error: SkeinError.from(error) })
    }
  }

  #noteFailure({ message }: OutletFailure): void {
    const { name, log } = this.#context
    const { target } = this.#settings
    const error = new SkeinError('SKEIN_SINK_UNAVAILABLE', { sink: name, target, reason: message })
    this.#failedAtMs = performance.now()
    this.#counters.failures.add(1)
    log.warn('what was sent has not been taken; it is tried again', { error })
    this.#health(error.message)
  }

  #count(batch: B, tookMs: number, sequence: number, clock: number): void {
    const counters = this.#counters
    const end = this.#context.committed.read(this.#state)
    counters.records.add(batch.records)
    counters.bytes.add(batch.bytes)
    counters.refused.add(batch.refused)
    counters.batches.add(1)
    counters.send_us.record(tookMs * 1000)
    counters.lag_bytes.set(this.#reader.lagBytes)
    counters.lag_records.set(end.sequence - sequence)
    counters.lag_ms.set(clock > 0 ? end.clock - clock : 0)
  }

  /** Not waited for any longer than there is time. */
  async #orOver(sending: Promise<Error | null>): Promise<Error | null> {
    while (!this.#isOver()) {
      const ended = await Promise.race([sending.then((failure) => ({ failure })), pause(WAIT_MS, null, { ref: false })])
      if (ended !== null) return ended.failure
    }
    return null
  }

  #health(problem: string | null): void {
    const { name, report } = this.#context
    report({ type: 'health', component: name, problem })
  }
}

function isEmpty(batch: Batch): boolean {
  return batch.records + batch.refused === 0
}
