/**
 * Bodies that are one look at the sky: an object with a clock and an array of rows.
 *
 * Rows are judged against the clock, which most bodies have in front of them. JSON knows no order, though: where the clock comes
 * later, the rows are judged by what the body's last bytes seem to say, and when that was wrong, or the clock is there twice, the body is
 * read once more with what it turned out to be.
 */
import type { DeadLetterReason } from '../../../engine/records/index.ts'
import { Decoder } from './decoder.ts'
import { explainFlight, judgeFlight } from './flight-judge.ts'
import type { FlightRow } from './flight-row.ts'
import type { KeyTable } from './key-table.ts'

/** What the members of a body stand for in a snapshot's key table. */
export const Member = { clock: 0, rows: 1 } as const

/** How far from its end a body is looked through for its clock. */
const TAIL_BYTES = 256

export abstract class SnapshotDecoder extends Decoder {
  protected abstract readonly row: FlightRow
  /** The body's clock by which its rows are judged, epoch seconds. */
  protected clockSeconds = Number.NaN

  readonly #members: KeyTable
  readonly #clockPattern: RegExp
  /** The clock's number as it was last in the body; NaN without one. */
  readonly #clock = new Float64Array(1)
  #hasRows = false

  constructor(members: KeyTable, clockName: string) {
    super()
    this.#members = members
    this.#clockPattern = new RegExp(`"${clockName}"\\s*:\\s*([0-9.]+)`)
  }

  /** Epoch seconds of the number that is the body's clock. */
  protected abstract secondsOf(clock: number): number

  /** Reads the row at the scanner, whatever it is. */
  protected abstract readRow(): void

  protected body(): void {
    const { scanner, intake } = this
    if (!scanner.atObject) return this.refuseShape('a body is an object')
    this.clockSeconds = Number.NaN
    this.#readBody()
    const seconds = this.secondsOf(this.#clock[0]!)
    if (!Number.isFinite(seconds * 1000)) return intake.refuse('bad_shape', 'the clock is not a number')
    if (!this.#hasRows) return intake.refuse('bad_shape', 'the rows are neither an array nor null')
    if (seconds !== this.clockSeconds) {
      intake.rewind()
      scanner.rewind()
      this.clockSeconds = seconds
      this.#readBody()
    }
    this.#observe()
  }

  #readBody(): void {
    const { scanner } = this
    this.#clock[0] = Number.NaN
    this.#hasRows = false
    for (let more = scanner.enterObject(); more; more = scanner.nextMember()) {
      switch (scanner.key(this.#members)) {
        case Member.clock:
          this.#readClock()
          break
        case Member.rows:
          this.#hasRows = this.#readRows()
          break
        default:
          scanner.skipValue()
      }
    }
  }

  #readClock(): void {
    this.#clock[0] = Number.NaN
    if (this.scanner.atNumber) this.scanner.number(this.#clock, 0)
    else this.scanner.skipValue()
  }

  /** False where there are none and should be. */
  #readRows(): boolean {
    const { scanner, intake, row } = this
    intake.rewind() // of an earlier member of that name
    if (scanner.skipNull()) return true
    if (!scanner.atArray) {
      scanner.skipValue()
      return false
    }
    if (Number.isNaN(this.clockSeconds)) this.clockSeconds = this.#likelyClock()
    this.#observe()
    let index = 0
    for (let more = scanner.enterArray(); more; more = scanner.nextElement()) {
      const start = scanner.position
      row.reset()
      this.readRow()
      const refusal = judgeFlight(row, intake)
      if (refusal !== null) this.#refuseRow(refusal, start, index)
      index++
    }
    return true
  }

  #refuseRow(reason: DeadLetterReason, start: number, index: number): void {
    const { scanner, intake } = this
    const detail = explainFlight(this.row, reason, intake)
    intake.refuseRow(reason, detail, scanner.bytes, start, scanner.position, index)
  }

  #observe(): void {
    this.intake.observe(Math.round(this.clockSeconds * 1000) + this.intake.context.shiftMs)
  }

  /** The clock read already, or else the last one written near the end. */
  #likelyClock(): number {
    if (!Number.isNaN(this.#clock[0])) return this.secondsOf(this.#clock[0]!)
    const written = this.#clockPattern.exec(this.scanner.tail(TAIL_BYTES))
    return written === null ? Number.NaN : this.secondsOf(Number(written[1]))
  }
}
