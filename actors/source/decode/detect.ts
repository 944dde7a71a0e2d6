/**
 * Tells a wire format by the first bytes of an input, which need not be all of it.
 */
import type { Format } from './formats.ts'
import { KeyTable } from './key-table.ts'
import { JsonScanner, MALFORMED } from './scanner.ts'

export interface Detected {
  format: Format
  /** Whether bodies stand one to a line, or the input is one body. */
  framing: 'lines' | 'document'
}

const LINE_FEED = 0x0a
const STATES = 0
const AIRCRAFT = 1
const PAYLOAD = 2
const ID = 3
const TIMESTAMP = 4
const MARKS = new KeyTable({
  states: STATES,
  aircraft: AIRCRAFT,
  ac: AIRCRAFT,
  payload: PAYLOAD,
  id: ID,
  timestamp: TIMESTAMP,
})

/** By the members of the first body in `bytes[start, end)`, as far as it is there; null when it is of no known format. */
export function detectFormat(bytes: Uint8Array, start = 0, end: number = bytes.length): Detected | null {
  const scanner = new JsonScanner()
  scanner.open(bytes, start, end)
  const body = scanner.position
  const marks = marksOf(scanner)
  const has = (mark: number): boolean => (marks & (1 << mark)) !== 0
  const framing = isOneLine(scanner, bytes, body, end) ? 'lines' : 'document'
  if (has(STATES)) return { format: 'opensky', framing }
  if (has(AIRCRAFT)) return { format: 'readsb', framing }
  if (has(ID) && has(TIMESTAMP)) return { format: 'event', framing }
  if (has(PAYLOAD)) return { format: 'envelope', framing }
  return null
}

/** Which of the members above the first body has, a bit each; of a body that is cut, those before the cut. */
function marksOf(scanner: JsonScanner): number {
  let marks = 0
  try {
    if (!scanner.atObject) return 0
    for (let more = scanner.enterObject(); more; more = scanner.nextMember()) {
      const mark = scanner.key(MARKS)
      if (mark >= 0) marks |= 1 << mark
      scanner.skipValue()
    }
  } catch (thrown) {
    if (thrown !== MALFORMED) throw thrown
  }
  return marks
}

/** Whether the first body does not go on behind the end of its line. */
function isOneLine(scanner: JsonScanner, bytes: Uint8Array, start: number, end: number): boolean {
  scanner.openLine(bytes, start, end)
  try {
    scanner.skipValue()
  } catch (thrown) {
    if (thrown !== MALFORMED) throw thrown
  }
  return scanner.position >= end || bytes[scanner.position] !== LINE_FEED
}
