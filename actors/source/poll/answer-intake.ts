/**
 * Answers on their way in: decoded and published one after the other, each with a progress frame behind it.
 *
 * Positions begin at the wall clock, in 1024ths of a millisecond, and count rows from there: so they rise over all restarts, also where what
 * was published last was not committed. The clock of what is published is the wall clock.
 */
import {
  addDeadLetter,
  addProgress,
  Count,
  DISCARD_SLOTS,
  Frame,
  FrameBatch,
  type ReadAt,
  type SourceTotals,
} from '../../../engine/records/index.ts'
import { isRecord, type PlainRecord, plainRecord } from '../../../schemas/plain-record.ts'
import { createDecoder, type DecodeContext, type Decoder, type Format } from '../decode/index.ts'
import { MappedDecoder, type MapSettings, type Mark } from '../decode/mapped/index.ts'
import { type DecodePool, LARGE_BODY_BYTES } from '../decode/pool/index.ts'
import { withPadding } from '../http/index.ts'
import type { SourceContext } from '../source.ts'
import { type LiveRules, liveContext, setTime } from './live-context.ts'
import { besidesOf, type PagesSettings, type SinceSettings } from './pages-spec.ts'
import { type PollCounters, pollCounters } from './poll-counters.ts'
import { POSITIONS_PER_MS } from './positions.ts'
import { ToldFile, type ToldPlace } from './told-file.ts'

export interface IntakeOptions extends LiveRules {
  /** One of these two. */
  format: Format | null
  map: MapSettings | null
  pages: PagesSettings | null
  since: SinceSettings | null
  /** Where is kept which events were told. */
  told: ToldPlace
  counters: SharedArrayBuffer
}

export interface Asked {
  /** The address, without secrets. */
  readonly origin: string
  readonly params: Readonly<Record<string, string>>
  /** What its rows are noted in. */
  readonly mark: Mark | null
  /** Called when it is decoded and was taken, before it is published: so many rows, and what the body says to ask for next. */
  readonly onTaken: (rows: number, next: string | null) => void
  /** Filled with what the answer holds, for somebody who waits for it. */
  readonly records?: PlainRecord[] | undefined
}

/** What became of a body: records, or a dead letter; of one that says that there were too many requests, that too. */
export type Taken = 'taken' | 'refused' | 'limited'

export class AnswerIntake {
  /** When something was last published, wall clock. */
  toldMs = 0
  readonly #context: SourceContext<IntakeOptions>
  readonly #decoder: Decoder
  readonly #pool: DecodePool
  readonly #cursor: () => Uint8Array
  /** Of events, which no dedupe judges. */
  readonly #told: ToldFile | null
  readonly #decode: DecodeContext
  readonly #totals: SourceTotals
  readonly #counters: PollCounters
  readonly #batch = new FrameBatch()
  /** The end of what is being published. */
  #published: Promise<void> = Promise.resolve()

  /** `cursor` gives what the source is to go on from after what is published now. */
  constructor(context: SourceContext<IntakeOptions>, pool: DecodePool, cursor: () => Uint8Array) {
    const { id, options, resume } = context
    this.#context = context
    this.#pool = pool
    this.#cursor = cursor
    this.#decoder = answerDecoder(options)
    this.#counters = pollCounters.attach(options.counters)
    this.#totals = {
      dropped: 0,
      discarded: resume.counts.slice(Count.discarded, Count.discarded + DISCARD_SLOTS),
    }
    this.#decode = liveContext(id, options, this.#totals.discarded)
    this.#decode.clockMs = resume.clock
    const { told } = this.#decoder instanceof MappedDecoder ? this.#decoder : {}
    this.#told =
      told !== undefined && options.map?.schema === 'event'
        ? new ToldFile(options.told, told, resume.position, context.health)
        : null
    this.#decode.ordinal = Math.max(resume.position + 1, resume.progressPosition, Date.now() * POSITIONS_PER_MS)
  }

  /** Resolves when what is being published is. */
  async close(): Promise<void> {
    await this.#published
    this.#told?.close()
  }

  /** Takes the answer to a request, when those before it are taken. */
  take(body: Buffer, { origin, params, mark, onTaken, records }: Asked): Promise<Taken> {
    return this.#inTurn(async () => {
      const { format } = this.#context.options
      setTime(this.#decode)
      this.#decode.origin = origin
      const first = this.#decode.ordinal
      const mapped = this.#decoder instanceof MappedDecoder ? this.#decoder : null
      if (mapped !== null) {
        mapped.params = params
        mapped.mark = mark
      }
      const isLarge = format !== null && body.length >= LARGE_BODY_BYTES
      const taken = isLarge ? await this.#decodeElsewhere(format, body) : this.#decodeBody(body)
      if (taken === 'taken') onTaken(this.#decode.ordinal - first, mapped?.next ?? null)
      const fresh = taken === 'taken' ? (mapped?.told.fresh ?? []) : []
      if (!this.#context.signal.aborted) await this.#told?.begin(fresh)
      if (records !== undefined) this.#copyTo(records)
      await this.#publish()
      if (fresh.length > 0 && !this.#context.signal.aborted) this.#told?.published(this.#decode.ordinal)
      return taken
    })
  }

  /** Says what time it is, and nothing else. */
  tellTime(): Promise<void> {
    return this.#inTurn(() => {
      setTime(this.#decode)
      this.#decode.clockMs = Math.max(this.#decode.clockMs, this.#decode.ingestedMs)
      return this.#publish()
    })
  }

  /** A crash in here names the position it began at. */
  #decodeBody(body: Buffer): Taken {
    const { note, clearNote, failpoints } = this.#context
    note(this.#decode.ordinal)
    failpoints.hit('source.handler')
    const beganMs = performance.now()
    this.#decoder.decode(withPadding(body), 0, body.length, this.#decode, this.#batch)
    this.#counters.decode_us.record((performance.now() - beganMs) * 1000)
    clearNote()
    if (this.#decoder.isTaken) return 'taken'
    return this.#decoder instanceof MappedDecoder && this.#decoder.complaint === 'limited' ? 'limited' : 'refused'
  }

  /** What a body does there, it does to nobody here. */
  async #decodeElsewhere(format: Format, body: Buffer): Promise<Taken> {
    const beganMs = performance.now()
    const decoded = await this.#pool.decode(format, body, this.#decode, this.#context.signal)
    this.#counters.decode_us.record((performance.now() - beganMs) * 1000)
    if (decoded === null) {
      this.#refuse(body)
      return 'refused'
    }
    const { clockMs, ordinal, discarded } = decoded.context
    this.#batch.append(decoded.frames)
    this.#decode.clockMs = clockMs
    this.#decode.ordinal = ordinal
    this.#totals.discarded.set(discarded)
    return decoded.isTaken ? 'taken' : 'refused'
  }

  #copyTo(records: PlainRecord[]): void {
    const frame = new Frame(this.#batch.memory)
    for (let at = 0; at < this.#batch.length; at += frame.stride) {
      frame.at(at)
      if (isRecord(frame)) records.push(plainRecord(frame))
      frame.at(at)
    }
  }

  #refuse(body: Buffer): void {
    const { origin } = this.#decode
    const detail = 'decoding it did not come to an end'
    const refusal = { reason: 'poison', stage: 'source', detail, origin, offset: 0, line: 0, row: -1 } as const
    addDeadLetter(this.#batch, refusal, body, 0, body.length, this.#readAt)
    this.#decode.ordinal++
  }

  async #publish(): Promise<void> {
    const { output, signal } = this.#context
    if (!signal.aborted) {
      addProgress(this.#batch, this.#totals, this.#cursor(), this.#readAt)
      await output.write(this.#batch, 0, this.#batch.length)
      this.toldMs = this.#decode.ingestedMs
    }
    this.#batch.clear()
  }

  get #readAt(): ReadAt {
    const { sourceId, clockMs, ingestedMs, ordinal } = this.#decode
    return { sourceId, clockMs, ingestedMs, position: ordinal }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#published.then(work)
    this.#published = done.then(
      () => {},
      () => {}, // whoever waits for it hears of it
    )
    return done
  }
}

export function answerDecoder({
  format,
  map,
  pages,
  since,
}: Pick<IntakeOptions, 'format' | 'map' | 'pages' | 'since'>): Decoder {
  if (map === null) return createDecoder(format!)
  return new MappedDecoder(map, besidesOf({ pages, since }))
}
