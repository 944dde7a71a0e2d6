/**
 * Makes of a dead letter what its bytes are now: records, discards, or dead letters once more, with one more attempt.
 *
 * The format is told by the bytes unless it is given. A row is put back into a body of its own with the clock that its
 * source had. Each dead letter is judged by the clock of its own body, as if nothing else had come: what was refused long
 * ago is not too old by that.
 */
import {
  addDeadLetter,
  type DeadLetterReason,
  deadLetter,
  Frame,
  type FrameBatch,
  FrameKind,
} from '../../../engine/records/index.ts'
import { createDecoder, type DecodeContext, type Decoder, detectFormat, type Format } from '../decode/index.ts'
import { type DeadLetter, recordIn } from './letter.ts'

const OPEN_BRACKET = 0x5b

/** Bodies around one row; `seconds` is their clock. */
const BODY_AROUND: { readonly [Name in Format]?: (seconds: number) => readonly [string, string] } = {
  opensky: (seconds) => [`{"time":${seconds},"states":[`, ']}'],
  readsb: (seconds) => [`{"now":${seconds},"aircraft":[`, ']}'],
}

export class Resender {
  readonly #decode: DecodeContext
  readonly #batch: FrameBatch
  readonly #format: Format | 'auto'
  readonly #decoders = new Map<Format, Decoder>()

  constructor(decode: DecodeContext, batch: FrameBatch, format: Format | 'auto') {
    this.#decode = decode
    this.#batch = batch
    this.#format = format
  }

  /** Adds to the batch what it gives. Its positions are the context's next ordinals. */
  resend(letter: DeadLetter): void {
    if (letter.stage !== 'source') this.#resendRecord(letter)
    else if (letter.row < 0) this.#decodeBody(letter)
    else this.#decodeRow(letter)
  }

  /** Adds it to the batch as a dead letter once more, unread. */
  refuse(letter: DeadLetter, reason: DeadLetterReason, detail: string): void {
    const { origin, originOffset: offset, line, row, fullBytes, sha256, input } = letter
    const refusal = { reason, stage: 'source' as const, detail, origin, offset, line, row, fullBytes, sha256 }
    addDeadLetter(this.#batch, refusal, input, 0, input.length)
    const { frame } = this.#batch
    deadLetter.fields.attempts.set(frame, letter.attempts + 1)
    frame.time = letter.clockMs
    frame.clock = letter.clockMs
    this.#stamp(frame)
  }

  #resendRecord(letter: DeadLetter): void {
    const record = recordIn(letter)!
    const frame = this.#batch.reserve(record.stride)
    record.copyTo(frame.memory, frame.offset)
    frame.kind = FrameKind.record
    this.#stamp(frame)
    this.#batch.commit()
  }

  #decodeBody(letter: DeadLetter): void {
    const { input } = letter
    const format = this.#format === 'auto' ? (detectFormat(input)?.format ?? 'envelope') : this.#format
    const from = this.#batch.length
    this.#run(format, input, letter)
    for (const frame of this.#lettersFrom(from)) deadLetter.fields.attempts.set(frame, letter.attempts + 1)
  }

  #decodeRow(letter: DeadLetter): void {
    const { input, clockMs } = letter
    const format = this.#format === 'auto' ? (input[0] === OPEN_BRACKET ? 'opensky' : 'readsb') : this.#format
    const [before, behind] = BODY_AROUND[format]?.(clockMs / 1000) ?? ['', '']
    const from = this.#batch.length
    const ordinal = this.#decode.ordinal
    this.#run(format, Buffer.concat([Buffer.from(before), input, Buffer.from(behind)]), letter)
    const [refused] = this.#lettersFrom(from)
    if (refused === undefined) return
    // Its place is the one it had, not the one in the body around it.
    const { reason, detail } = deadLetter.fields
    const [why, what] = [reason.get(refused), detail.get(refused)!]
    this.#batch.length = from
    this.#decode.ordinal = ordinal
    this.refuse(letter, why, what)
  }

  #run(format: Format, body: Uint8Array, letter: DeadLetter): void {
    const decode = this.#decode
    let decoder = this.#decoders.get(format)
    if (decoder === undefined) this.#decoders.set(format, (decoder = createDecoder(format)))
    decode.origin = letter.origin
    decode.originOffset = letter.originOffset
    decode.line = letter.line
    decode.clockMs = Number.NEGATIVE_INFINITY
    decoder.decode(body, 0, body.length, decode, this.#batch)
  }

  #stamp(frame: Frame): void {
    frame.sourceId = this.#decode.sourceId
    frame.ingested = this.#decode.ingestedMs
    frame.position = this.#decode.ordinal++
  }

  /** The dead letters in the batch behind `from`. */
  *#lettersFrom(from: number): Generator<Frame> {
    const frame = new Frame(this.#batch.memory)
    for (let at = from; at < this.#batch.length; at += frame.stride) {
      if (frame.at(at).kind === FrameKind.deadLetter) yield frame
    }
  }
}
