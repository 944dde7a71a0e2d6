/**
 * Replays recorded files: JSONL of envelopes or of captured API bodies, or single bodies; plain or gzip.
 *
 * *Delivery guarantees.* Exactly once: positions and cursor follow from the files alone, so after a stop or a crash the
 * replay goes on behind the last commit, whatever was in flight. Several files are one source, in order, on one running
 * clock. A body is taken or refused whole. Looped, each lap's times follow on the last lap's.
 */
import { setTimeout as delay } from 'node:timers/promises'
import {
  addDeadLetter,
  addProgress,
  Count,
  DISCARD_SLOTS,
  FrameBatch,
  type ReadAt,
  type SourceTotals,
} from '../../../engine/records/index.ts'
import { type Bounds, createDecoder, type DecodeContext, type Decoder, type Format } from '../decode/index.ts'
import { defineSource, type SourceContext } from '../source.ts'
import { decodeCursor, encodeCursor, type ReplayCursor } from './cursor.ts'
import { type Block, FileBlocks } from './file-blocks.ts'
import { Pace } from './pace.ts'
import { describeRecording, type Recording } from './recording.ts'

export interface ReplayOptions {
  files: string[]
  format: Format | 'auto'
  /** Times real time; 0 for as fast as it goes. */
  speed: number
  loop: boolean
  bounds: Bounds | null
  maxPositionAgeMs: number
  maxTimeAheadMs: number
  maxBodyBytes: number
  maxFrameBytes: number
}

const BLOCK_BYTES = 1 << 20
const LINE_FEED = 0x0a
/** A file whose clock begins this far behind the one before it is worth a warning. */
const CLOCK_BACK_WARNING_MS = 60_000

type RefusedBody = Pick<Block, 'bytes' | 'start' | 'end' | 'offset'> & { fullBytes?: number; sha256?: string }

class Replay {
  readonly #context: SourceContext<ReplayOptions>
  readonly #cursor: ReplayCursor
  readonly #decode: DecodeContext
  readonly #totals: SourceTotals
  readonly #batch = new FrameBatch()
  readonly #pace: Pace | null
  /** Whether bodies are taken one at a time: to wait for each, to time a lap, or to find the one that crashes. */
  readonly #isByBody: boolean

  constructor(context: SourceContext<ReplayOptions>) {
    const { options, resume } = context
    this.#context = context
    this.#cursor = decodeCursor(resume.cursor)
    this.#pace = options.speed > 0 ? new Pace(options.speed) : null
    this.#isByBody = options.speed > 0 || options.loop || context.isCareful
    this.#totals = {
      dropped: 0,
      discarded: resume.counts.slice(Count.discarded, Count.discarded + DISCARD_SLOTS),
    }
    this.#decode = {
      sourceId: context.id,
      bounds: options.bounds,
      maxPositionAgeMs: options.maxPositionAgeMs,
      maxTimeAheadMs: options.maxTimeAheadMs,
      maxFrameBytes: options.maxFrameBytes,
      origin: '',
      originOffset: 0,
      line: 1,
      shiftMs: this.#cursor.shiftMs,
      ingestedMs: Date.now(),
      clockMs: resume.clock,
      ordinal: Math.max(0, resume.progressPosition),
      discarded: this.#totals.discarded,
    }
  }

  async run(): Promise<'finished' | 'stopped'> {
    const { options, signal } = this.#context
    for (;;) {
      for (const path of options.files) {
        await this.#replayFile(path)
        if (signal.aborted) return 'stopped'
      }
      // A lap in which nothing has a time would last no time at all.
      if (!options.loop || this.#cursor.lapStartMs === null) return 'finished'
      await this.#startLap()
    }
  }

  async #replayFile(path: string): Promise<void> {
    const recording = await this.#describe(path)
    if (recording === null || this.#cursor.finished.has(recording.identity)) return
    const place = this.#cursor.open[recording.identity] ?? { offset: 0, line: 1 }
    this.#decode.origin = path
    this.#decode.line = place.line
    const blocks = await FileBlocks.open(path, {
      blockBytes: BLOCK_BYTES,
      maxBodyBytes: this.#context.options.maxBodyBytes,
      fromOffset: place.offset,
      isDocument: recording.isDocument,
    })
    const decoder = createDecoder(recording.format)
    try {
      let clockBefore = this.#decode.clockMs
      for (let block = await blocks.next(); block !== null; block = await blocks.next()) {
        await this.#replayBlock(block, decoder, recording)
        if (this.#context.signal.aborted) return
        if (decoder.bodyClockMs < clockBefore - CLOCK_BACK_WARNING_MS) this.#warnOfClock(path)
        clockBefore = Number.NEGATIVE_INFINITY // once a file, at its beginning
      }
      const { problem } = blocks
      if (problem !== null)
        this.#context.log.warn('the recording is damaged or cut off; all that could be had of it was taken', {
          path,
          problem,
        })
    } finally {
      await blocks.close()
    }
    delete this.#cursor.open[recording.identity]
    this.#cursor.finished.add(recording.identity)
    await this.#writeProgress()
  }

  /** Null, having said why, for a file that cannot be read or holds nothing. */
  async #describe(path: string): Promise<Recording | null> {
    const { options, log, health } = this.#context
    try {
      const recording = await describeRecording(path, options.format)
      if (recording === null) log.warn('the recording is empty', { path })
      return recording
    } catch (error) {
      const problem = `cannot read ${path}: ${(error as Error).message}`
      log.error('the recording cannot be read; going on without it', { path, problem })
      health(problem)
      return null
    }
  }

  async #replayBlock(block: Block, decoder: Decoder, recording: Recording): Promise<void> {
    this.#decode.originOffset = block.offset - block.start
    this.#decode.ingestedMs = Date.now()
    if (block.kind === 'oversized') this.#refuse(block, 'too_large', 'longer than maxBody')
    else if (block.kind === 'fragment' && !isWholeJson(block)) this.#refuse(block, 'truncated', block.problem)
    else if (this.#isByBody || recording.isDocument) await this.#replayBodies(block, decoder, recording)
    else this.#decodeLines(block, decoder, recording)
    this.#reach(recording, block.nextOffset)
    await this.#writeProgress()
  }

  /** All lines of a block at once. */
  #decodeLines({ bytes, start, end, offset }: Block, decoder: Decoder, recording: Recording): void {
    let at = start
    while (at < end) {
      at = this.#decodeGuarded(decoder, bytes, at, end, 'lines')
      if (at === end) break
      // A line that gave no record has moved the clock past a whole second: told at once, so that the log
      // does not depend on where blocks end.
      this.#reach(recording, offset + at - start)
      this.#addProgress()
    }
  }

  /** One body after the other, each when it is due. What has moved the clock is told at once, as by `#decodeLines`. */
  async #replayBodies({ bytes, start, end, offset }: Block, decoder: Decoder, recording: Recording): Promise<void> {
    let at = start
    while (at < end && !this.#context.signal.aborted) {
      const decodedBefore = this.#batch.length
      const clockBefore = this.#decode.clockMs
      const bodyEnd = recording.isDocument ? end : endOfLine(bytes, at, end)
      this.#decodeGuarded(decoder, bytes, at, bodyEnd, recording.isDocument ? 'document' : 'lines')
      at = bodyEnd
      if (!(this.#decode.clockMs > clockBefore)) continue
      await this.#awaitClock(clockBefore, decodedBefore)
      this.#reach(recording, offset + at - start)
      this.#addProgress()
    }
  }

  /** Notes how far the file is read: the start of a line. */
  #reach({ identity }: Recording, offset: number): void {
    this.#cursor.open[identity] = { offset, line: this.#decode.line }
  }

  /** The clock has moved: what came before goes out, what moved it waits until it is due. */
  async #awaitClock(clockBefore: number, decodedBefore: number): Promise<void> {
    const { clockMs } = this.#decode
    if (this.#context.options.loop) this.#timeLap(clockBefore, clockMs)
    const waitMs = this.#pace?.until(clockMs) ?? 0
    if (waitMs < 1) return
    const { output, signal } = this.#context
    await output.write(this.#batch, 0, decodedBefore)
    this.#batch.dropFirst(decodedBefore)
    await delay(waitMs, undefined, { signal }).catch(() => {}) // cut short by a drain: the caller sees the signal
  }

  #timeLap(clockBefore: number, clockMs: number): void {
    if (this.#cursor.lapStartMs === null) this.#cursor.lapStartMs = clockMs
    else this.#cursor.stepMs = clockMs - clockBefore
  }

  /** Decodes a document, or lines up to `end`; returns where it stopped. A crash in here names the position it began at. */
  #decodeGuarded(decoder: Decoder, bytes: Uint8Array, start: number, end: number, shape: 'document' | 'lines'): number {
    const { poison, note, clearNote, failpoints } = this.#context
    const { ordinal } = this.#decode
    if (poison.some((suspect) => suspect.position === ordinal)) {
      const offset = this.#decode.originOffset + start
      this.#refuse({ bytes, start, end, offset }, 'poison', 'decoding it has failed twice')
      return end
    }
    note(ordinal)
    failpoints.hit('source.handler')
    let stoppedAt = end
    if (shape === 'lines') stoppedAt = decoder.decodeLines(bytes, start, end, this.#decode, this.#batch)
    else decoder.decode(bytes, start, end, this.#decode, this.#batch)
    clearNote()
    return stoppedAt
  }

  /** A body that is refused before it is decoded. */
  #refuse(body: RefusedBody, reason: 'too_large' | 'truncated' | 'poison', detail: string): void {
    const { origin, line } = this.#decode
    const { bytes, start, end, offset, fullBytes, sha256 } = body
    const where = { origin, offset, line, row: -1 }
    const refusal = { reason, stage: 'source' as const, detail, ...where, fullBytes, sha256 }
    addDeadLetter(this.#batch, refusal, bytes, start, end, this.#readAt)
    this.#decode.ordinal++
    this.#decode.line++
    this.#context.log.warn('input was refused', { reason, detail, origin, line })
  }

  #addProgress(): void {
    addProgress(this.#batch, this.#totals, encodeCursor(this.#cursor), this.#readAt)
  }

  get #readAt(): ReadAt {
    const { sourceId, clockMs, ingestedMs, ordinal } = this.#decode
    return { sourceId, clockMs, ingestedMs, position: ordinal }
  }

  async #writeProgress(): Promise<void> {
    if (this.#context.signal.aborted) return
    this.#addProgress()
    await this.#context.output.write(this.#batch, 0, this.#batch.length)
    this.#batch.clear()
  }

  /** Every time in the new lap is that of the first, moved on by the laps so far. */
  async #startLap(): Promise<void> {
    const cursor = this.#cursor
    const lapMs = this.#decode.clockMs - cursor.lapStartMs! + cursor.stepMs
    cursor.lap++
    cursor.shiftMs += lapMs
    cursor.lapStartMs = null
    cursor.finished.clear()
    this.#decode.shiftMs = cursor.shiftMs
    await this.#writeProgress()
  }

  #warnOfClock(path: string): void {
    this.#context.log.warn('the recording begins before the one that was replayed last ends; its records may be late', {
      path,
    })
  }
}

/** Behind the line feed that ends the line at `start`. */
function endOfLine(bytes: Uint8Array, start: number, end: number): number {
  const feed = bytes.subarray(start, end).indexOf(LINE_FEED)
  return feed < 0 ? end : start + feed + 1
}

function isWholeJson({ bytes, start, end }: Block): boolean {
  try {
    JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8'))
    return true
  } catch {
    return false
  }
}

export default defineSource<ReplayOptions>({ kind: 'replay', run: (context) => new Replay(context).run() })
