/**
 * Answers on their way in: decoded and published one after the other, each with a progress frame behind it.
 *
 * Positions begin at the wall clock, in 1024ths of a millisecond, and count rows from there: so they rise over all restarts, also where what
 * was published last was not committed. The clock of what is published is the wall clock.
 */
import {
  Count,
  DISCARD_SLOTS,
  FrameBatch,
  MAX_PROGRESS_BYTES,
  type SourceTotals,
  writeProgress,
} from '../../../engine/records/index.ts'
import { createDecoder, type DecodeContext, type Decoder, type Format } from '../decode/index.ts'
import { MappedDecoder, type MapSettings } from '../decode/mapped/index.ts'
import type { SourceContext } from '../source.ts'
import { type LiveRules, liveContext, setTime } from './live-context.ts'
import { type PollCounters, pollCounters } from './poll-counters.ts'

export interface IntakeOptions extends LiveRules {
  /** One of these two. */
  format: Format | null
  map: MapSettings | null
  counters: SharedArrayBuffer
}

export interface Asked {
  /** The address, without secrets. */
  readonly origin: string
  readonly params: Readonly<Record<string, string>>
}

/** What became of a body: records, or a dead letter; of one that says that there were too many requests, that too. */
export type Taken = 'taken' | 'refused' | 'limited'

const POSITIONS_PER_MS = 1024
const NO_CURSOR = new Uint8Array(0)

export class AnswerIntake {
  /** When something was last published, wall clock. */
  toldMs = 0
  readonly #context: SourceContext<IntakeOptions>
  readonly #decoder: Decoder
  readonly #decode: DecodeContext
  readonly #totals: SourceTotals
  readonly #counters: PollCounters
  readonly #batch = new FrameBatch()
  /** The end of what is being published. */
  #published: Promise<void> = Promise.resolve()

  constructor(context: SourceContext<IntakeOptions>) {
    const { id, options, resume } = context
    this.#context = context
    this.#decoder = answerDecoder(options)
    this.#counters = pollCounters.attach(options.counters)
    this.#totals = {
      dropped: 0,
      discarded: resume.counts.slice(Count.discarded, Count.discarded + DISCARD_SLOTS),
    }
    this.#decode = liveContext(id, options, this.#totals.discarded)
    this.#decode.clockMs = resume.clock
    this.#decode.ordinal = Math.max(resume.position + 1, resume.progressPosition, Date.now() * POSITIONS_PER_MS)
  }

  /** Takes the answer to a request, when those before it are taken. */
  take(body: Buffer, { origin, params }: Asked): Promise<Taken> {
    return this.#inTurn(async () => {
      setTime(this.#decode)
      this.#decode.origin = origin
      if (this.#decoder instanceof MappedDecoder) this.#decoder.params = params
      this.#decodeBody(body)
      const taken = this.#outcome
      await this.#publish()
      return taken
    })
  }

  get #outcome(): Taken {
    if (this.#decoder.isTaken) return 'taken'
    return this.#decoder instanceof MappedDecoder && this.#decoder.complaint === 'limited' ? 'limited' : 'refused'
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
  #decodeBody(body: Buffer): void {
    const { note, clearNote, failpoints } = this.#context
    note(this.#decode.ordinal)
    failpoints.hit('source.handler')
    const beganMs = performance.now()
    this.#decoder.decode(body, 0, body.length, this.#decode, this.#batch)
    this.#counters.decode_us.record((performance.now() - beganMs) * 1000)
    clearNote()
  }

  async #publish(): Promise<void> {
    const { output, signal } = this.#context
    if (!signal.aborted) {
      const frame = this.#batch.reserve(MAX_PROGRESS_BYTES)
      writeProgress(frame, this.#totals, NO_CURSOR)
      frame.sourceId = this.#decode.sourceId
      frame.position = this.#decode.ordinal
      frame.clock = this.#decode.clockMs
      frame.ingested = this.#decode.ingestedMs
      this.#batch.commit()
      await output.write(this.#batch, 0, this.#batch.length)
      this.toldMs = this.#decode.ingestedMs
    }
    this.#batch.clear()
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

export function answerDecoder({ format, map }: Pick<IntakeOptions, 'format' | 'map'>): Decoder {
  return map === null ? createDecoder(format!) : new MappedDecoder(map)
}
