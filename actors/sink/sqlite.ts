/**
 * The sqlite sink: a log reader that keeps the history of flights, and events, in a database.
 *
 * Guarantee: each accepted record of a flight is one row, exactly once, and of each event's key the last is a document: rows and the place in the log are one transaction,
 * and after a crash the sink goes on at that place. A disk that refuses a transaction loses nothing: it is done again.
 * A sink that is behind holds up nobody; a drain waits for it for a while only, the next start goes on.
 */
import { join } from 'node:path'
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises'
import { SkeinError } from '../../engine/errors.ts'
import { CommittedReader, logIdOf, type ReaderOffset } from '../../engine/log/index.ts'
import { defineCounters } from '../../engine/memory/counters.ts'
import { Frame, FrameKind } from '../../engine/records/index.ts'
import { type ActorContext, defineActor, type EventedActor } from '../../engine/runtime/actor.ts'
import { event } from '../../schemas/event.ts'
import { eventDocument } from '../../schemas/event-document.ts'
import { flight } from '../../schemas/flight.ts'
import { eventRecord } from '../../schemas/topics.ts'
import { HistoryStore } from './history-store.ts'

export interface SqliteOptions {
  /** `history.sqlite` in the log's directory unless given. */
  file?: string
  intervalMs: number
  /** By source of events: the fields of which there is one document. */
  keys: Readonly<Record<string, readonly string[]>>
  keepMs: number
}

/** A transaction is ended at this many rows, however little time has passed. */
const MAX_ROWS = 50_000
/** How long frames are taken before messages and timers get a turn. */
const TURN_MS = 20
const FRAMES_BETWEEN_LOOKS = 256
const RETRY_MS = 1000
/** How long a drain waits for a sink that is behind. */
const DRAIN_PATIENCE_MS = 5000

const sqliteCounters = defineCounters({
  counters: ['rows', 'transactions', 'failures', 'tables_deleted'],
  gauges: ['lag_bytes'],
  histograms: ['transaction_us'],
})

class SqliteSink implements EventedActor {
  readonly #context: ActorContext<SqliteOptions>
  readonly #counters
  readonly #store: HistoryStore
  readonly #reader: CommittedReader
  readonly #frame: Frame
  #committedAtMs = performance.now()
  #drainUntilMs = Number.POSITIVE_INFINITY
  #isStopped = false
  #isFailing = false

  constructor(context: ActorContext<SqliteOptions>) {
    const { directory, options, committedRing, committed, status } = context
    this.#context = context
    this.#counters = sqliteCounters.attach(context.counters)
    this.#store = new HistoryStore(options.file ?? join(directory, 'history.sqlite'), logIdOf(directory)!)
    this.#reader = new CommittedReader(directory, committedRing, committed)
    this.#goTo(this.#store.offset)
    this.#frame = new Frame(this.#reader.memory)
    status.needsFrom = this.#reader.mark.position
  }

  async run(): Promise<void> {
    try {
      while (!this.#isStopped) {
        const hasTaken = await this.#tryTurn()
        if (hasTaken) await turn()
        else if (this.#isDrained()) break
        else await this.#reader.wait(this.#context.bell, this.#patienceMs())
        if (performance.now() > this.#drainUntilMs) break
      }
      this.#commit()
      const { lagBytes } = this.#reader
      if (lagBytes > 0) this.#context.log.info('the history is behind; the next start goes on with it', { lagBytes })
    } finally {
      this.#reader.close()
      this.#store.close()
    }
  }

  drain(): void {
    this.#drainUntilMs = performance.now() + DRAIN_PATIENCE_MS
  }

  stop(): void {
    this.#isStopped = true
  }

  /** Where the rows end; in a new database, or when that is gone, the oldest record that is still there. */
  #goTo(offset: ReaderOffset): void {
    const isNew = offset.position === 0 && offset.frames === 0
    try {
      this.#reader.seek(isNew ? 'oldest' : offset)
    } catch (error) {
      if (!(error instanceof SkeinError && error.code === 'SKEIN_LOG_GONE')) throw error
      this.#context.log.warn('the history has a gap: what follows its last row was deleted from the log', { error })
      this.#reader.seek('oldest')
    }
  }

  #isDrained(): boolean {
    const isDraining = this.#drainUntilMs !== Number.POSITIVE_INFINITY
    return isDraining && this.#context.upstreamIsDone() && !this.#reader.hasNews()
  }

  /** A turn of frames; one that the disk refuses is taken back and done again after a while. */
  async #tryTurn(): Promise<boolean> {
    const { name, report, log } = this.#context
    try {
      const hasTaken = this.#takeFrames()
      if (this.#isDue()) this.#commit()
      return hasTaken
    } catch (error) {
      if (!isPassing(error)) throw error
      this.#store.rollback()
      this.#goTo(this.#store.offset)
      this.#isFailing = true
      this.#counters.failures.add(1)
      log.error('the history cannot be written; it is tried again', { error: SkeinError.from(error) })
      report({ type: 'health', component: name, problem: error.message })
      await pause(RETRY_MS)
      return true
    }
  }

  /** Takes what there is, for at most a turn; whether there was any. */
  #takeFrames(): boolean {
    if (this.#reader.poll() === 0) return false
    const { status } = this.#context
    const endsAt = performance.now() + TURN_MS
    do {
      for (let i = 0; i < FRAMES_BETWEEN_LOOKS; i++) {
        const offset = this.#reader.next()
        if (offset < 0) break
        this.#take(this.#frame.over(this.#reader.memory, offset))
      }
    } while (performance.now() < endsAt && this.#store.uncommittedRows < MAX_ROWS && this.#reader.poll() > 0)
    status.clearNote()
    return true
  }

  #take(frame: Frame): void {
    const { status, failpoints } = this.#context
    status.note(frame.sourceId, frame.position)
    failpoints.hit('reader.handler')
    if (frame.kind !== FrameKind.record) return
    if (frame.schemaId === flight.id) this.#store.insert(frame)
    else if (frame.schemaId === event.id) this.#takeEvent(frame)
    else return
    this.#counters.rows.add(1)
  }

  #takeEvent(frame: Frame): void {
    const record = eventRecord(frame)
    const { keys } = this.#context.options
    const { source } = record
    this.#store.insertEvent(
      source,
      eventDocument(record, frame.sequence, Object.hasOwn(keys, source) ? keys[source] : undefined),
    )
  }

  #isDue(): boolean {
    if (this.#store.uncommittedRows >= MAX_ROWS) return true
    return this.#hasNews() && performance.now() - this.#committedAtMs >= this.#context.options.intervalMs
  }

  #hasNews(): boolean {
    const { position, frames } = this.#store.offset
    const { offset } = this.#reader
    return offset.position !== position || offset.frames !== frames
  }

  #commit(): void {
    if (!this.#hasNews()) return
    const startedMs = performance.now()
    this.#store.commit(this.#reader.offset)
    this.#committedAtMs = performance.now()
    if (this.#isFailing) this.#context.report({ type: 'health', component: this.#context.name, problem: null })
    this.#isFailing = false
    this.#counters.transactions.add(1)
    this.#counters.transaction_us.record((this.#committedAtMs - startedMs) * 1000)
    this.#counters.lag_bytes.set(this.#reader.lagBytes)
    this.#context.status.needsFrom = this.#store.offset.position
    const { clock } = this.#reader.mark
    if (clock > 0) this.#counters.tables_deleted.add(this.#store.forgetBefore(clock - this.#context.options.keepMs))
  }

  #patienceMs(): number {
    const dueMs = this.#committedAtMs + this.#context.options.intervalMs - performance.now()
    return this.#hasNews() ? Math.max(dueMs, 1) : RETRY_MS
  }
}

const SQLITE_PASSING = new Set([
  5, // busy
  6, // locked
  8, // read-only
  10, // input or output error
  13, // full
  14, // cannot open
])

/** Whether SQLite may take it later as it is. */
function isPassing(error: unknown): error is Error {
  return error instanceof Error && 'errcode' in error && SQLITE_PASSING.has(Number(error.errcode) & 0xff)
}

export default defineActor<SqliteOptions>({
  kind: 'sqlite',
  blocking: false,
  setup: (context) => new SqliteSink(context),
})
