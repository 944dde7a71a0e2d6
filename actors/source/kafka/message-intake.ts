/**
 * Messages on their way in: those of one partition at a time, decoded and published, with a progress frame behind them.
 *
 * The source's clock is the wall clock; but each message is judged by its own, however long it was on its way. A tombstone is
 * counted and left out: what it says, a record that goes stale says too.
 */
import {
  addDeadLetter,
  addProgress,
  Count,
  DISCARD_REASONS,
  DISCARD_SLOTS,
  FrameBatch,
  type ReadAt,
  type SourceTotals,
} from '../../../engine/records/index.ts'
import { createDecoder, type DecodeContext, type Decoder, type Format } from '../decode/index.ts'
import { MappedDecoder, type MapSettings } from '../decode/mapped/index.ts'
import { type LiveRules, liveContext, setTime } from '../poll/live-context.ts'
import type { SourceContext } from '../source.ts'
import { type KafkaSourceCounters, kafkaSourceCounters } from './kafka-counters.ts'
import type { Place } from './place.ts'

export interface MessageRules extends LiveRules {
  /** One of these two. */
  readonly format: Format | null
  readonly map: MapSettings | null
  readonly maxAgeMs: number
  readonly counters: SharedArrayBuffer
}

export interface Message {
  readonly offset: string
  /** When it was written, epoch milliseconds. */
  readonly timestamp: string
  readonly value: Buffer | null
}

const TOMBSTONE = DISCARD_REASONS.indexOf('tombstone')
const TOO_OLD = DISCARD_REASONS.indexOf('too_old')
/** Of formats in which a message may hold many; more in one are refused. */
const MOST_ROWS = 65_536

/** How many positions each message has: some formats have one record to a body. */
export const rowsPerMessage = (format: Format | null): number =>
  format === 'envelope' || format === 'event' ? 1 : MOST_ROWS

export class MessageIntake {
  readonly #context: SourceContext<MessageRules>
  readonly #place: Place
  readonly #decoder: Decoder
  readonly #decode: DecodeContext
  readonly #totals: SourceTotals
  readonly #counters: KafkaSourceCounters
  readonly #batch = new FrameBatch()
  #clockMs: number
  readonly #before = new Float64Array(DISCARD_SLOTS)

  constructor(context: SourceContext<MessageRules>, place: Place) {
    const { id, options } = context
    const { counts, clock } = context.committed()
    this.#context = context
    this.#place = place
    this.#decoder =
      options.map === null ? createDecoder(options.format!) : new MappedDecoder(options.map, { takesRepeats: true })
    this.#totals = { dropped: 0, discarded: counts.slice(Count.discarded, Count.discarded + DISCARD_SLOTS) }
    this.#decode = liveContext(id, options, this.#totals.discarded)
    this.#decode.isRelayed = true
    this.#clockMs = clock
    this.#counters = kafkaSourceCounters.attach(options.counters)
  }

  /** Takes `messages[from, to)` of a partition. They are not in the ring to the end when the signal is aborted. */
  async take(topic: string, partition: number, messages: readonly Message[], from: number, to: number): Promise<void> {
    this.#setTime()
    this.#decode.origin = `${topic}/${partition}`
    if (this.#place.begin(topic, partition, Number(messages[from]!.offset))) this.#addProgress()
    for (let i = from; i < to; i++) this.#takeMessage(messages[i]!)
    this.#place.reach(Number(messages[to - 1]!.offset) + 1)
    this.#counters.messages.add(to - from)
    await this.tell()
  }

  /** Publishes what was taken, how far that is, and what time it is. */
  async tell(): Promise<void> {
    this.#setTime()
    this.#addProgress()
    await this.#context.output.write(this.#batch, 0, this.#batch.length)
    this.#batch.clear()
  }

  #setTime(): void {
    setTime(this.#decode)
    this.#clockMs = Math.max(this.#clockMs, this.#decode.ingestedMs)
  }

  #takeMessage({ offset, timestamp, value }: Message): void {
    const { note, clearNote, failpoints, poison } = this.#context
    const position = this.#place.positionOf(Number(offset))
    const isTooOld = this.#decode.ingestedMs - Number(timestamp) > this.#context.options.maxAgeMs
    this.#decode.ordinal = position
    this.#decode.originOffset = Number(offset)
    this.#decode.clockMs = this.#clockMs
    if (value === null || isTooOld) {
      this.#totals.discarded[value === null ? TOMBSTONE : TOO_OLD]!++
      return
    }
    this.#counters.bytes.add(value.length)
    if (poison.some((suspect) => suspect.position === position)) {
      this.#refuse(value, 'poison', 'decoding it has failed twice')
      return
    }
    note(position)
    failpoints.hit('source.handler')
    this.#decodeValue(value, position)
    clearNote()
  }

  #decodeValue(value: Buffer, position: number): void {
    const { length } = this.#batch
    this.#before.set(this.#totals.discarded)
    const rows = this.#decoder.decode(value, 0, value.length, this.#decode, this.#batch)
    if (rows <= MOST_ROWS) return
    this.#batch.length = length
    this.#totals.discarded.set(this.#before)
    this.#decode.ordinal = position
    this.#refuse(value, 'too_large', `${rows} rows in a message; at most ${MOST_ROWS}`)
  }

  /** A message of which nothing is taken. */
  #refuse(value: Buffer, reason: 'poison' | 'too_large', detail: string): void {
    const { origin, originOffset, ordinal } = this.#decode
    const where = { origin, offset: originOffset, line: 0, row: -1 }
    const refusal = { reason, stage: 'source' as const, detail, ...where }
    addDeadLetter(this.#batch, refusal, value, 0, value.length, this.#readAt(ordinal))
    this.#context.log.warn('a message was refused', { reason, detail, origin, offset: originOffset })
  }

  #addProgress(): void {
    addProgress(this.#batch, this.#totals, this.#place.encode(), this.#readAt(this.#place.position))
  }

  #readAt(position: number): ReadAt {
    const { sourceId, ingestedMs } = this.#decode
    return { sourceId, clockMs: this.#clockMs, ingestedMs, position }
  }
}
