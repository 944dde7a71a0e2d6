import { describe, expect, test } from 'vitest'
import { Decoding, makeState, USUAL_RULES } from './decoding.ts'
import { hasRecordings, type Recorded, recordedBodies } from './recorded-bodies.ts'
import { type Rules, referenceDecode } from './reference.ts'

const RULES: Record<string, Rules> = {
  everywhere: USUAL_RULES,
  'in a box, with a short patience': {
    ...USUAL_RULES,
    bounds: { latMin: 29.6, latMax: 47.2, lonMin: -96, lonMax: 9 },
    maxPositionAgeMs: 20_000,
  },
  'a lap later': { ...USUAL_RULES, shiftMs: 3_600_000 },
}

describe.skipIf(!hasRecordings)('decoding recorded bodies', () => {
  for (const [name, rules] of Object.entries(RULES))
    test(`gives what a plain reading of the rules gives, ${name}`, () => {
      for (const recorded of recordedBodies()) compare(recorded, rules)
    })

  test('gives the same for the same states as envelopes', () => {
    for (const { format, bodies } of recordedBodies()) {
      const state = makeState()
      const lines = bodies.flatMap((body) =>
        referenceDecode(format, body, USUAL_RULES, state).map(({ fields }) => envelopeOf(fields!)),
      )
      const decoding = new Decoding('envelope')
      const reference = makeState()
      for (const line of lines)
        expect(decoding.decode(line)).toEqual(referenceDecode('envelope', Buffer.from(line), USUAL_RULES, reference))
      expect(decoding.state).toEqual(reference)
    }
  })
})

function compare({ name, format, bodies }: Recorded, rules: Rules): void {
  const decoding = new Decoding(format, rules)
  const state = makeState()
  for (const [index, body] of bodies.entries()) {
    const expected = referenceDecode(format, body, rules, state)
    expect(decoding.decode(body), `${name}, body ${index}`).toEqual(expected)
    expect(decoding.state, `${name}, body ${index}`).toEqual(state)
  }
}

function envelopeOf({ lat, lon, ...rest }: Record<string, unknown>): string {
  return JSON.stringify({
    schema_version: 1,
    type: 'flight_state',
    produced_at: 1,
    source: { provider: 'opensky', mode: 'replay', bbox: null, poll_interval_s: 10 },
    payload: { ...rest, position: lat === null ? null : { lat, lon } },
  })
}
