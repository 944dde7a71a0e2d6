/**
 * What the decoders of all wire formats have in common: a body is taken or refused whole.
 *
 * `decode` takes one body, `decodeLines` many that stand one to a line. Both append frames to a batch and count in the
 * context; of a refused body nothing remains but one dead letter with its bytes. What they do depends on the input and
 * the context alone, not on how the input was cut into calls. Rows allocate nothing, except texts with escapes. Memory:
 * twice the longest body that has to be copied, which is none where PADDING_BYTES follow it, the first of them a NUL.
 */
import type { FrameBatch } from '../../../engine/records/index.ts'
import { LINE_FEED } from './ascii.ts'
import type { DecodeContext } from './context.ts'
import { Intake } from './intake.ts'
import { JsonScanner, MALFORMED } from './scanner.ts'

export abstract class Decoder {
  protected readonly scanner = new JsonScanner()
  protected readonly intake = new Intake()

  /** The own clock of the body decoded last; NaN when it has none. */
  get bodyClockMs(): number {
    return this.intake.bodyClockMs
  }

  /** Whether the body decoded last was taken, if only as discards and dead letters of its rows. */
  isTaken = false

  /** Decodes the one body that is `bytes[start, end)`; returns how many rows it had. A refused body is one. */
  decode(bytes: Uint8Array, start: number, end: number, context: DecodeContext, batch: FrameBatch): number {
    const first = context.ordinal
    this.intake.begin(context, batch)
    this.scanner.open(bytes, start, end)
    this.isTaken = this.#takeBody()
    if (!this.isTaken) this.intake.reject(bytes, start, end)
    return context.ordinal - first
  }

  /**
   * Decodes the bodies of `bytes[start, end)`, one a line; a line feed behind the last is not needed. Blank lines are
   * no bodies.
   *
   * Returns where it stopped: `end`, or earlier, behind a body that moved the clock past a whole second but yielded no
   * record to say so. The caller makes a progress frame of that before it goes on, so that what is known of the clock,
   * and when, does not depend on how the input was cut.
   */
  decodeLines(bytes: Uint8Array, start: number, end: number, context: DecodeContext, batch: FrameBatch): number {
    const { scanner, intake } = this
    for (let at = start; at < end; ) {
      const ready = scanner.openLines(bytes, at, end)
      while (at < ready) {
        const clockMs = context.clockMs
        intake.begin(context, batch)
        scanner.openLine(at, ready)
        if (scanner.atEnd || this.#takeBody()) at = scanner.place + 1
        else {
          const lineEnd = endOfLine(bytes, at, ready)
          intake.reject(bytes, at, lineEnd)
          at = lineEnd + 1
        }
        if (context.line > 0) context.line++
        if (intake.records === 0 && secondOf(context.clockMs) !== secondOf(clockMs)) return Math.min(at, end)
      }
    }
    return end
  }

  /**
   * Reads the body at the scanner, an object, to its last byte into the intake. What is JSON but not of the format is
   * noted there with `refuse`; what is not JSON throws MALFORMED.
   */
  protected abstract body(): void

  /** Whether what is at the scanner may be a body. */
  protected isBodyAt(scanner: JsonScanner): boolean {
    return scanner.atObject
  }

  /** Refuses what is at the scanner, and passes it: it has to be JSON all the same. */
  protected refuseShape(detail: string): void {
    this.intake.refuse('bad_shape', detail)
    this.scanner.skipValue()
  }

  /** Whether the body was taken; if not, the intake knows why. */
  #takeBody(): boolean {
    const { scanner, intake } = this
    try {
      if (this.isBodyAt(scanner)) this.body()
      else this.refuseShape('the body is not an object')
      scanner.expectEnd()
    } catch (thrown) {
      if (thrown !== MALFORMED) throw thrown
      intake.refuse('bad_json', `${scanner.problem} at byte ${scanner.offset}`)
      return false
    }
    if (!scanner.isUtf8) return false
    intake.checkClock()
    if (intake.isRefused) return false
    intake.accept()
    return true
  }
}

function endOfLine(bytes: Uint8Array, start: number, end: number): number {
  const feed = bytes.indexOf(LINE_FEED, start)
  return feed < 0 || feed > end ? end : feed
}

const secondOf = (ms: number): number => Math.floor(ms / 1000)
