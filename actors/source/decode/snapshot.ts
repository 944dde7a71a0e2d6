/**
 * Bodies that are one look at the sky: an object with a clock and an array of rows.
 *
 * Rows are judged against the clock, which most bodies have in front of them. JSON knows no order, though: where the
 * clock comes later, the rows are judged by what the body's last bytes seem to say, and when that was wrong, or the
 * clock is there twice, the body is read once more with what it turned out to be.
 */
import type { DeadLetterReason } from '../../../engine/records/index.ts'
import { Decoder } from './decoder.ts'
import { explainFlight, judgeFlight } from './flight-judge.ts'
import type { FlightRow } from './flight-row.ts'
import { END, Members } from './members.ts'
import { Kind, Slots } from './slots.ts'

const CLOCK = 0
/** The first name of the rows; the others follow. */
const ROWS = END + 1

/** How far from its end a body is looked through for its clock. */
const TAIL_BYTES = 256

export abstract class SnapshotDecoder extends Decoder {
  protected abstract readonly row: FlightRow
  /** The clock by which rows are judged, epoch seconds. */
  protected clockSeconds = Number.NaN

  readonly #body = new Slots()
  readonly #members: Members
  readonly #clockPattern: RegExp
  /** The name by which rows were read, and whether they were rows. */
  #rowsName = Number.POSITIVE_INFINITY
  #hasRows = false

  /** Where a body has several of `rowsNames`, the first of these counts. */
  constructor(clockName: string, rowsNames: readonly string[]) {
    super()
    const rows = rowsNames.map((name, i) => [name, ROWS + i])
    this.#members = new Members({ [clockName]: CLOCK, ...Object.fromEntries(rows) })
    this.#clockPattern = new RegExp(`"${clockName}"\\s*:\\s*([0-9.]+)`)
  }

  /** Epoch seconds of the number that is a body's clock. */
  protected abstract secondsOf(clock: number): number

  /** Reads the row at the scanner, whatever it is. */
  protected abstract readRow(): void

  protected body(): void {
    const { scanner, intake } = this
    this.clockSeconds = Number.NaN
    this.#readBody()
    const seconds = this.#writtenClock()
    if (!Number.isFinite(seconds * 1000)) intake.refuse('bad_shape', 'the clock is not a number')
    else if (!this.#hasRows) intake.refuse('bad_shape', 'the rows are neither an array nor null')
    else if (seconds !== this.clockSeconds) {
      this.clockSeconds = seconds
      intake.rewind()
      scanner.rewind()
      this.#readBody()
      this.#observe()
    }
  }

  #readBody(): void {
    const { scanner } = this
    this.#body.kinds[CLOCK] = Kind.null
    this.#rowsName = Number.POSITIVE_INFINITY
    this.#hasRows = false
    let next = this.#body.readObject(scanner, this.#members)
    while (next !== END) {
      if (next <= this.#rowsName) {
        this.#rowsName = next
        this.#hasRows = this.#readRows()
      } else scanner.skipValue()
      next = this.#body.readMore(scanner, this.#members)
    }
  }

  /** False when there are none and should be. */
  #readRows(): boolean {
    const { scanner, intake, row } = this
    intake.rewind() // of an earlier member
    if (scanner.skipNull()) return true
    if (!scanner.atArray) {
      scanner.skipValue()
      return false
    }
    if (Number.isNaN(this.clockSeconds)) this.clockSeconds = this.#likelyClock()
    this.#observe()
    let index = 0
    for (let more = scanner.enterArray(); more; more = scanner.nextElement()) {
      const start = scanner.place
      row.clear()
      this.readRow()
      row.settleTime(intake.context.shiftMs)
      if (Number.isNaN(row.timeMs)) row.timeMs = intake.bodyClockMs
      row.settleTexts(scanner)
      const refusal = judgeFlight(row, intake)
      if (refusal !== null) this.#refuseRow(refusal, start, index)
      index++
    }
    return true
  }

  #refuseRow(reason: DeadLetterReason, start: number, index: number): void {
    const { scanner, intake } = this
    const detail = explainFlight(this.row, reason, intake)
    intake.refuseRow(reason, detail, scanner.source, start, scanner.place, index)
  }

  #observe(): void {
    this.intake.bodyClockMs = Math.round(this.clockSeconds * 1000) + this.intake.context.shiftMs
    this.intake.observe()
  }

  /** The clock read last; NaN for none. */
  #writtenClock(): number {
    return this.#body.kinds[CLOCK] === Kind.number ? this.secondsOf(this.#body.numbers[CLOCK]!) : Number.NaN
  }

  /** The clock that has been read already, or else the last one near the end. */
  #likelyClock(): number {
    const written = this.#writtenClock()
    if (!Number.isNaN(written)) return written
    const found = this.#clockPattern.exec(this.scanner.tail(TAIL_BYTES))
    return found === null ? Number.NaN : this.secondsOf(Number(found[1]))
  }
}
