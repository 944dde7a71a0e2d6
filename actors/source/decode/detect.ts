/**
 * Tells a wire format by the first bytes of an input, which need not be all of it.
 */

import { LINE_FEED } from './ascii.ts'
import type { Format } from './formats.ts'
import { JsonScanner, MALFORMED } from './scanner.ts'

export interface Detected {
  format: Format
  /** Whether bodies stand one to a line, or the input is one body. */
  framing: 'lines' | 'document'
}

/**
 * By the members of the first body in `bytes[start, end)`, as far as it is there; null when it is of no known format.
 */
export function detectFormat(bytes: Uint8Array, start = 0, end: number = bytes.length): Detected | null {
  const scanner = new JsonScanner()
  const names = namesIn(scanner, bytes, start, end)
  const framing = isOneLine(scanner, bytes, start, end) ? 'lines' : 'document'
  if (names.has('states')) return { format: 'opensky', framing }
  if (names.has('aircraft') || names.has('ac')) return { format: 'readsb', framing }
  if (names.has('id') && names.has('timestamp')) return { format: 'event', framing }
  if (names.has('payload')) return { format: 'envelope', framing }
  return null
}

/** The names of the first body's members; of a body that is cut, those before the cut. */
function namesIn(scanner: JsonScanner, bytes: Uint8Array, start: number, end: number): Set<string> {
  const names = new Set<string>()
  scanner.open(bytes, start, end)
  if (!scanner.atObject) return names
  try {
    for (let more = scanner.enterObject(); more; more = scanner.nextMember()) {
      scanner.key()
      names.add(scanner.text())
      scanner.skipValue()
    }
  } catch (thrown) {
    if (thrown !== MALFORMED) throw thrown
  }
  return names
}

/** Whether the first body does not go on behind the end of its line. */
function isOneLine(scanner: JsonScanner, bytes: Uint8Array, start: number, end: number): boolean {
  scanner.openLines(bytes, start, end)
  scanner.openLine(start, end)
  try {
    scanner.skipValue()
    return true
  } catch (thrown) {
    if (thrown !== MALFORMED) throw thrown
    return scanner.peek() !== LINE_FEED
  }
}
