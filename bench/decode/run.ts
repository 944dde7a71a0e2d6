/**
 * Bytes → frames against `JSON.parse` alone over the same bytes, both in this process, in turn.
 *
 *   scripts/node bench/decode/run.ts [--json] [NAME…]
 *
 * The rivals build objects and do nothing with them: one from a string made beforehand, one that has to make it from
 * the bytes first, as any program must. A ratio is the median of the rounds' own ratios, so what disturbs both disturbs
 * it little.
 */
import { createDecoder, type DecodeContext } from '../../actors/source/decode/index.ts'
import { FrameBatch } from '../../engine/records/index.ts'
import { type Input, makeInputs } from './inputs.ts'
import { recordedInputs } from './recorded.ts'

const ROUNDS = 15
const ROUND_MS = 60

export interface DecodeFigures {
  name: string
  bytesPerRow: number
  rowsPerSecond: number
  megabytesPerSecond: number
  /** How many times as fast as `JSON.parse(string)`. */
  versusParse: number
  /** How many times as fast as `JSON.parse(buffer.toString())`. */
  versusToStringAndParse: number
}

export function measureDecode(input: Input, rounds = ROUNDS): DecodeFigures {
  const bytes = input.bodies.reduce((sum, body) => sum + body.length, 0)
  const texts = input.bodies.map((body) => body.toString())
  const decode = decodeAll(input)
  const parse = (): void => {
    for (const text of texts) keep = JSON.parse(text)
  }
  const toStringAndParse = (): void => {
    for (const body of input.bodies) keep = JSON.parse(body.toString())
  }
  for (const run of [decode, parse, toStringAndParse]) secondsEach(run, 5 * ROUND_MS)
  const samples = Array.from({ length: rounds }, () => ({
    decode: secondsEach(decode, ROUND_MS),
    parse: secondsEach(parse, ROUND_MS),
    toStringAndParse: secondsEach(toStringAndParse, ROUND_MS),
  }))
  const seconds = median(samples.map((sample) => sample.decode))
  return {
    name: input.name,
    bytesPerRow: Math.round(bytes / input.rows),
    rowsPerSecond: input.rows / seconds,
    megabytesPerSecond: bytes / seconds / 1e6,
    versusParse: median(samples.map((sample) => sample.parse / sample.decode)),
    versusToStringAndParse: median(samples.map((sample) => sample.toStringAndParse / sample.decode)),
  }
}

/** Keeps results alive, so that no run can be optimised away. */
export let keep: unknown

export function decodeAll(input: Input): () => void {
  const decoder = createDecoder(input.format)
  const batch = new FrameBatch()
  const context: DecodeContext = {
    sourceId: 1,
    bounds: null,
    maxPositionAgeMs: 300_000,
    maxTimeAheadMs: 60_000,
    maxFrameBytes: 1 << 20,
    origin: input.name,
    originOffset: 0,
    line: 1,
    shiftMs: 0,
    ingestedMs: 0,
    clockMs: Number.NEGATIVE_INFINITY,
    ordinal: 0,
    discarded: new Float64Array(8),
  }
  const whole = Buffer.concat(input.bodies)
  return () => {
    const before = context.ordinal
    batch.clear()
    if (input.format === 'envelope')
      for (let at = 0; at < whole.length; ) at = decoder.decodeLines(whole, at, whole.length, context, batch)
    else
      for (const body of input.bodies) {
        batch.clear()
        decoder.decode(body, 0, body.length, context, batch)
      }
    if (context.ordinal - before !== input.rows) throw new Error(`${context.ordinal - before} rows, not ${input.rows}`)
  }
}

function secondsEach(run: () => void, atLeastMs: number): number {
  const start = performance.now()
  let runs = 0
  let elapsed = 0
  do {
    run()
    runs++
    elapsed = performance.now() - start
  } while (elapsed < atLeastMs)
  return elapsed / runs / 1000
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]!
}

if (import.meta.main) {
  const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
  const wanted = (input: Input): boolean => names.length === 0 || names.some((name) => input.name.includes(name))
  for (const input of [...makeInputs(), ...recordedInputs()].filter(wanted)) {
    const figures = measureDecode(input)
    if (process.argv.includes('--json')) console.log(JSON.stringify(figures))
    else
      console.log(
        figures.name.padEnd(40),
        `${String(figures.bytesPerRow).padStart(4)} B/row`,
        `${(figures.rowsPerSecond / 1e6).toFixed(2).padStart(6)} M rows/s`,
        `${figures.megabytesPerSecond.toFixed(0).padStart(5)} MB/s`,
        `${figures.versusParse.toFixed(2).padStart(6)} × parse`,
        `${figures.versusToStringAndParse.toFixed(2).padStart(6)} × toString + parse`,
      )
  }
}
