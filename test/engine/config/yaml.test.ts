import { describe, expect, test } from 'vitest'
import { formatProblems } from '../../../engine/config/index.ts'
import { parseFile } from '../../../engine/config/yaml.ts'
import { mistakes, read } from './sample.ts'

function problems(text: string): string[] {
  const found = parseFile('a.yaml', text).problems
  return found.length === 0 ? [] : formatProblems(found).split('\n')
}

const indentation = 'give the lines of one mapping or list the same indentation'
const sameLine =
  'a mapping cannot start on the line of another key; indent the keys of one mapping alike, or quote a value that holds ": "'

describe('a slip in the syntax is placed where it was made:', () => {
  test.each([
    [
      'an unclosed double quote',
      'a: "open\nb: 1\n',
      ['a.yaml:1:4: the " opened here is never closed; close it with "'],
    ],
    [
      'an unclosed single quote',
      "a: 'open\nb: 'x'\n",
      ["a.yaml:1:4: the ' opened here is never closed; close it with '"],
    ],
    ['an unclosed bracket', 'a: [1, 2\nb: 3\n', ['a.yaml:1:4: the [ opened here is never closed; close it with ]']],
    [
      'the inner of two unclosed brackets',
      'a: { b: [1 }\n',
      ['a.yaml:1:9: the [ opened here is never closed; close it with ]'],
    ],
    [
      'a quote unclosed inside a bracket',
      'a: ["x]\n',
      ['a.yaml:1:5: the " opened here is never closed; close it with "'],
    ],
    ['a tab', 'a:\n\tb: 1\n', ['a.yaml:2:1: a tab is used as indentation; indent with spaces']],
    [
      'a line too far to the left',
      'a:\n  - b\n c: 1',
      [`a.yaml:3:1: the indentation does not fit what is above; ${indentation}`],
    ],
    ['a line too far to the right', 'a: 1\n  b: 2', [`a.yaml:1:4: ${sameLine}`]],
    ['a colon in plain text', 'a: b: c', [`a.yaml:1:4: ${sameLine}`]],
    [
      'no space after a colon',
      'b:1\nc: 2\n',
      ['a.yaml:1:1: this line has no key; write "key: value" with a space after the colon'],
    ],
    [
      'a reserved first character',
      'a: @b',
      ['a.yaml:1:4: a value cannot start with this character; put the value in quotes'],
    ],
    [
      'an unknown escape',
      'a: "\\q"',
      ['a.yaml:1:5: an unknown escape in double quotes; write \\\\ for a backslash, or use single quotes'],
    ],
    [
      'a stray bracket',
      'a: ]',
      ['a.yaml:1:4: this cannot stand here; quote it if it is text, or check the punctuation before it'],
    ],
    ['a second document', 'a: 1\n---\nb: 2\n', ['a.yaml:2:1: a second document starts here; keep one document a file']],
    [
      'a directive',
      '%YAML 1.1\n---\na: yes\n',
      ['a.yaml:1:1: directives are not supported; remove the line that starts with %'],
    ],
    ['a mapping as key', '? [a]\n: 1\n', ['a.yaml:1:3: a key must be plain text; write "key: value"']],
    ['a control character', 'a: b\u0000c', ['a.yaml:1:5: the character U+0000 cannot stand here; remove it']],
    ['a noncharacter', 'a: b\nc: \ufdd0', ['a.yaml:2:4: the character U+FDD0 cannot stand here; remove it']],
  ])('%s', (_, text, expected) => {
    expect(problems(text)).toEqual(expected)
  })

  test('several slips on several lines are all named', () => {
    expect(problems('a: @x\nb: "\\q"\n')).toHaveLength(2)
  })

  test('lines end with CR LF as well', () => {
    expect(problems('a: 1\r\nb: 2\r\na: 3\r\n')).toEqual([
      'a.yaml:3:1: "a" is given twice, first on line 1; keep one of them',
    ])
  })
})

describe('what YAML allows and a configuration does not is refused:', () => {
  test.each([
    [
      'a key given twice',
      'a: 1\nb: { c: 1, c: 2 }',
      ['a.yaml:2:12: "c" is given twice, first on line 2; keep one of them'],
    ],
    ['a prototype key', 'a: { __proto__: { x: 1 } }', ['a.yaml:1:6: "__proto__" cannot be a key; choose another name']],
    ['a quoted prototype key', '"__proto__": 1', ['a.yaml:1:1: "__proto__" cannot be a key; choose another name']],
    ['a constructor key', 'constructor: 1', ['a.yaml:1:1: "constructor" cannot be a key; choose another name']],
    ['a custom tag', 'a: !js/function x', ['a.yaml:1:17: tags (!…) are not supported; write the value without it']],
    ['a standard tag', 'a: !!binary x', ['a.yaml:1:13: tags (!…) are not supported; write the value without it']],
    [
      'a merge key',
      'a: &x { b: 1 }\nc: { <<: *x }',
      ['a.yaml:2:6: merge keys (<<) are not YAML 1.2; use an alias for a whole value, or repeat the options'],
    ],
    [
      'an alias of nothing',
      'a: *x',
      ['a.yaml:1:4: this alias has no anchor before it; define it above with &, or quote the value if the * is text'],
    ],
    ['an alias inside its anchor', 'a: &x [*x]', ['a.yaml:1:8: this alias stands inside its own anchor; remove it']],
  ])('%s', (_, text, expected) => {
    expect(problems(text)).toEqual(expected)
  })

  test('a variable in a key', () => {
    expect(problems('$' + '{X}: 1')).toEqual([
      'a.yaml:1:1: variables are substituted in values only, not in keys; write the key out',
    ])
  })
})

describe('a hostile file ends in a message:', () => {
  test.each([
    ['brackets without end', '['.repeat(100_000)],
    ['mappings without end', '{a: '.repeat(50_000)],
    ['lists on one line', '- '.repeat(50_000)],
    ['indentation without end', Array.from({ length: 500 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
  ])('%s', (_, text) => {
    expect(problems(text).join()).toContain('more than 32 mappings and lists inside one another')
  })

  test('aliases that multiply', () => {
    const levels = Array.from(
      { length: 12 },
      (_, i) =>
        `l${i}: &l${i} [${Array(12)
          .fill(i === 0 ? 'x' : `*l${i - 1}`)
          .join(', ')}]`,
    )
    expect(problems(levels.join('\n')).join()).toContain('more than 50000 values, aliases followed')
  })

  test('more than a mebibyte', () => {
    const readFile = () => new Uint8Array((1 << 20) + 1).fill(32)
    const load = { text: undefined, readFile } as const
    expect(mistakes('', load as never)).toEqual([
      'a.yaml: cannot be read: it is larger than 1 MiB; split it with include',
    ])
  })

  test('bytes that are not UTF-8', () => {
    const load = { text: undefined, readFile: () => Uint8Array.of(0x6e, 0xff) } as const
    expect(mistakes('', load as never)).toEqual(['a.yaml: cannot be read: it is not UTF-8; save it as UTF-8'])
  })
})

describe('a right file', () => {
  test('may use an alias for a whole value', () => {
    const config = read('name: n\nsources:\n  a: { replay: &r { files: [x], speed: 3 } }\n  b: { replay: *r }\n')
    expect(config.sources.b).toEqual(config.sources.a)
  })

  test('may name an anchor again: each alias means the last one before it', () => {
    const { headers } = read(`name: n
sources:
  a: { poll: { url: &u one, headers: &h { k: *u } } }
  b: { poll: { url: &u two, headers: *h } }
  c: { poll: { url: *u } }`).sources.b!.options as { headers: Record<string, string> }
    expect(headers).toEqual({ k: 'one' })
  })

  test('may write any character as an escape in double quotes', () => {
    expect(read('name: "\\ufdd0\\0\\ufdd1\\ud83d\\ude00"').name).toBe('\ufdd0\0\ufdd1\u{1f600}')
  })

  test('may start with a byte order mark', () => {
    expect(read('', { text: undefined, readFile: () => '\ufeffname: n\n' } as never).name).toBe('n')
  })

  test('follows YAML 1.2: yes is text, 012 is twelve, 1_000 is text', () => {
    const { headers } = read('name: n\nsources: { a: { poll: { url: x, headers: { a: yes, b: 1_000, c: "012" } } } }')
      .sources.a!.options as { headers: Record<string, string> }
    expect(headers).toEqual({ a: 'yes', b: '1_000', c: '012' })
    expect(read('name: n\nhub: { port: 012 }').hub.port).toBe(12)
  })

  test('may leave a mapping of options empty', () => {
    expect(read('name: n\nhub:\nsinks:\n  history:\n    sqlite:\n').sinks.history).toEqual({
      kind: 'sqlite',
      options: { directory: './history' },
    })
  })
})
