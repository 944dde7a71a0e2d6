/**
 * Sends dead letters again: reads them out of the log itself and puts what their bytes give now through the pipeline.
 *
 * *Delivery guarantees.* Each dead letter is sent at most once, and once wherever the process ends in the middle: before
 * each one a progress frame names it, so that a restart knows the one of which a part may be committed and begins with it,
 * at the same positions. What is refused again is a new dead letter at a new offset, which a later call may send.
 * Dead letters that cannot be sent (`obstacleOf`) are passed over.
 */
import {
  addProgress,
  Count,
  DISCARD_SLOTS,
  type Frame,
  FrameBatch,
  type SourceTotals,
} from '../../../engine/records/index.ts'
import type { Bounds, DecodeContext, Format } from '../decode/index.ts'
import type { MapSettings } from '../decode/mapped/index.ts'
import { defineSource, type SourceContext } from '../source.ts'
import { type DeadLetter, obstacleOf, readDeadLetter } from './letter.ts'
import { deadLettersIn } from './letters.ts'
import { mapFor, type SourceMap } from './maps.ts'
import { Resender } from './resend.ts'
import { Sent } from './sent.ts'
import { matcherOf, type NameOf, namesIn, type Where } from './where.ts'

export interface DeadLettersOptions {
  /** Of the log. */
  directory: string
  where: Where
  format: Format | 'auto'
  maps: readonly SourceMap[]
  /** Log offset: from here on they are left for a later call, so that none is sent twice in one. */
  until: number
  bounds: Bounds | null
  maxPositionAgeMs: number
  maxTimeAheadMs: number
  maxFrameBytes: number
}

/** So much is put together before it goes into the ring. */
const WRITE_BYTES = 1 << 18

class DeadLetters {
  readonly #context: SourceContext<DeadLettersOptions>
  readonly #nameOf: NameOf
  readonly #sent: Sent
  readonly #totals: SourceTotals
  readonly #decode: DecodeContext
  readonly #batch = new FrameBatch()
  readonly #resender: Resender
  /** The latest clock of all that was sent. */
  #clockMs: number

  constructor(context: SourceContext<DeadLettersOptions>) {
    const { id, options, resume } = context
    this.#context = context
    this.#nameOf = namesIn(options.directory)
    this.#sent = Sent.decode(resume.cursor, this.#nameOf)
    this.#clockMs = resume.clock
    this.#totals = { dropped: 0, discarded: resume.counts.slice(Count.discarded, Count.discarded + DISCARD_SLOTS) }
    this.#decode = {
      sourceId: id,
      bounds: options.bounds,
      maxPositionAgeMs: options.maxPositionAgeMs,
      maxTimeAheadMs: options.maxTimeAheadMs,
      maxFrameBytes: options.maxFrameBytes,
      origin: '',
      originOffset: -1,
      line: 0,
      shiftMs: 0,
      ingestedMs: Date.now(),
      clockMs: resume.clock,
      ordinal: Math.max(0, resume.progressPosition),
      discarded: this.#totals.discarded,
    }
    this.#resender = new Resender(this.#decode, this.#batch, options.format)
  }

  async run(): Promise<'finished' | 'stopped'> {
    const { options, signal } = this.#context
    const { directory, where, until } = options
    const sent = this.#sent
    await this.#finishSending()
    const matches = matcherOf(where, this.#nameOf)
    sent.begin(where)
    for await (const frame of deadLettersIn(directory, until)) {
      if (signal.aborted) return 'stopped'
      if (!matches(frame) || sent.has(frame)) continue
      const letter = readDeadLetter(frame)
      const map = this.#mapOf(frame, letter)
      if (obstacleOf(letter, map) !== null) continue
      this.#send(letter, map)
      if (this.#batch.length >= WRITE_BYTES) await this.#write()
    }
    sent.finish(until)
    this.#addProgress()
    await this.#write()
    return signal.aborted ? 'stopped' : 'finished'
  }

  /** What was under way when the process ended: the rest of it, if any of it is committed. */
  async #finishSending(): Promise<void> {
    const { resume, options } = this.#context
    const { sending } = this.#sent
    this.#sent.sending = null
    if (sending === null || resume.position < resume.progressPosition) return
    for await (const frame of deadLettersIn(options.directory, sending + 1)) {
      if (frame.sequence !== sending) continue
      const letter = readDeadLetter(frame)
      this.#send(letter, this.#mapOf(frame, letter))
    }
    // It may give less than it did, or be gone with its part of the log: what follows is new all the same.
    this.#decode.ordinal = Math.max(this.#decode.ordinal, resume.position + 1)
  }

  #mapOf(frame: Frame, { origin }: DeadLetter): MapSettings | null {
    return mapFor(this.#context.options.maps, this.#nameOf(frame.sourceId), origin)
  }

  #send(letter: DeadLetter, map: MapSettings | null): void {
    const { poison, note, clearNote, failpoints } = this.#context
    const decode = this.#decode
    this.#sent.sending = letter.offset
    this.#addProgress()
    decode.ingestedMs = Date.now()
    if (poison.some(({ position }) => position === decode.ordinal)) {
      this.#resender.refuse(letter, 'poison', 'decoding it has failed twice')
    } else {
      note(decode.ordinal)
      failpoints.hit('source.handler')
      this.#resender.resend(letter, map)
      clearNote()
    }
    if (decode.clockMs > this.#clockMs) this.#clockMs = decode.clockMs
    this.#sent.note(letter.offset)
  }

  #addProgress(): void {
    const { sourceId, ingestedMs, ordinal } = this.#decode
    const at = { sourceId, clockMs: this.#clockMs, ingestedMs, position: ordinal }
    addProgress(this.#batch, this.#totals, this.#sent.encode(), at)
  }

  async #write(): Promise<void> {
    await this.#context.output.write(this.#batch, 0, this.#batch.length)
    this.#batch.clear()
  }
}

export default defineSource<DeadLettersOptions>({
  kind: 'deadLetters',
  run: (context) => new DeadLetters(context).run(),
})
