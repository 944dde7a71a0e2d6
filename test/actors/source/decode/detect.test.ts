import { describe, expect, test } from 'vitest'
import { detectFormat } from '../../../../actors/source/decode/index.ts'
import { API_V2, ENVELOPE, EVENT, OPENSKY, READSB } from './bodies.ts'
import { hasRecordings, recordedBodies } from './recorded-bodies.ts'

const detect = (text: string) => detectFormat(Buffer.from(text))

describe('detecting a format', () => {
  test('knows each by the members of the first body', () => {
    expect(detect(JSON.stringify(OPENSKY))).toEqual({ format: 'opensky', framing: 'lines' })
    expect(detect(JSON.stringify(READSB))).toEqual({ format: 'readsb', framing: 'lines' })
    expect(detect(JSON.stringify(API_V2))).toEqual({ format: 'readsb', framing: 'lines' })
    expect(detect(JSON.stringify(ENVELOPE))).toEqual({ format: 'envelope', framing: 'lines' })
    expect(detect(JSON.stringify(EVENT))).toEqual({ format: 'event', framing: 'lines' })
  })

  test('tells lines of bodies from one body over many lines', () => {
    const line = JSON.stringify(OPENSKY)
    expect(detect(`${line}\n${line}\n`)).toMatchObject({ framing: 'lines' })
    expect(detect(`\ufeff${JSON.stringify(OPENSKY, null, 2)}`)).toMatchObject({ framing: 'document' })
    expect(detect(`{"ac":[\n${JSON.stringify(API_V2.ac[0])}\n],"now":1}`)).toEqual({
      format: 'readsb',
      framing: 'document',
    })
  })

  test('needs no more than the beginning of a body', () => {
    for (const length of [40, 100, 300])
      expect(detect(JSON.stringify(OPENSKY).slice(0, length))).toEqual({ format: 'opensky', framing: 'lines' })
    expect(detect(JSON.stringify(READSB, null, 2).slice(0, 100))).toEqual({ format: 'readsb', framing: 'document' })
  })

  test('knows nothing of anything else', () => {
    for (const text of ['', '[]', '1', '{}', '{"symbol":"BTC"}', '<html>', 'sensor,speed\n1,2\n'])
      expect(detect(text)).toBe(null)
  })

  test.skipIf(!hasRecordings)('knows the recorded bodies', () => {
    for (const { format, bodies, name } of recordedBodies())
      expect(detectFormat(bodies[0]!, 0, Math.min(bodies[0]!.length, 65_536)), name).toMatchObject({ format })
  })
})
