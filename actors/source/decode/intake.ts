/**
 * One body on its way in: its frames, discards, positions and clock, all of them or none.
 *
 * Frames go to the end of the batch as they are read; `accept` lets the context know, `reject` takes everything back
 * and leaves one dead letter that holds the body.
 */
import { isUtf8 } from 'node:buffer'
import {
  addDeadLetter,
  type DeadLetterReason,
  DISCARD_SLOTS,
  type Frame,
  type FrameBatch,
} from '../../../engine/records/index.ts'
import type { DecodeContext } from './context.ts'

/** Beyond it Date knows no time (ECMA-262, 21.4.1.1). */
const MAX_TIME_MS = 8.64e15

export class Intake {
  context!: DecodeContext
  batch!: FrameBatch
  /** Of the body itself: its own observation time; NaN as long as it has none. Set it, then `observe`. */
  bodyClockMs = Number.NaN
  /** The source's clock with this body. */
  clockMs = Number.NaN
  /** Rows so far, and how many of them are records. */
  rows = 0
  records = 0

  #batchLength = 0
  readonly #discards = new Float64Array(DISCARD_SLOTS)
  #hasDiscards = false
  #refusal: DeadLetterReason | null = null
  #detail = ''

  begin(context: DecodeContext, batch: FrameBatch): void {
    this.context = context
    this.batch = batch
    this.bodyClockMs = Number.NaN
    this.clockMs = context.clockMs
    this.#batchLength = batch.length
    this.#refusal = null
    this.#forget()
  }

  /**
   * Moves the source's clock on: to the body's, or live to the wall's; relayed, it is the body's. The body's is no argument: a double that is passed may
   * cost an object.
   */
  observe(): void {
    const { context } = this
    if (context.isRelayed) {
      this.clockMs = Math.min(this.bodyClockMs, context.ingestedMs)
      return
    }
    const clockMs = context.latestClockMs === undefined ? this.bodyClockMs : context.ingestedMs
    this.clockMs = clockMs > context.clockMs ? clockMs : context.clockMs
  }

  /** Takes back all rows so far. */
  rewind(): void {
    this.batch.length = this.#batchLength
    this.#forget()
  }

  /** A frame of at most `maxBytes` at the end of the batch, for the next row: to be written, stamped and committed. */
  reserve(maxBytes: number): Frame {
    return this.batch.reserve(maxBytes)
  }

  /** Writes what the header of every frame has: source, clock, position and ingest time. */
  stamp(frame: Frame): void {
    const { context } = this
    frame.sourceId = context.sourceId
    frame.clock = this.clockMs
    frame.ingested = context.ingestedMs
    frame.position = this.position
  }

  /** Of the next row. */
  get position(): number {
    return this.context.ordinal + this.rows
  }

  /** The reserved frame is the next row. */
  commit(): void {
    this.batch.commit()
    this.rows++
    this.records++
  }

  /** The next row is left out, for the reason at `index` in DISCARD_REASONS. */
  discard(index: number): void {
    this.#discards[index]!++
    this.#hasDiscards = true
    this.rows++
  }

  /** The next row, `bytes[start, end)`, is refused; the body goes on. */
  refuseRow(
    reason: DeadLetterReason,
    detail: string,
    bytes: Uint8Array,
    start: number,
    end: number,
    row: number,
  ): void {
    this.#deadLetter(reason, detail, bytes, start, end, row)
    this.rows++
  }

  /** The whole body is to be refused. What is said last stands: not to be JSON is worse than not to be of a shape. */
  refuse(reason: DeadLetterReason, detail: string): void {
    this.#refusal = reason
    this.#detail = detail
  }

  /** Refuses a body whose clock cannot be. */
  checkClock(): void {
    const { bodyClockMs, context } = this
    if (this.isRefused) return
    if (Math.abs(bodyClockMs) > MAX_TIME_MS) this.refuse('bad_value', 'its clock is no time')
    else if (bodyClockMs > (context.latestClockMs ?? Number.POSITIVE_INFINITY))
      this.refuse('time_ahead', `its clock is ${new Date(bodyClockMs).toISOString()}`)
  }

  get isRefused(): boolean {
    return this.#refusal !== null
  }

  accept(): void {
    const { context } = this
    context.clockMs = this.clockMs
    context.ordinal += this.rows
    if (this.#hasDiscards) for (let i = 0; i < DISCARD_SLOTS; i++) context.discarded[i]! += this.#discards[i]!
  }

  /** Leaves of the body nothing but a dead letter with its bytes. */
  reject(bytes: Uint8Array, start: number, end: number): void {
    const { context } = this
    this.rewind()
    this.clockMs = context.clockMs
    const reason = this.#refusal ?? 'bad_shape'
    if (isUtf8(bytes.subarray(start, end))) this.#deadLetter(reason, this.#detail, bytes, start, end, -1)
    else this.#deadLetter('bad_utf8', 'the bytes are not valid UTF-8', bytes, start, end, -1)
    context.ordinal++
  }

  #deadLetter(
    reason: DeadLetterReason,
    detail: string,
    bytes: Uint8Array,
    start: number,
    end: number,
    row: number,
  ): void {
    const { batch, context } = this
    const offset = context.originOffset < 0 ? -1 : context.originOffset + start
    const where = { origin: context.origin, offset, line: context.line, row }
    addDeadLetter(batch, { reason, stage: 'source', detail, ...where }, bytes, start, end)
    batch.frame.time = this.clockMs
    this.stamp(batch.frame)
  }

  #forget(): void {
    this.rows = 0
    this.records = 0
    if (this.#hasDiscards) this.#discards.fill(0)
    this.#hasDiscards = false
  }
}
