/**
 * Reads CSV files: a row for each record, or for each time with a column for each sensor.
 *
 * *Delivery guarantees.* Exactly once: positions and cursor follow from the files alone, so after a stop or a crash it goes on
 * behind the last commit, whatever was in flight. Several files are one source, in order, on one running clock.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { unpackSecrets } from '../../../engine/config/secret.ts'
import { SkeinError } from '../../../engine/errors.ts'
import {
  addDeadLetter,
  addProgress,
  Count,
  type DeadLetterReason,
  DISCARD_SLOTS,
  FrameBatch,
  type ReadAt,
  type SourceTotals,
} from '../../../engine/records/index.ts'
import { decodeCursor, encodeCursor, type FilePlace, type ReplayCursor } from '../replay/cursor.ts'
import { FileBlocks } from '../replay/file-blocks.ts'
import { Pace } from '../replay/pace.ts'
import { identify } from '../replay/recording.ts'
import { defineSource, type SourceContext, type SourceOutcome } from '../source.ts'
import { Joined } from './joined.ts'
import { RecordWriter } from './record-writer.ts'
import { type Row, type RowBlock, RowBlocks } from './row-blocks.ts'
import { HeaderProblem, RowPlan } from './row-plan.ts'
import type { CsvSettings } from './spec.ts'

export interface CsvOptions {
  /** `CsvSettings`, packed. */
  readonly settings: unknown
  readonly maxFrameBytes: number
}

const BLOCK_BYTES = 1 << 18
const BEGINNING: FilePlace = { offset: 0, line: 1 }

class Csv {
  readonly #context: SourceContext<CsvOptions>
  readonly #settings: CsvSettings
  readonly #cursor: ReplayCursor
  readonly #totals: SourceTotals
  readonly #writer: RecordWriter
  readonly #batch = new FrameBatch()
  readonly #pace: Pace | null
  #joined: Joined | null = null
  #origin = ''
  #clockMs: number
  #ingestedMs = Date.now()
  /** Position of the next reading, or of a row that is refused whole. */
  #ordinal: number

  constructor(context: SourceContext<CsvOptions>) {
    const { options, resume } = context
    this.#context = context
    this.#settings = unpackSecrets(options.settings) as CsvSettings
    this.#cursor = decodeCursor(resume.cursor)
    this.#totals = { dropped: 0, discarded: resume.counts.slice(Count.discarded, Count.discarded + DISCARD_SLOTS) }
    this.#writer = new RecordWriter(this.#settings.schema, options.maxFrameBytes)
    this.#pace = this.#settings.speed > 0 ? new Pace(this.#settings.speed) : null
    this.#clockMs = resume.clock
    this.#ordinal = Math.max(0, resume.progressPosition)
  }

  async run(): Promise<SourceOutcome> {
    const { join, files, delimiter } = this.#settings
    try {
      if (join !== undefined) this.#joined = new Joined(join.file, join.on, delimiter)
    } catch (error) {
      return parked(join!.file, error as Error)
    }
    for (const path of files) {
      const outcome = await this.#readFile(path)
      if (outcome !== null) return outcome
      if (this.#context.signal.aborted) return 'stopped'
    }
    return 'finished'
  }

  /** Null to go on with the next. */
  async #readFile(path: string): Promise<SourceOutcome | null> {
    let identity: string
    try {
      identity = await identify(path)
    } catch (error) {
      return parked(path, error as Error)
    }
    if (this.#cursor.finished.has(identity)) return null
    const place = this.#cursor.open[identity] ?? BEGINNING
    this.#origin = path
    const blocks = await this.#open(path, place)
    try {
      const plan = await this.#planOf(path, place.offset === 0 ? blocks.rows : null)
      for (let block = plan.first ?? (await blocks.rows.next()); block !== null; block = await blocks.rows.next()) {
        await this.#takeBlock(block, plan.plan, block === plan.first ? plan.headerRows : 0)
        if (this.#context.signal.aborted) return 'stopped'
        this.#cursor.open[identity] = { ...block.next }
        await this.#writeProgress()
      }
      if (blocks.file.problem !== null)
        this.#context.log.warn('the file is damaged or cut off; all that could be had of it was taken', {
          path,
          problem: blocks.file.problem,
        })
    } catch (error) {
      if (!(error instanceof HeaderProblem)) throw error
      return parked(`${path}:${error.line}`, error)
    } finally {
      await blocks.file.close()
    }
    delete this.#cursor.open[identity]
    this.#cursor.finished.add(identity)
    await this.#writeProgress()
    return null
  }

  async #open(path: string, place: FilePlace): Promise<{ file: FileBlocks; rows: RowBlocks }> {
    const { delimiter, maxRow } = this.#settings
    const options = { blockBytes: BLOCK_BYTES, maxBodyBytes: maxRow, fromOffset: place.offset, isDocument: false }
    const file = await FileBlocks.open(path, options)
    return { file, rows: new RowBlocks(file, place, delimiter, maxRow) }
  }

  /** `rows` begin with the header; null where it is to be looked for at the file's beginning. */
  async #planOf(path: string, rows: RowBlocks | null) {
    const { columns } = this.#settings
    if (columns !== undefined)
      return { plan: new RowPlan(this.#settings, columns, 1, this.#joined), first: null, headerRows: 0 }
    const own = rows === null ? await this.#open(path, BEGINNING) : null
    try {
      const first = await (rows ?? own!.rows).next()
      const header = first?.rows[0]
      if (header?.cells == null) throw new HeaderProblem('has no header', header?.line ?? 1)
      const names = header.cells.map((name) => name.trim())
      const plan = new RowPlan(this.#settings, names, header.line, this.#joined)
      return { plan, first: rows === null ? null : first, headerRows: 1 }
    } finally {
      await own?.file.close()
    }
  }

  async #takeBlock(block: RowBlock, plan: RowPlan, headerRows: number): Promise<void> {
    const { poison, note, clearNote, failpoints, signal } = this.#context
    this.#ingestedMs = Date.now()
    for (const row of headerRows === 0 ? block.rows : block.rows.slice(headerRows)) {
      if (poison.some(({ position }) => position === this.#ordinal)) {
        this.#refuse(block, row, 'poison', 'reading it has failed twice', -1)
        continue
      }
      note(this.#ordinal)
      failpoints.hit('source.handler')
      const before = this.#batch.length
      const clockBefore = this.#clockMs
      this.#takeRow(block, row, plan)
      clearNote()
      if (this.#pace !== null && this.#clockMs > clockBefore) await this.#wait(before)
      if (signal.aborted) return
    }
    const { refused } = block
    if (refused === null) return
    if (refused.kind === 'oversized') this.#refuseBytes(refused, 'too_large', 'longer than maxRow', block.next.line - 1)
    else if (refused.kind === 'fragment') this.#refuseBytes(refused, 'truncated', refused.problem, block.next.line - 1)
  }

  #takeRow(block: RowBlock, row: Row, plan: RowPlan): void {
    const { cells, problem } = row
    const { length } = plan.columns
    if (cells === null) {
      this.#refuse(block, row, problem === 'bad_utf8' ? 'bad_utf8' : 'bad_shape', problem, -1)
      return
    }
    if (cells.length !== length) {
      this.#refuse(block, row, 'bad_shape', `${cells.length} columns; the header has ${length}`, -1)
      return
    }
    const timeMs = plan.timeMs(cells)
    if (timeMs > this.#clockMs) this.#clockMs = timeMs
    for (const column of plan.readings) {
      const fault = this.#writer.write(plan, cells, column, timeMs, this.#batch)
      if (fault !== null) this.#refuse(block, row, fault.reason, fault.detail, plan.readings.length > 1 ? column : -1)
      else {
        this.#commit()
      }
    }
  }

  /** What came before goes out; the rest waits until it is due. */
  async #wait(decodedBefore: number): Promise<void> {
    const waitMs = this.#pace!.until(this.#clockMs)
    if (waitMs < 1) return
    const { output, signal } = this.#context
    await output.write(this.#batch, 0, decodedBefore)
    this.#batch.dropFirst(decodedBefore)
    await delay(waitMs, undefined, { signal }).catch(() => {}) // cut short by a drain: the caller sees the signal
  }

  /** The record that is written. */
  #commit(): void {
    const { frame } = this.#batch
    frame.sourceId = this.#context.id
    frame.clock = this.#clockMs
    frame.ingested = this.#ingestedMs
    frame.position = this.#ordinal++
    this.#batch.commit()
  }

  #readAt(): ReadAt {
    return {
      sourceId: this.#context.id,
      clockMs: this.#clockMs,
      ingestedMs: this.#ingestedMs,
      position: this.#ordinal,
    }
  }

  /** `column`: of a reading in a row, else -1. */
  #refuse(block: RowBlock, row: Row, reason: DeadLetterReason, detail: string, column: number): void {
    const where = { origin: this.#origin, offset: block.offset + row.start, line: row.line, row: column }
    const refusal = { reason, stage: 'source' as const, detail, ...where }
    addDeadLetter(this.#batch, refusal, block.bytes, row.start, row.end, this.#readAt())
    this.#ordinal++
  }

  #refuseBytes(
    refused: NonNullable<RowBlock['refused']>,
    reason: DeadLetterReason,
    detail: string,
    line: number,
  ): void {
    const { bytes, start, end, offset } = refused
    const whole = refused.kind === 'oversized' ? { fullBytes: refused.fullBytes, sha256: refused.sha256 } : {}
    const where = { origin: this.#origin, offset, line, row: -1 }
    const refusal = { reason, stage: 'source' as const, detail, ...where, ...whole }
    addDeadLetter(this.#batch, refusal, bytes, start, end, this.#readAt())
    this.#ordinal++
  }

  async #writeProgress(): Promise<void> {
    if (this.#context.signal.aborted) return
    addProgress(this.#batch, this.#totals, encodeCursor(this.#cursor), this.#readAt())
    await this.#context.output.write(this.#batch, 0, this.#batch.length)
    this.#batch.clear()
  }
}

function parked(place: string, { message }: Error): SourceOutcome {
  return { parked: new SkeinError('SKEIN_SOURCE_UNREADABLE', { file: place, reason: message }), isFatal: false }
}

export default defineSource<CsvOptions>({ kind: 'csv', run: (context) => new Csv(context).run() })
