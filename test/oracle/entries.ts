/** A log as the oracle tells it: what stands in it, in order, without what only the engine knows. */
import { deadLetter, type Frame, FrameKind } from '../../engine/records/index.ts'
import { flight } from '../../schemas/flight.ts'
import { forEachFrame } from '../engine/runtime/log-content.ts'

export type Entry = Record<string, unknown> & { kind: string }

const VERDICTS: Record<number, string> = {
  [FrameKind.record]: 'accepted',
  [FrameKind.duplicate]: 'duplicate',
  [FrameKind.late]: 'late',
}

export function readEntries(directory: string): Entry[] {
  const entries: Entry[] = []
  forEachFrame(directory, (frame) => {
    if (frame.kind === FrameKind.barrier) return
    if (frame.kind === FrameKind.removal) entries.push(removalEntry(frame))
    else if (frame.kind === FrameKind.deadLetter) entries.push(deadLetterEntry(frame))
    else entries.push(recordEntry(frame))
  })
  return entries
}

function recordEntry(frame: Frame): Entry {
  return {
    kind: VERDICTS[frame.kind] ?? `kind ${frame.kind}`,
    t: frame.time,
    c: frame.clock,
    fields: flight.toObject(frame),
  }
}

function removalEntry(frame: Frame): Entry {
  return { kind: 'removal', key: flight.fields.icao24.get(frame), time: frame.time }
}

function deadLetterEntry(frame: Frame): Entry {
  const { reason, origin, line, row, offset, full_bytes, sha256, input } = deadLetter.fields
  return {
    kind: 'dead_letter',
    reason: reason.get(frame),
    file: origin.get(frame),
    line: line.get(frame),
    row: row.get(frame),
    offset: offset.get(frame),
    full_bytes: full_bytes.get(frame),
    sha256: sha256.get(frame),
    input: Buffer.from(input.get(frame)!, 'base64').toString('latin1'),
  }
}

/** Converted units may differ in the last bit: feet, knots and feet a minute are factors of no exact double. */
const CONVERTED = new Set(['altitude_m', 'geo_altitude_m', 'velocity_mps', 'vertical_rate_mps'])

/** Where two lists part; null when they do not. */
export function firstDifference(actual: Entry[], expected: Entry[]) {
  for (let at = 0; at < Math.max(actual.length, expected.length); at++) {
    if (isSame(actual[at], expected[at], '')) continue
    return { at, actual: actual[at], expected: expected[at], before: expected.slice(Math.max(0, at - 2), at) }
  }
  return null
}

function isSame(a: unknown, b: unknown, name: string): boolean {
  if (Object.is(a, b)) return true
  if (typeof a === 'number' && typeof b === 'number') {
    return a === b || (CONVERTED.has(name) && Math.abs(a - b) <= 1e-15 * Math.abs(b) * 4)
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...names].every((key) => isSame((a as Entry)[key], (b as Entry)[key], key))
}
