/** The decoders' figures as targets state them: against `JSON.parse` of ready strings, the harder of the two rivals. */
import type { Scale } from '../benchmarks.ts'
import { makeInputs } from './inputs.ts'
import { measureDecode } from './run.ts'

const ROUNDS: Record<Scale, number> = { quick: 15, full: 60 }

export async function measureDecoders(scale: Scale): Promise<Record<string, number>> {
  const versusParse = new Map(
    makeInputs().map((input) => [input.name, measureDecode(input, ROUNDS[scale]).versusParse]),
  )
  const slowest = (...names: string[]) => Math.min(...names.map((name) => versusParse.get(name)!))
  return {
    'decode.envelope_versus_parse': slowest('flight envelopes'),
    'decode.opensky_versus_parse': slowest('OpenSky body'),
    'decode.readsb_versus_parse': slowest('readsb aircraft.json', 'readsb API v2'),
  }
}
