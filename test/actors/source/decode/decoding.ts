/** Runs a decoder as a source would, and shows what it gave as plain objects. */
import { createDecoder, type DecodeContext, type Format } from '../../../../actors/source/decode/index.ts'
import { DISCARD_REASONS, deadLetter, Frame, FrameBatch, FrameKind } from '../../../../engine/records/index.ts'
import { event } from '../../../../schemas/event.ts'
import { flight } from '../../../../schemas/flight.ts'
import type { Expected, Rules, State } from './reference.ts'

export const USUAL_RULES: Rules = { bounds: null, maxPositionAgeMs: 300_000, maxTimeAheadMs: 60_000, shiftMs: 0 }

export function makeState(): State {
  return { clockMs: Number.NEGATIVE_INFINITY, ordinal: 0, discarded: {} }
}

/** As a source would make it. */
export function makeContext(rules: Partial<Rules> = {}): DecodeContext {
  return {
    ...USUAL_RULES,
    ...rules,
    sourceId: 7,
    maxFrameBytes: 1 << 20,
    origin: 'recording.json',
    originOffset: 0,
    line: 1,
    ingestedMs: 1234,
    clockMs: Number.NEGATIVE_INFINITY,
    ordinal: 0,
    discarded: new Float64Array(8),
  }
}

/** A decoder with its context and batch, from body to body. */
export class Decoding {
  readonly context: DecodeContext
  readonly batch = new FrameBatch(1 << 12)
  readonly #decoder
  readonly #format: Format

  constructor(format: Format, rules: Partial<Rules> = {}) {
    this.context = makeContext(rules)
    this.#format = format
    this.#decoder = createDecoder(format)
  }

  /** The frames of one body. */
  decode(body: string | Uint8Array): Expected[] {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body
    this.batch.clear()
    this.#decoder.decode(bytes, 0, bytes.length, this.context, this.batch)
    return this.frames()
  }

  /** One call for some lines; returns where it stopped. */
  decodeSomeLines(lines: Uint8Array, start: number, end: number): number {
    this.batch.clear()
    return this.#decoder.decodeLines(lines, start, end, this.context, this.batch)
  }

  /** Those of the last call. */
  frames(): Expected[] {
    const frames: Expected[] = []
    const frame = new Frame(this.batch.memory)
    for (frame.at(0); frame.offset < this.batch.length; frame.at(frame.offset + frame.stride)) {
      if (frame.sourceId !== 7 || frame.ingested !== 1234) throw new Error('a frame is not stamped')
      frames.push(frame.kind === FrameKind.deadLetter ? letter(frame) : this.#record(frame))
    }
    return frames
  }

  get state(): State {
    const { clockMs, ordinal } = this.context
    const counts = DISCARD_REASONS.map((reason, index) => [reason, this.context.discarded[index]!] as const)
    return { clockMs, ordinal, discarded: Object.fromEntries(counts.filter(([, count]) => count > 0)) }
  }

  #record(frame: Frame): Expected {
    const fields = this.#format === 'event' ? event.toObject(frame) : flight.toObject(frame)
    return { kind: 'record', position: frame.position, clock: frame.clock, time: frame.time, fields }
  }
}

function letter(frame: Frame): Expected {
  const { reason, row, input } = deadLetter.toObject(frame) as { reason: string; row: number; input: string }
  return {
    kind: 'dead letter',
    position: frame.position,
    clock: frame.clock,
    reason,
    row,
    input: Buffer.from(input, 'base64').toString('latin1'),
  }
}
