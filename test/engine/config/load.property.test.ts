/** What holds for every configuration and every environment. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a configuration look like that
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { z } from 'zod'
import { formatProblems, printConfig } from '../../../engine/config/index.ts'
import { load, read, root } from './sample.ts'

type Config = z.output<typeof root>

const text = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1 }),
  fc.constantFrom('${X}', '$${', '5s', 'null', 'true', '1e3', '*a', '# b', 'a: b', ' '),
)
const path = text.filter((value) => value.trim() !== '' && !/^~(\/|$)/.test(value))
const ms = fc.nat({ max: 2 ** 40 })
const degrees = fc.double({ min: -90, max: 90, noNaN: true }).map((value) => value || 0)
const entryName = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,20}$/)
const forbidden = ['__proto__', 'constructor', 'prototype', '<<']
const headerName = fc.string().filter((key) => !forbidden.includes(key) && !/\$\{|[^ -~]/.test(key))

const replay = fc.record({
  kind: fc.constant('replay' as const),
  options: fc.record({
    files: fc.array(path, { minLength: 1, maxLength: 3 }),
    speed: fc.double({ min: 0, max: 1000, noNaN: true }),
    loop: fc.boolean(),
    format: fc.constantFrom('auto' as const, 'envelope' as const, 'opensky' as const, 'readsb' as const),
  }),
  enabled: fc.boolean(),
})
const poll = fc.record({
  kind: fc.constant('poll' as const),
  options: fc.record(
    {
      url: text,
      every: fc.integer({ min: 1000, max: 3_600_000 }),
      limit: fc.record({ count: fc.integer({ min: 1 }), perMs: fc.integer({ min: 1, max: 2 ** 40 }) }),
      auth: fc.constant({ type: 'none' as const }),
      retries: fc.oneof(fc.constant('forever' as const), fc.nat()),
      headers: fc.dictionary(headerName, text, { noNullPrototype: true }),
    },
    { requiredKeys: ['url', 'every', 'auth', 'retries', 'headers'] },
  ),
  enabled: fc.boolean(),
})

const configs: fc.Arbitrary<Config> = fc.record(
  {
    name: text,
    log: fc.record({
      directory: path,
      retention: fc.record({ maxBytes: fc.integer({ min: 1_000_000, max: 2 ** 52 }), maxAge: ms }),
      segmentBytes: fc.maxSafeNat(),
    }),
    bounds: fc
      .tuple(degrees, degrees)
      .filter(([a, b]) => a < b)
      .map(([latMin, latMax]) => ({ latMin, latMax })),
    sources: fc.dictionary(entryName, fc.oneof(replay, poll), { noNullPrototype: true, maxKeys: 3 }),
    sinks: fc.dictionary(entryName, fc.constant({ kind: 'sqlite' as const, options: { directory: './h' } }), {
      noNullPrototype: true,
      maxKeys: 2,
    }),
    hub: fc.record({ port: fc.nat({ max: 65_535 }), interval: ms, share: fc.double({ min: 0, max: 1, noNaN: true }) }),
  },
  { requiredKeys: ['name', 'log', 'sources', 'sinks', 'hub'] },
)

test('what is printed is read back as the same configuration', () => {
  fc.assert(
    fc.property(configs, (config) => {
      const printed = printConfig(root, config)
      const result = load(printed)
      if (!result.ok) throw new Error(`${formatProblems(result.problems)}\n${printed}`)
      expect(result.config).toEqual(config)
      expect(printConfig(root, result.config)).toBe(printed)
    }),
    { numRuns: 300 },
  )
})

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...'{}[],:#&*!|>\'"%@`\\ \t\n-?=<~$a5') }),
  fc.constantFrom('${Y}', '{ port: 1 }', 'x\nhub: { port: 1 }', '__proto__', '!!null', '.env', '&a', '*a'),
)

test('no value of a variable changes anything but the text it stands for', () => {
  const written = `
name: "pre \${X} post"
sources:
  a: { replay: { files: [\${X}, "\${X}", '\${X:d}'], speed: 2 } }
  b:
    poll:
      url: \${X:default}
      headers: { k: \${X}, l: |
          \${X}
        }
`
  const flow = written.replace(/l: \|\n\s+\$\{X\}\n\s+\}/, 'l: ${X} }')
  const usable = hostile.filter((value) => value.trim() !== '' && !/^~(\/|$)/.test(value))
  fc.assert(
    fc.property(usable, (X) => {
      const config = read(flow, { env: { X, Y: 'never' } })
      const expected = read(flow, { env: { X: 'MARK', Y: 'never' } })
      expect(config).toEqual(
        JSON.parse(JSON.stringify(expected).replaceAll('MARK', () => JSON.stringify(X).slice(1, -1))),
      )
    }),
    { numRuns: 300 },
  )
})

test('no value of a variable in a typed option does more than set that option or be refused', () => {
  const written = 'name: n\nhub: { port: ${X}, share: 0.25 }\nsources: { a: { replay: { files: [f], loop: ${X} } } }'
  fc.assert(
    fc.property(hostile, (X) => {
      const result = load(written, { env: { X } })
      if (result.ok) throw new Error('nothing is both a port and true or false')
      for (const { place } of result.problems) expect(place.file).toBe('a.yaml')
      expect(result.problems.length).toBeLessThanOrEqual(2)
    }),
  )
})

test('no text makes loading throw, and a refusal always has a reason', () => {
  const yamlish = fc.string({
    unit: fc.constantFrom(...'{}[],:#&*!|>\'"%@`\\ \t\n-?$abhu', 'hub', 'name', 'sources', ': ', '\n  ', '${X:', '- '),
    maxLength: 60,
  })
  fc.assert(
    fc.property(fc.oneof(yamlish, fc.string({ unit: 'binary' })), (written) => {
      const result = load(written)
      if (!result.ok) expect(result.problems.length).toBeGreaterThan(0)
      for (const problem of result.ok ? [] : result.problems) {
        expect(problem.next).not.toBe('')
        expect(problem.message).not.toContain('undefined')
      }
    }),
    { numRuns: 2000 },
  )
})

test('no --set makes loading throw', () => {
  const paths = fc.string({
    unit: fc.constantFrom('hub', 'port', 'sources', 'a', 'replay', 'files', '0', '9', '.', '.', '=', '"'),
  })
  fc.assert(
    fc.property(fc.array(fc.tuple(paths, hostile), { maxLength: 3 }), (settings) => {
      const set = settings.map(([key, value]) => `${key}=${value}`)
      const result = load('name: n\nsources: { a: { replay: { files: [x] } } }', { set })
      for (const { place } of result.ok ? [] : result.problems) expect(place.file).not.toBe('')
    }),
    { numRuns: 500 },
  )
})
