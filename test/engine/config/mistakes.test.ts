// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a configuration look like that
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { bytes, configError, formatProblems, loadConfig, optionsTable } from '../../../engine/config/index.ts'
import { load, mistakes, root } from './sample.ts'

/** Every line below the first belongs to `name: n`, which alone is right. */
const table: [symptom: string, text: string, ...problems: string[]][] = [
  ['an unknown option near a known one', 'hub: { prot: 1 }', 'a.yaml:2:8: unknown option "prot"; did you mean "port"?'],
  [
    'an option spelt with an underscore',
    'log: { segment_bytes: 1MB }',
    'a.yaml:2:8: unknown option "segment_bytes"; did you mean "segmentBytes"?',
  ],
  [
    'an unknown option like nothing known',
    'hub:\n  colour: red',
    'a.yaml:3:3: unknown option "colour"; known here: port, interval, share',
  ],
  ['an unknown option at the top', 'hubs: {}', 'a.yaml:2:1: unknown option "hubs"; did you mean "hub"?'],
  [
    'a missing option, at the key of what lacks it',
    'sources:\n  nyc:\n    replay: { speed: 2 }',
    'a.yaml:4:5: missing option "files"; add it to sources.nyc.replay: a list of path with at least 1 entry',
  ],
  [
    'a missing option that an unknown one was meant to be, once',
    'sources: { nyc: { replay: { fils: [a] } } }',
    'a.yaml:2:29: unknown option "fils"; did you mean "files"?',
  ],
  [
    'text for a number',
    'hub: { share: lots }',
    'a.yaml:2:15: "share" must be a fraction from 0 to 1, got text "lots"; write it like 0.25',
  ],
  [
    'a quoted number',
    'hub: { port: "8000" }',
    'a.yaml:2:14: "port" must be a port from 0 to 65535, got text "8000"; write 8000 without quotes',
  ],
  [
    'a quoted number where any number goes',
    'bounds: { latMin: "40.4", latMax: 41 }',
    'a.yaml:2:19: "latMin" must be a number from -90 to 90, got text "40.4"; write 40.4 without quotes',
  ],
  [
    'a number with decimals for a whole one',
    'hub: { port: 80.5 }',
    'a.yaml:2:14: "port" must be a port from 0 to 65535, got 80.5; write it like 8000',
  ],
  [
    'infinity',
    'bounds: { latMin: -.inf, latMax: .nan }',
    'a.yaml:2:19: "latMin" must be a number from -90 to 90, got -Infinity; write a number from -90 to 90',
    'a.yaml:2:34: "latMax" must be a number from -90 to 90, got NaN; write a number from -90 to 90',
  ],
  [
    'a number for text',
    'sources: { a: { poll: { url: 5 } } }',
    'a.yaml:2:30: "url" must be text with at least 1 character, got 5; put it in quotes: "5"',
  ],
  [
    'a number out of range',
    'hub: { port: 70000, share: -1 }',
    'a.yaml:2:14: "port" must be from 0 to 65535, got 70000; write a port from 0 to 65535',
    'a.yaml:2:28: "share" must be from 0 to 1, got -1; write a fraction from 0 to 1',
  ],
  [
    'a word for true or false',
    'sources: { a: { replay: { files: [x], loop: yes } } }',
    'a.yaml:2:45: "loop" must be true or false, got text "yes"; write true or false',
  ],
  [
    'a word near one of an enumeration',
    'sources: { a: { replay: { files: [x], format: opensy } } }',
    'a.yaml:2:47: "format" must be one of auto, envelope, opensky, readsb, got text "opensy"; did you mean "opensky"?',
  ],
  [
    'a word like none of an enumeration',
    'sources: { a: { replay: { files: [x], format: xml } } }',
    'a.yaml:2:47: "format" must be one of auto, envelope, opensky, readsb, got text "xml"; write one of auto, envelope, opensky, readsb',
  ],
  [
    'an empty list',
    'sources: { a: { replay: { files: [] } } }',
    'a.yaml:2:34: "files" must have at least 1 entry, got 0; write a list of path with at least 1 entry',
  ],
  [
    'one value for a list',
    'sources: { a: { replay: { files: x.jsonl } } }',
    'a.yaml:2:34: "files" must be a list of path with at least 1 entry, got text "x.jsonl"; write it as a list: [a, b]',
  ],
  [
    'a wrong item of a list, by its number',
    'sources: { a: { replay: { files: [x, 7, ~/y] } } }',
    'a.yaml:2:38: "files.1" must be a path, got 7; write it like ./data',
    `a.yaml:2:41: "files.2" must not start with ~, got text "~/y"; write \${HOME} instead of ~`,
  ],
  [
    'an item after one that is broken, by its own number',
    'sources: { a: { replay: { files: [*x, 7] } } }',
    'a.yaml:2:35: this alias has no anchor before it; define it above with &, or quote the value if the * is text',
    'a.yaml:2:39: "files.1" must be a path, got 7; write it like ./data',
  ],
  [
    'a list for a mapping, a mapping for a value',
    'hub: [8000]\nlog: { directory: { path: x } }',
    'a.yaml:2:6: "hub" must be a mapping, got a list; write its options under it: port, interval, share',
    'a.yaml:3:19: "directory" must be a path, got a mapping; write a path',
  ],
  [
    'a key without a value',
    'hub:\n  port:',
    'a.yaml:3:8: "port" must be a port from 0 to 65535, got nothing; write it like 8000',
  ],
  [
    'a duration without a unit',
    'hub: { interval: 200 }',
    'a.yaml:2:18: "interval" must be a duration, got 200; add the unit: 200s or 200ms',
  ],
  [
    'a duration that is none',
    'hub: { interval: 1 week }',
    'a.yaml:2:18: "interval" must be a duration, got text "1 week"; write it like 5s, 200ms or 1m30s',
  ],
  [
    'a duration out of range',
    'sources: { a: { poll: { url: x, every: 2h } } }',
    'a.yaml:2:40: "every" must be from 1s to 1h, got text "2h"; write a duration from 1s to 1h',
  ],
  [
    'megabits for megabytes',
    'log: { segmentBytes: 64Mb }',
    'a.yaml:2:22: "segmentBytes" must be a size, got text "64Mb"; did you mean "64MB"?',
  ],
  [
    'a rate without a period',
    'sources: { a: { poll: { url: x, limit: 10 } } }',
    'a.yaml:2:40: "limit" must be a rate, got 10; write it like 10/min, 5/s or 100/10s',
  ],
  [
    'a component that does not exist',
    'sources:\n  a:\n    repaly: { files: [x] }',
    'a.yaml:4:5: unknown option "repaly"; did you mean "replay"?',
  ],
  [
    'an entry without a component',
    'sources:\n  a: { enabled: false }',
    'a.yaml:3:3: no kind of component is given; add one of replay, poll',
  ],
  [
    'an entry with two components, both of them wrong as well',
    'sources:\n  a:\n    replay: {}\n    poll: {}',
    'a.yaml:4:5: missing option "files"; add it to sources.a.replay: a list of path with at least 1 entry',
    'a.yaml:5:5: missing option "url"; add it to sources.a.poll: text with at least 1 character',
    'a.yaml:5:5: "replay" and "poll" are both given; keep one of them',
  ],
  [
    'a name that could not be used elsewhere',
    'sinks:\n  my.sink: { sqlite: }',
    'a.yaml:3:3: "my.sink" cannot be a name here; use letters, digits, _ and -, a letter first',
  ],
  [
    'a value that fits no branch of a union',
    'sources: { a: { poll: { url: x, retries: never } } }',
    'a.yaml:2:42: "retries" must be forever or whole number at least 0, got text "never"; write forever or whole number at least 0',
  ],
  [
    'a value that fits a branch of a union but for its range',
    'sources: { a: { poll: { url: x, retries: -1 } } }',
    'a.yaml:2:42: "retries" must be at least 0, got -1; write forever or whole number at least 0',
  ],
  [
    'an option of another branch, chosen by its type',
    'sources: { a: { poll: { url: x, auth: { type: none, user: me } } } }',
    'a.yaml:2:53: unknown option "user"; known here: type',
  ],
  [
    'a type that does not exist, by the word that chooses it',
    'sources: { a: { poll: { url: x, auth: { type: basik } } } }',
    'a.yaml:2:47: "type" must be one of none, basic, got text "basik"; did you mean "basic"?',
  ],
  [
    'two options that do not fit together',
    'bounds: { latMin: 5, latMax: 4 }',
    'a.yaml:2:19: "latMin" must be below "latMax"; exchange them',
  ],
]

describe('a mistake is placed, named and answered:', () => {
  test.each(table)('%s', (_, text, ...problems) => {
    expect(mistakes(`name: n\n${text}\n`)).toEqual(problems)
  })

  test('all mistakes of a file are reported, from top to bottom', () => {
    const lines = ['hub: { prot: 1, port: "x" }', 'log: { directory: 5 }', 'bounds: 3', 'nope: 1']
    expect(mistakes(lines.join('\n'))).toEqual([
      'a.yaml:1:1: missing option "name"; add it: text with at least 1 character',
      'a.yaml:1:8: unknown option "prot"; did you mean "port"?',
      'a.yaml:1:23: "port" must be a port from 0 to 65535, got text "x"; write it like 8000',
      'a.yaml:2:19: "directory" must be a path, got 5; write it like ./data',
      'a.yaml:3:9: "bounds" must be a mapping, got 3; write its options under it: latMin, latMax',
      'a.yaml:4:1: unknown option "nope"; known here: name, log, bounds, sources, sinks, hub',
    ])
  })

  test('an empty file lacks what has no default', () => {
    expect(mistakes('')).toEqual(['a.yaml:1:1: missing option "name"; add it: text with at least 1 character'])
    expect(mistakes('# nothing but a comment\n')).toHaveLength(1)
  })

  test('a file of one word is no configuration', () => {
    const next = 'write its options under it: name, log, bounds, sources, sinks, hub'
    expect(mistakes('hello')).toEqual([`a.yaml:1:1: the configuration must be a mapping, got text "hello"; ${next}`])
  })

  test('a long value is cut short in a message', () => {
    const [problem] = mistakes(`name: n\nhub: { port: ${'x'.repeat(500)} }`)
    expect(problem!.length).toBeLessThan(200)
  })

  test('a file that cannot be read is a problem of the file', () => {
    const result = loadConfig({ file: '/nowhere/a.yaml', root })
    expect(result).toMatchObject({
      ok: false,
      problems: [{ place: { file: '/nowhere/a.yaml' }, reason: 'unreadable' }],
    })
  })
})

test('a refinement that says "must" is about its option, and keeps what the option is', () => {
  const power = bytes()
    .refine((size) => Number.isInteger(Math.log2(size)), { message: 'must be a power of two' })
    .default(1024)
    .describe('Capacity.')
  const ring = z.object({ ring: power })
  const result = loadConfig({ file: 'a.yaml', text: 'ring: 5MB', root: ring })
  expect(result.ok ? '' : formatProblems(result.problems)).toBe(
    'a.yaml:1:7: "ring" must be a power of two, got text "5MB"; write it like 64MB, 1.5GB or 64MiB',
  )
  expect(loadConfig({ file: 'a.yaml', text: '', root: ring })).toMatchObject({ ok: true, config: { ring: 1024 } })
  expect(optionsTable(ring)).toContain('| `ring` | size | `1KiB` | bytes |  | Capacity. |')
})

test('problems become one error that carries them all', () => {
  const result = load('name: 5\nhub: { prot: 1 }')
  const error = configError(result.ok ? [] : result.problems)
  expect(error.code).toBe('SKEIN_CONFIG_INVALID')
  expect(error.details).toEqual({
    count: 2,
    problems: [
      'a.yaml:1:7: "name" must be text with at least 1 character, got 5; put it in quotes: "5"',
      'a.yaml:2:8: unknown option "prot"; did you mean "port"?',
    ],
  })
})
