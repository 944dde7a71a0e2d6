import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Format } from '../../actors/source/decode/index.ts'
import { BODIES, NOW, TOKENS } from '../actors/source/decode/bodies.ts'
import { Decoding, makeState, USUAL_RULES } from '../actors/source/decode/decoding.ts'
import { type Expected, type Rules, referenceDecode, type State } from '../actors/source/decode/reference.ts'

const RULES: Rules[] = [
  USUAL_RULES,
  { ...USUAL_RULES, bounds: { latMin: -40, latMax: 33.9294, lonMin: -118.1803, lonMax: 150 }, maxPositionAgeMs: 2000 },
  { ...USUAL_RULES, shiftMs: 900_000, maxTimeAheadMs: 500 },
]

/** A decoder and the reference beside it: what a body does to both must be the same, from body to body. */
class Pair {
  readonly #format: Format
  readonly #rules: Rules
  readonly #decoding: Decoding
  readonly #state: State = makeState()

  constructor(format: Format, rules: Rules) {
    this.#format = format
    this.#rules = rules
    this.#decoding = new Decoding(format, rules)
  }

  compare(body: Uint8Array): void {
    const expected = referenceDecode(this.#format, body, this.#rules, this.#state)
    const got = this.#decoding.decode(body)
    const hint = `${this.#format}: ${JSON.stringify(Buffer.from(body).toString('latin1'))}`
    expect(got, hint).toMatchObject(expected)
    expect(got.length, hint).toBe(expected.length)
    expect(this.#decoding.state, hint).toEqual(this.#state)
  }
}

describe('the decoders', () => {
  test('do with damaged bodies what a plain reading of the rules does', () => {
    fc.assert(
      fc.property(fc.constantFrom(...RULES), fc.infiniteStream(fc.nat()), (rules, stream) => {
        const random = (below: number): number => stream.next().value % below
        for (const { format, text } of BODIES) {
          const pair = new Pair(format, rules)
          pair.compare(Buffer.from(text))
          for (let i = 0; i < 15; i++) pair.compare(damage(text, random))
          pair.compare(Buffer.from(text))
        }
      }),
      { numRuns: 120 },
    )
  })

  test('refuse a body cut off anywhere, whole, and keep nothing of it', () => {
    for (const { format, text } of BODIES) {
      const whole = Buffer.from(text)
      const decoding = new Decoding(format)
      for (let length = 0; length < whole.length; length++) {
        const cut = whole.subarray(0, length)
        const got = decoding.decode(Buffer.from(cut))
        const reason = isUtf8Prefix(cut) ? 'bad_json' : 'bad_utf8'
        expect(got).toMatchObject([{ kind: 'dead letter', reason, row: -1, input: cut.toString('latin1') }])
      }
      expect(decoding.state).toEqual({ clockMs: Number.NEGATIVE_INFINITY, ordinal: whole.length, discarded: {} })
    }
  })

  test('give the same for lines, however these are cut into calls', () => {
    const lines = fc.array(fc.tuple(fc.nat(4), fc.integer({ min: -900, max: 900 }), fc.nat(3)), { maxLength: 30 })
    fc.assert(
      fc.property(lines, fc.array(fc.nat(10)), fc.boolean(), (kinds, cuts, isPadded) => {
        const text = kinds.map(([kind, seconds, more]) => line(kind, seconds / 4, more)).join('\n')
        const bytes = Buffer.concat([Buffer.from(text), Buffer.alloc(isPadded ? 16 : 0)])
        const end = bytes.length - (isPadded ? 16 : 0)
        const whole = story(bytes, end, [])
        expect(story(bytes, end, cuts)).toEqual(whole)
      }),
      { numRuns: 400 },
    )
  })
})

/**
 * What the stages behind a source learn of some lines, in order: the frames, and each second that the clock passes
 * without one. The lines are decoded in calls of as many as `cuts` says; behind each call a source tells how far it is.
 */
function story(bytes: Uint8Array, end: number, cuts: number[]): unknown[] {
  const decoding = new Decoding('envelope', { bounds: { latMin: 0, latMax: 50, lonMin: -180, lonMax: 180 } })
  const told: Expected[] = []
  let second = Number.NEGATIVE_INFINITY
  const tell = (entry: Expected, isNews: boolean): void => {
    if (isNews) told.push(entry)
    second = Math.max(second, Math.floor(entry.clock / 1000))
  }
  let start = 0
  for (const cut of [...cuts, Number.POSITIVE_INFINITY]) {
    let stop = start
    for (let n = 0; n <= cut && stop < end; n++) {
      const feed = bytes.indexOf(0x0a, stop)
      stop = feed < 0 ? end : Math.min(feed + 1, end)
    }
    while (start < stop) {
      start = decoding.decodeSomeLines(bytes, start, stop)
      for (const frame of decoding.frames()) tell(frame, true)
      const { clockMs, ordinal } = decoding.state
      tell({ kind: 'record', position: ordinal, clock: clockMs }, Math.floor(clockMs / 1000) > second)
    }
  }
  return [...told, decoding.state]
}

function line(kind: number, seconds: number, more: number): string {
  if (kind === 0) return more === 0 ? '' : ' \t\r'.slice(0, more)
  const contact = NOW + seconds
  const position = kind === 1 ? null : { lat: kind === 2 ? -1 : 1, lon: kind === 3 ? 200 : 2 }
  const text = JSON.stringify({ payload: { icao24: `a0000${more}`, position, last_contact_unix: contact } })
  return more === 3 ? text.slice(0, -1) : text
}

function damage(text: string, random: (below: number) => number): Uint8Array {
  // Whole tokens are exchanged as often as single bytes: most damaged bodies should still be JSON.
  let tokens: string[] = text.match(/"(?:[^"\\]|\\.)*"|[-+.\w]+|./gs) ?? []
  for (let i = random(3); i >= 0; i--) {
    const at = random(tokens.length)
    const token = TOKENS[random(TOKENS.length)]!
    const steps: (() => string[])[] = [
      () => tokens.with(at, token),
      () => tokens.with(at, token),
      () => tokens.toSpliced(at, 1),
      () => tokens.toSpliced(at, 0, token),
      () => tokens.toSpliced(at, 0, ...tokens.slice(at, at + random(12))),
      () => tokens.with(at, tokens[random(tokens.length)]!),
    ]
    tokens = steps[random(steps.length)]!()
  }
  const bytes = Buffer.from(tokens.join(''))
  if (random(12) === 0 && bytes.length > 0) bytes[random(bytes.length)] = random(256)
  return bytes
}

function isUtf8Prefix(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}
