import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { END, Members } from '../../actors/source/decode/members.ts'
import { JsonScanner, MALFORMED } from '../../actors/source/decode/scanner.ts'
import { Kind, Slots } from '../../actors/source/decode/slots.ts'
import { Text } from '../../actors/source/decode/text.ts'
import { jsonCorpus } from '../actors/source/decode/json-corpus.ts'

/** What JSON.parse makes of bytes in strict UTF-8, or REFUSED. */
const REFUSED = Symbol('refused')

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return REFUSED
  }
}

// One of each for all cases: what one text leaves behind must not show in the next.
const scanner = new JsonScanner()
const slots = new Slots()
const text = new Text()
const NAMES = ['a', 'b', 'c', 'lat', 'lon', 'callsign', 'position', 'é', '']
const NESTED = END + 1
const members = new Members({ ...Object.fromEntries(NAMES.map((name, slot) => [name, slot])), nested: NESTED })
const COLUMNS = [0, 1, 2, 3, 4, 5, 6, 7]

/** Where a text can stand: by itself, with room behind it, and amid bytes that would change it if they were read. */
const PLACES: ((bytes: Uint8Array) => void)[] = [
  (bytes) => scanner.open(bytes, 0, bytes.length),
  (bytes) => scanner.open(Buffer.concat([bytes, Buffer.alloc(8)]), 0, bytes.length),
  (bytes) =>
    scanner.open(Buffer.concat([Buffer.from('[{"7'), bytes, Buffer.from('7e7,"a":"]}]]')]), 4, 4 + bytes.length),
  (bytes) => scanner.open(Buffer.concat([Buffer.from('"'), bytes, Buffer.from('"}]}]}]}')]), 1, 1 + bytes.length),
]

/** The text at the scanner to its end; false where it is refused. */
function walk(read: () => void): boolean {
  try {
    read()
    scanner.expectEnd()
    return scanner.isUtf8
  } catch (thrown) {
    if (thrown !== MALFORMED) throw thrown
    return false
  }
}

function valueIn(slot: number): unknown {
  switch (slots.kinds[slot]) {
    case Kind.null:
      return null
    case Kind.true:
      return true
    case Kind.false:
      return false
    case Kind.number:
    case Kind.huge:
      return slots.numbers[slot]
    case Kind.container:
      return 'a container'
    default:
      text.take(scanner, slots, slot)
      return text.toString()
  }
}

/** As `valueIn` shows it. */
function shown(value: unknown): unknown {
  if (typeof value === 'string') return Buffer.from(value).toString()
  return typeof value === 'object' && value !== null ? 'a container' : (value ?? null)
}

function check(bytes: Uint8Array): void {
  const expected = parse(bytes)
  for (const [place, open] of PLACES.entries()) {
    const fail = (what: string): never => {
      throw new Error(`${what} at place ${place}: ${JSON.stringify(Buffer.from(bytes).toString('latin1'))}`)
    }
    open(bytes)
    if (walk(() => scanner.skipValue()) !== (expected !== REFUSED)) fail('skipValue judges wrong')

    open(bytes)
    if (scanner.atArray) checkArray(expected, fail)
    else if (scanner.atObject) checkObject(expected, fail)
  }
}

function checkArray(expected: unknown, fail: (what: string) => never): void {
  let count = 0
  const isTaken = walk(() => {
    count = slots.readArray(scanner, COLUMNS)
  })
  if (isTaken !== (expected !== REFUSED)) fail('readArray judges wrong')
  if (!isTaken) return
  const elements = expected as unknown[]
  if (count !== elements.length) fail('readArray counts wrong')
  for (const [index, element] of elements.slice(0, COLUMNS.length).entries())
    if (!Object.is(valueIn(index), shown(element))) fail(`element ${index} is wrong`)
}

function checkObject(expected: unknown, fail: (what: string) => never): void {
  slots.clear()
  let nested = 0
  const isTaken = walk(() => {
    let next = slots.readObject(scanner, members)
    for (; next === NESTED; next = slots.readMore(scanner, members)) {
      nested++
      scanner.skipValue()
    }
  })
  if (isTaken !== (expected !== REFUSED)) fail('readObject judges wrong')
  if (!isTaken) return
  const object = expected as Record<string, unknown>
  if (nested > 0 !== Object.hasOwn(object, 'nested')) fail('the nested member is wrong')
  for (const [slot, name] of NAMES.entries()) {
    const value = Object.hasOwn(object, name) ? object[name] : null
    if (!Object.is(valueIn(slot), shown(value))) fail(`member ${name} is wrong`)
  }
}

describe('the scanner', () => {
  test('takes and refuses what JSON.parse does, at the edges of JSON', () => {
    for (const bytes of jsonCorpus) check(bytes)
  })

  test('takes nesting deeper than any stack', () => {
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
      ['[{"b":', '}]'],
    ] as const) {
      const depth = 1_000_000
      const bytes = Buffer.from(`${open.repeat(depth)}null${close.repeat(depth)}`)
      scanner.open(bytes, 0, bytes.length)
      expect(walk(() => scanner.skipValue())).toBe(true)
      scanner.open(bytes, 0, bytes.length - 1)
      expect(walk(() => scanner.skipValue())).toBe(false)
    }
  })

  test('takes and refuses what JSON.parse does, and reads what it reads, in any document', () => {
    fc.assert(
      fc.property(documents, (document) => check(Buffer.from(document))),
      { numRuns: 3000 },
    )
  })

  test('takes and refuses what JSON.parse does when a document is damaged', () => {
    let cases = 0
    fc.assert(
      fc.property(documents, fc.infiniteStream(fc.nat()), (document, random) => {
        const bytes = Buffer.from(document)
        for (let i = 0; i < 20; i++, cases++) check(damage(bytes, () => random.next().value))
      }),
      { numRuns: 1200 },
    )
    expect(cases * PLACES.length * 2).toBeGreaterThan(180_000)
  })

  test('reads any number as the very double that JSON.parse gives', () => {
    const integers = fc.bigInt({ min: 0n, max: 10n ** 25n }).map(String)
    const digits = fc.stringMatching(/^[0-9]{1,24}$/)
    const decimals = fc.tuple(fc.constantFrom('', '-'), integers, digits).map(([sign, a, b]) => `${sign}${a}.${b}`)
    const exponents = fc
      .tuple(decimals, fc.constantFrom('e', 'E', 'e+', 'e-'), fc.integer({ min: 0, max: 330 }))
      .map(([decimal, e, exponent]) => `${decimal}${e}${exponent}`)
    const short = fc.tuple(fc.nat(99_999), fc.nat(9999)).map(([a, b]) => `${a}.${b}`)
    const doubles = fc.double({ noNaN: true, noDefaultInfinity: true }).map(String)
    const numbers = fc.oneof(integers, decimals, exponents, short, doubles)
    fc.assert(
      fc.property(fc.array(numbers, { minLength: 8, maxLength: 8 }), (written) => {
        const bytes = Buffer.from(`[${written.join(',')}]`)
        scanner.open(bytes, 0, bytes.length)
        slots.readArray(scanner, COLUMNS)
        expect([...slots.numbers.subarray(0, 8)]).toEqual(JSON.parse(bytes.toString()))
      }),
      { numRuns: 5000 },
    )
  })

  test('takes of each line what JSON.parse takes of it, and ends it at its line feed', () => {
    const line = documents.map((document) => document.replaceAll('\n', ' '))
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 6 }), fc.nat(4), fc.boolean(), (lines, cut, isClosed) => {
        const whole = Buffer.from(lines.join('\n') + (isClosed ? '\n' : ''))
        checkLines(whole.subarray(0, whole.length - cut))
        check(whole) // so that what was learnt of one framing is tried in the other
      }),
      { numRuns: 2000 },
    )
  })
})

function checkLines(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    const ready = scanner.openLines(bytes, at, bytes.length)
    while (at < ready) {
      const feed = bytes.indexOf(0x0a, at)
      const end = feed < 0 ? bytes.length : feed
      const text = bytes.subarray(at, end)
      const expected = parse(text)
      const fail = (what: string): never => {
        throw new Error(`${what} in line: ${JSON.stringify(Buffer.from(text).toString('latin1'))}`)
      }
      scanner.openLine(at, ready)
      const isTaken = walk(() => scanner.skipValue())
      if (isTaken !== (expected !== REFUSED)) fail('skipValue judges wrong')
      if (isTaken && scanner.place !== end) fail('skipValue stops elsewhere')
      scanner.openLine(at, ready)
      if (scanner.atArray) checkArray(expected, fail)
      else if (scanner.atObject) checkObject(expected, fail)
      at = end + 1
    }
  }
}

// ── documents ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const space = fc.constantFrom('', '', '', ' ', '\n', '\r\n\t', '    ', '          ')
const plainText = fc.stringMatching(/^[ -!#-[\]-~]{0,12}$/)
const strings = fc.oneof(
  plainText.map((plain) => `"${plain}"`),
  fc.string({ unit: 'binary', maxLength: 8 }).map((any) => JSON.stringify(any)),
  fc.constantFrom('"\\u0061"', '"\\ud800"', '"é"', '"ground"', '"\\/"', '"a\\\\"', '"\\ud83d\\ude00x"'),
)
const keys = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...NAMES, 'nested', 'unknown').map((name) => JSON.stringify(name)) },
  { weight: 1, arbitrary: fc.constantFrom('"\\u0061"', '"l\\u0061t"', '"lat "', '"la"', '"latx"', '"neste\\u0064"') },
  { weight: 1, arbitrary: strings },
)
const scalars = fc.oneof(
  strings,
  fc.constantFrom('null', 'true', 'false', '0', '-0', '1e5', '-1.5', '1234.5678', '1634471389', '-122.4194'),
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
)
const { documents } = fc.letrec<{ documents: string; value: string; array: string; object: string }>((tie) => ({
  value: fc.oneof({ maxDepth: 4, depthIdentifier: 'json' }, scalars, tie('array'), tie('object')),
  array: fc
    .array(fc.tuple(space, tie('value'), space), { maxLength: 9, depthIdentifier: 'json' })
    .map((elements) => `[${elements.map((parts) => parts.join('')).join(',')}]`),
  object: fc
    .array(fc.tuple(space, keys, space, space, tie('value'), space), { maxLength: 9, depthIdentifier: 'json' })
    .map((parts) => `{${parts.map(([a, key, b, c, value, d]) => `${a}${key}${b}:${c}${value}${d}`).join(',')}}`),
  documents: fc
    .tuple(space, fc.oneof(tie('object'), tie('object'), tie('array'), tie('value')), space)
    .map((parts) => parts.join('')),
}))

const TOKENS = [
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '0',
  '1',
  '-',
  '.',
  'e',
  'null',
  'tru',
  ' ',
  '\n',
  '\u0000',
  '\\u',
  '\ufeff',
  'é',
  '"lat":',
]

/**
 * One to three small things done to a text: a byte changed, lost or repeated, a token put in, a piece moved, the end
 * cut off.
 */
function damage(bytes: Buffer, random: () => number): Uint8Array {
  let damaged = bytes
  for (let i = random() % 3; i >= 0; i--) {
    const at = random() % (damaged.length + 1)
    const other = random() % (damaged.length + 1)
    const [before, after] = [damaged.subarray(0, at), damaged.subarray(at)]
    const steps: (() => Buffer)[] = [
      () => Buffer.concat([before, Buffer.from([random() & 0xff]), after.subarray(1)]),
      () => Buffer.concat([before, after.subarray(1)]),
      () => Buffer.concat([before, after.subarray(0, 1), after]),
      () => Buffer.concat([before, Buffer.from(TOKENS[random() % TOKENS.length]!), after]),
      () => Buffer.concat([before, damaged.subarray(Math.min(at, other), Math.max(at, other)), after]),
      () => Buffer.from(before),
    ]
    damaged = steps[random() % steps.length]!()
  }
  return damaged
}
