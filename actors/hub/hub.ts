/**
 * The hub as an actor: a reader of the committed log that keeps the newest row of every key and serves it.
 *
 * Guarantee: it shows only what is on disk, and never holds up the journal. It starts from the newest snapshot and the log
 * after it; when retention has overtaken it, it starts from there again, and its clients see the difference as one large delta.
 */
import { setImmediate as turn } from 'node:timers/promises'
import { SkeinError } from '../../engine/errors.ts'
import { CommittedReader, makeCommittedState } from '../../engine/log/index.ts'
import { Frame } from '../../engine/records/index.ts'
import { type ActorContext, defineActor, type EventedActor } from '../../engine/runtime/actor.ts'
import { flight } from '../../schemas/flight.ts'
import { hubCounters } from './counters.ts'
import { engineMetrics } from './engine-metrics.ts'
import { LiveTable } from './live-table.ts'
import { restore } from './restore.ts'
import { HubServer } from './server.ts'
import type { HubOptions } from './spec.ts'

/** How long frames are taken before sockets and timers get a turn. */
const TURN_MS = 5
const FRAMES_BETWEEN_LOOKS = 256
const PATIENCE_MS = 1000
/** While draining nothing may ring that the last of the others has stopped. */
const DRAIN_PATIENCE_MS = 20

class Hub implements EventedActor {
  readonly #context: ActorContext<HubOptions>
  readonly #counters
  readonly #table: LiveTable
  readonly #reader: CommittedReader
  readonly #frame: Frame
  readonly #server: HubServer
  #isDraining = false
  #isStopped = false

  constructor(context: ActorContext<HubOptions>) {
    this.#context = context
    this.#counters = hubCounters.attach(context.counters)
    this.#table = new LiveTable(flight, {
      capacity: context.options.capacity,
      contact: flight.fields.last_contact_unix.name,
    })
    this.#reader = new CommittedReader(context.directory, context.committedRing, context.committed, 'end')
    this.#restore()
    this.#frame = new Frame(this.#reader.memory)
    this.#server = new HubServer({
      table: this.#table,
      options: context.options,
      counters: this.#counters,
      log: context.log,
      metrics: () => engineMetrics(context.directory),
    })
  }

  async open(): Promise<this> {
    try {
      const url = await this.#server.listen()
      this.#context.report({ type: 'listening', component: this.#context.name, url })
      return this
    } catch (error) {
      await this.#server.close()
      throw error
    }
  }

  async run(): Promise<void> {
    try {
      while (!this.#isStopped) {
        if (this.#takeFrames()) await turn()
        else if (this.#isDraining && this.#context.upstreamIsDone() && !this.#reader.hasNews()) break
        else await this.#reader.wait(this.#context.bell, this.#isDraining ? DRAIN_PATIENCE_MS : PATIENCE_MS)
      }
    } finally {
      this.#reader.close()
      this.#server.tick()
      await this.#server.close()
    }
  }

  drain(): void {
    this.#isDraining = true
  }

  stop(): void {
    this.#isStopped = true
  }

  /** From the newest snapshot and the log behind it, or from as much of the log as there is. */
  #restore(): void {
    const { directory, committed, log } = this.#context
    const start = restore(this.#table, directory, committed.read(makeCommittedState()), log)
    try {
      this.#reader.seek(start)
    } catch (error) {
      if (!isGone(error)) throw error
      log.warn('the log behind the newest snapshot is gone: the hub goes on from the oldest record')
      this.#reader.seek('oldest')
    }
  }

  /** How much there is to take. */
  #poll(): number {
    try {
      return this.#reader.poll()
    } catch (error) {
      if (!isGone(error)) throw error
      this.#context.log.warn('retention has overtaken the hub: it goes on from the newest snapshot')
      this.#restore()
      return this.#reader.poll()
    }
  }

  /** Takes what there is, for at most a turn; whether there was any. */
  #takeFrames(): boolean {
    if (this.#poll() === 0) return false
    const { status, failpoints } = this.#context
    const table = this.#table
    const frame = this.#frame
    const endsAt = performance.now() + TURN_MS
    do {
      const nowMs = Date.now()
      for (let i = 0; i < FRAMES_BETWEEN_LOOKS; i++) {
        const offset = this.#reader.next()
        if (offset < 0) break
        frame.over(this.#reader.memory, offset)
        status.note(frame.sourceId, frame.position)
        failpoints.hit('reader.handler')
        table.onFrame(frame)
        if (this.#reader.isInRing && frame.ingested > 0)
          this.#counters.ingest_us.record((nowMs - frame.ingested) * 1000)
      }
    } while (performance.now() < endsAt && this.#poll() > 0)
    status.clearNote()
    this.#counters.keys.set(table.count)
    this.#counters.keys_refused.add(table.refused - this.#counters.keys_refused.value)
    return true
  }
}

const isGone = (error: unknown): boolean => error instanceof SkeinError && error.code === 'SKEIN_LOG_GONE'

export default defineActor<HubOptions>({ kind: 'hub', blocking: false, setup: (context) => new Hub(context).open() })
