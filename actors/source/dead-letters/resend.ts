/**
 * Makes of a dead letter what its bytes are now: records, discards, or dead letters once more, with one more attempt.
 *
 * What a source's map has read is read by it again; else the format is told by the bytes unless it is given. A row is put back into a body of its own with the clock that its
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
import { MappedDecoder, type MapSettings } from '../decode/mapped/index.ts'
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
  /** Of maps: for whole bodies, and for rows alone. */
  readonly #mapped = { body: new Map<MapSettings, Decoder>(), row: new Map<MapSettings, Decoder>() }

  constructor(decode: DecodeContext, batch: FrameBatch, format: Format | 'auto') {
    this.#decode = decode
    this.#batch = batch
    this.#format = format
  }

  /** Adds to the batch what it gives. Its positions are the context's next ordinals. `map`: its source's, if it has one. */
  resend(letter: DeadLetter, map: MapSettings | null): void {
    if (letter.stage !== 'source') this.#resendRecord(letter)
    else if (map !== null) this.#decodeMapped(letter, map)
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
    this.#runBody(this.#decoderOf(format), letter)
  }

  #decodeMapped(letter: DeadLetter, map: MapSettings): void {
    const isRow = letter.row >= 0
    const decoders = isRow ? this.#mapped.row : this.#mapped.body
    let decoder = decoders.get(map)
    if (decoder === undefined)
      decoders.set(map, (decoder = new MappedDecoder(isRow ? { ...map, records: '' } : map, { takesRepeats: true })))
    const decode = this.#decode
    const { ingestedMs } = decode
    decode.ingestedMs = letter.clockMs // what has no time of its own has that at which it came
    if (isRow) this.#runRow(decoder, letter.input, letter)
    else this.#runBody(decoder, letter)
    decode.ingestedMs = ingestedMs
  }

  #decodeRow(letter: DeadLetter): void {
    const { input, clockMs } = letter
    const format = this.#format === 'auto' ? (input[0] === OPEN_BRACKET ? 'opensky' : 'readsb') : this.#format
    const [before, behind] = BODY_AROUND[format]?.(clockMs / 1000) ?? ['', '']
    const body = Buffer.concat([Buffer.from(before), input, Buffer.from(behind)])
    this.#runRow(this.#decoderOf(format), body, letter)
  }

  #runBody(decoder: Decoder, letter: DeadLetter): void {
    const from = this.#batch.length
    this.#run(decoder, letter.input, letter)
    for (const frame of this.#lettersFrom(from)) deadLetter.fields.attempts.set(frame, letter.attempts + 1)
  }

  #runRow(decoder: Decoder, body: Uint8Array, letter: DeadLetter): void {
    const from = this.#batch.length
    const ordinal = this.#decode.ordinal
    this.#run(decoder, body, letter)
    const [refused] = this.#lettersFrom(from)
    if (refused === undefined) return
    // Its place is the one it had, not the one in the body around it.
    const { reason, detail } = deadLetter.fields
    const [why, what] = [reason.get(refused), detail.get(refused)!]
    this.#batch.length = from
    this.#decode.ordinal = ordinal
    this.refuse(letter, why, what)
  }

  #decoderOf(format: Format): Decoder {
    let decoder = this.#decoders.get(format)
    if (decoder === undefined) this.#decoders.set(format, (decoder = createDecoder(format)))
    return decoder
  }

  #run(decoder: Decoder, body: Uint8Array, letter: DeadLetter): void {
    const decode = this.#decode
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
