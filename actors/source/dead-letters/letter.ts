/**
 * One dead letter, out of the log and in memory of its own.
 *
 *   refused by a source            its bytes are a body, a line, or one row of a body
 *   refused by a later stage       its bytes are the frame as that stage had it
 */
import { FrameMemory } from '../../../engine/memory/frame-memory.ts'
import { deadLetter, Frame, FrameKind, HEADER_BYTES, type Stage } from '../../../engine/records/index.ts'
import { schemaById } from '../../../schemas/registry.ts'
import type { MapSettings } from '../decode/mapped/index.ts'

export interface DeadLetter {
  /** In the log. */
  offset: number
  stage: Stage
  attempts: number
  origin: string
  /** Of the input in its origin; -1 where there is none. */
  originOffset: number
  line: number
  /** -1 when a whole body was refused. */
  row: number
  fullBytes: number
  sha256: string
  /** The clock of its source with the body that was refused, epoch milliseconds. */
  clockMs: number
  input: Uint8Array
}

export function readDeadLetter(frame: Frame): DeadLetter {
  const f = deadLetter.fields
  const start = f.input.startOf(frame)
  const letter: DeadLetter = {
    offset: frame.sequence,
    stage: f.stage.get(frame),
    attempts: f.attempts.get(frame),
    origin: f.origin.get(frame)!,
    originOffset: f.offset.get(frame),
    line: f.line.get(frame),
    row: f.row.get(frame),
    fullBytes: f.full_bytes.get(frame),
    sha256: f.sha256.get(frame)!,
    clockMs: frame.time,
    input: frame.memory.u8.slice(start, start + f.input.lengthOf(frame)),
  }
  return withinLetter(letter)
}

/** Why it cannot be sent again; null when it can. `map`: its source's, if it has one. */
export function obstacleOf(letter: DeadLetter, map: MapSettings | null): string | null {
  const { stage, fullBytes, input } = letter
  if (stage === 'sink') return 'a sink refused it: the record itself is in the log'
  if (input.length < fullBytes) return `only ${input.length} of its ${fullBytes} bytes were kept`
  if (stage !== 'source' && recordIn(letter) === null) return 'it holds no record of a kind that is known here'
  return stage === 'source' && map !== null ? mapObstacleOf(letter, map) : null
}

/** What a map takes from elsewhere than the bytes is not to be had any more. */
function mapObstacleOf({ row }: DeadLetter, { key, time, fields }: MapSettings): string | null {
  const paths = [key.replaceAll(/[{}]/g, ' '), JSON.stringify([time?.from, ...Object.values(fields)])].join(' ')
  if (paths.includes('$param')) return 'its source’s map takes something from the request'
  return row >= 0 && /\$(?:body|key)\b/.test(paths) ? 'its source’s map takes something from around the row' : null
}

/** The record that a later stage refused, or null when the bytes are none. */
export function recordIn({ input }: DeadLetter): Frame | null {
  const frame = frameIn(input)
  if (frame === null || frame.kind === FrameKind.deadLetter) return null
  return schemaById(frame.schemaId) === undefined ? null : frame
}

/** A dead letter that a later stage refused once more is the one inside it. */
function withinLetter(letter: DeadLetter): DeadLetter {
  const frame = letter.stage === 'source' ? null : frameIn(letter.input)
  if (frame === null || frame.kind !== FrameKind.deadLetter) return letter
  const inner = readDeadLetter(frame)
  return { ...inner, offset: letter.offset, attempts: inner.attempts + letter.attempts }
}

function frameIn(input: Uint8Array): Frame | null {
  if (input.length < HEADER_BYTES) return null
  const memory = FrameMemory.allocate((input.length + 7) & ~7)
  memory.u8.set(input)
  const frame = new Frame(memory)
  return frame.length === input.length ? frame : null
}
