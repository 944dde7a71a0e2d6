/**
 * Events on their way in: those of one turn of the event loop are published together, and whoever sent them hears of it when they are
 * committed.
 *
 *   take … take ──► published ──► in the log          further ones meanwhile wait for the next publication
 *
 * Positions are those of the wall clock, as for answers of APIs: an event that was published and not committed when the process died
 * is nowhere, and its sender was not told otherwise.
 */

import { locate } from '../../../engine/log/locate.ts'
import { readTopic, type Topic } from '../../../engine/log/topic.ts'
import {
  AWAITED,
  addProgress,
  Count,
  DISCARD_SLOTS,
  FrameBatch,
  FrameKind,
  type SourceTotals,
} from '../../../engine/records/index.ts'
import { event } from '../../../schemas/event.ts'
import type { DecodeContext } from '../decode/context.ts'
import { liveContext, setTime } from '../poll/live-context.ts'
import { POSITIONS_PER_MS } from '../poll/positions.ts'
import type { SourceContext } from '../source.ts'
import { digestOf, PushDecoder, type PushFault, type PushRules } from './event-decoder.ts'
import type { PushCounters } from './push-counters.ts'
import { type Known, Remembered } from './remembered.ts'

export interface IntakeRules extends PushRules {
  readonly maxFrameBytes: number
  readonly remember: { readonly ids: number; readonly forMs: number }
}

/** What became of an event: what is wrong with it, or its id. */
export type Taken =
  | { readonly fault: PushFault | 'conflict' | 'busy'; readonly id: string }
  | {
      readonly fault: null
      readonly id: string
      readonly isRepeated: boolean
      readonly committed: Promise<void> | null
    }

interface Group {
  /** Somebody waits for its commit. */
  isAwaited: boolean
  readonly committed: PromiseWithResolvers<void>
  readonly known: Known[]
  readonly sinceMs: number
}

/** More is not kept waiting for a ring. */
const MOST_WAITING_BYTES = 8 << 20
/** At the end so long is waited for the last commit. */
const LAST_COMMIT_MS = 2000
const NO_CURSOR = new Uint8Array(0)

export class EventIntake {
  readonly #context: SourceContext<unknown>
  readonly #counters: PushCounters
  readonly #decoder: PushDecoder
  readonly #decode: DecodeContext
  readonly #totals: SourceTotals
  readonly #remembered: Remembered
  readonly #window: IntakeRules['remember']
  readonly #givenUp = new AbortController()
  /** What is being gathered, and what is being published. */
  #batch = new FrameBatch()
  #other = new FrameBatch()
  #group: Group | null = null
  #pumping: Promise<void> | null = null

  constructor(context: SourceContext<unknown>, rules: IntakeRules, counters: PushCounters) {
    const { id } = context
    const { position, progressPosition, counts, clock } = context.committed()
    this.#context = context
    this.#counters = counters
    this.#decoder = new PushDecoder(rules)
    this.#totals = { dropped: 0, discarded: counts.slice(Count.discarded, Count.discarded + DISCARD_SLOTS) }
    const live = { bounds: null, maxPositionAgeMs: 0, maxTimeAheadMs: 0, maxFrameBytes: rules.maxFrameBytes }
    this.#decode = liveContext(id, live, this.#totals.discarded)
    this.#decode.clockMs = clock
    this.#decode.ordinal = Math.max(position + 1, progressPosition, Date.now() * POSITIONS_PER_MS)
    this.#window = rules.remember
    this.#remembered = new Remembered(rules.remember.ids, rules.remember.forMs)
  }

  /** Reads back which ids the log has of late. */
  async recall(directory: string): Promise<void> {
    const { id } = this.#context
    const known: Topic<Known> = {
      name: 'known',
      kind: 'append',
      matches: (frame) => frame.sourceId === id && frame.schemaId === event.id && frame.kind === FrameKind.record,
      key: (frame) => event.fields.id.get(frame)!,
      value: (frame) => {
        const { source, payload } = event.fields
        const digest = digestOf(source.get(frame)!, Buffer.from(payload.get(frame)!))
        return { digest, atMs: frame.ingested, committed: null }
      },
    }
    const wanted = locate(directory, 'end').sequence - this.#window.ids
    const oldest = locate(directory, 'oldest').sequence
    const reading = wanted > oldest ? { from: wanted } : {}
    for await (const { key, value } of readTopic(directory, known, reading)) this.#remembered.add(key, value!)
    this.#counters.remembered.set(this.#remembered.count)
  }

  /**
   * `source`: what it is from, where it need not say so itself. `isAwaited`: its commit is waited for, and so does not take the time
   * that it may.
   */
  take(bytes: Uint8Array, source: string | null, isAwaited: boolean): Taken {
    const { length } = this.#batch
    const { ordinal } = this.#decode
    if (length > MOST_WAITING_BYTES || this.#context.signal.aborted) return { fault: 'busy', id: '' }
    setTime(this.#decode)
    const fault = this.#decoder.push(bytes, source, this.#decode, this.#batch)
    if (fault !== null) return { fault, id: '' }
    const { id, digest } = this.#decoder.pushed
    const nowMs = this.#decode.ingestedMs
    const before = this.#remembered.get(id, nowMs)
    if (before === null) {
      const committed = this.#remember(id, digest, nowMs, isAwaited)
      this.#counters.accepted.add(1)
      this.#counters.bytes.add(bytes.length)
      return { fault: null, id, isRepeated: false, committed }
    }
    this.#batch.length = length
    this.#decode.ordinal = ordinal
    if (before.digest !== digest) return { fault: 'conflict', id }
    this.#counters.repeated.add(1)
    return { fault: null, id, isRepeated: true, committed: before.committed }
  }

  /** What was published is committed, or given up; nothing more is taken. */
  async close(): Promise<void> {
    const timeout = setTimeout(() => this.#givenUp.abort(), LAST_COMMIT_MS)
    await this.#pumping
    await this.#context.settled(this.#givenUp.signal)
    clearTimeout(timeout)
  }

  #remember(id: string, digest: string, atMs: number, isAwaited: boolean): Promise<void> {
    this.#group ??= { isAwaited, committed: Promise.withResolvers(), known: [], sinceMs: performance.now() }
    this.#group.isAwaited ||= isAwaited
    const { committed, known } = this.#group
    const one: Known = { digest, atMs, committed: committed.promise }
    known.push(one)
    this.#remembered.add(id, one)
    this.#pumping ??= this.#pump()
    return committed.promise
  }

  async #pump(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve)) // what else has come by now comes along
    while (this.#group !== null) {
      const group = this.#group
      const batch = this.#batch
      this.#group = null
      this.#batch = this.#other
      this.#other = batch
      this.#addProgress(batch, group.isAwaited)
      await this.#context.output.write(batch, 0, batch.length)
      batch.clear()
      if (this.#context.signal.aborted) this.#fail(group)
      else void this.#concludeWhenCommitted(group)
    }
    this.#pumping = null
    this.#counters.remembered.set(this.#remembered.count)
  }

  async #concludeWhenCommitted(group: Group): Promise<void> {
    await this.#context.settled(this.#givenUp.signal)
    if (this.#givenUp.signal.aborted) {
      this.#fail(group)
      return
    }
    for (const one of group.known) one.committed = null
    this.#counters.commit_us.record((performance.now() - group.sinceMs) * 1000)
    group.committed.resolve()
  }

  #fail({ committed }: Group): void {
    committed.promise.catch(() => {}) // nobody may wait for it
    committed.reject(new Error('the engine stops'))
  }

  #addProgress(batch: FrameBatch, isAwaited: boolean): void {
    const { sourceId, clockMs, ingestedMs, ordinal } = this.#decode
    const at = { sourceId, clockMs, ingestedMs, position: ordinal }
    addProgress(batch, this.#totals, NO_CURSOR, at, isAwaited ? AWAITED : 0)
  }
}
