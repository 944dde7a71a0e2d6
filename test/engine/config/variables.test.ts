// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a configuration look like that
import { describe, expect, test } from 'vitest'
import { configVariables } from '../../../engine/config/index.ts'
import { mask, parseTemplate, unmask } from '../../../engine/config/variables.ts'
import { filesOf, load, mistakes, read, root } from './sample.ts'

const text = (value: string) => `name: ${value}\n`

describe('a variable in a configuration', () => {
  test('is replaced by its value, or by its default when it is not set', () => {
    expect(read(text('${X}'), { env: { X: 'a' } }).name).toBe('a')
    expect(read(text('${X:b}'), { env: { X: 'a' } }).name).toBe('a')
    expect(read(text('${X:b}')).name).toBe('b')
    expect(read(text('pre-${X:b}-${Y:c}-post'), { env: { Y: 'y' } }).name).toBe('pre-b-y-post')
  })

  test('set to nothing counts as not set', () => {
    expect(read(text('${X:b}'), { env: { X: '' } }).name).toBe('b')
    expect(mistakes(text('${X}'), { env: { X: '' } })).toEqual([
      'a.yaml:1:7: the environment variable X is not set; set it, or give a default: ${X:default}',
    ])
  })

  test('that is missing is named where it stands, each one', () => {
    expect(mistakes('name: ${A}-${B}\nhub: { port: ${C} }')).toEqual([
      'a.yaml:1:7: the environment variable A is not set; set it, or give a default: ${A:default}',
      'a.yaml:1:7: the environment variable B is not set; set it, or give a default: ${B:default}',
      'a.yaml:2:14: the environment variable C is not set; set it, or give a default: ${C:default}',
    ])
  })

  test('named like something every object has is not set', () => {
    expect(mistakes(text('${toString}'))).toHaveLength(1)
    expect(mistakes(text('${__proto__}'))).toHaveLength(1)
  })

  test('takes the type of the option it stands in', () => {
    const config = read(
      `name: \${N}
hub: { port: \${PORT:8000}, share: "\${SHARE}", interval: \${MS:200}ms }
bounds: { latMin: -\${LAT}, latMax: \${MAX:41.20} }
sources: { a: { replay: { files: ["\${N}"], loop: \${LOOP}, format: \${FORMAT} } }, b: { poll: { url: \${N}, retries: \${R} } } }`,
      { env: { N: '5', SHARE: '.25', LAT: '7.5', LOOP: 'true', FORMAT: 'readsb', R: 'forever' } },
    )
    expect(config).toMatchObject({
      name: '5',
      hub: { port: 8000, share: 0.25, interval: 200 },
      bounds: { latMin: -7.5, latMax: 41.2 },
      sources: {
        a: { options: { files: ['5'], loop: true, format: 'readsb' } },
        b: { options: { url: '5', retries: 'forever' } },
      },
    })
  })

  test('with a value of the wrong type is named in the message', () => {
    expect(mistakes('name: n\nhub: { port: ${PORT} }', { env: { PORT: '80o0' } })).toEqual([
      'a.yaml:2:14: "port" must be a port from 0 to 65535, got text "80o0"; correct environment variable PORT',
    ])
    expect(mistakes('name: n\nhub: { port: ${PORT:80o0} }')).toEqual([
      'a.yaml:2:14: "port" must be a port from 0 to 65535, got text "80o0"; write it like 8000',
    ])
  })

  test.each(['0x10', '1_0', ' 5', 'Infinity', '', '1e', 'yes', 'True'])('holding %j is no number', (value) => {
    expect(mistakes('name: n\nhub: { share: ${X:no} }', { env: { X: value } })).toHaveLength(1)
  })

  test('with an empty default leaves out an option that is not text', () => {
    expect(read('name: n\nhub: { port: ${PORT:} }').hub.port).toBe(8000)
    expect(load('name: n\nhub: { port: ${PORT:} }')).toMatchObject({ origins: new Map([['name', expect.anything()]]) })
  })

  test('cannot change the structure, whatever it holds', () => {
    for (const value of [
      'a\nhub: { port: 1 }',
      '} , hub: { port: 1',
      '"',
      "'",
      '[a',
      '&x',
      '*x',
      '# c',
      '${Y}',
      '!!null',
      '',
    ]) {
      const config = read('{ name: ${X:default}, hub: { port: 5 } }', { env: { X: value, Y: 'y' } })
      expect(config).toMatchObject({ name: value || 'default', hub: { port: 5 } })
    }
  })

  test('has a default that is taken as it stands, punctuation and all', () => {
    expect(read('{ name: ${X:a, b: [c] "d" # e \\n}, hub: {} }').name).toBe('a, b: [c] "d" # e \\n')
    expect(read(`name: "\${X:it's "quoted" \\n}"`).name).toBe(`it's "quoted" \\n`)
    expect(read('name: ${X:https://example.org/?a=b}').name).toBe('https://example.org/?a=b')
    expect(read('name: |\n  ${X:a}\n  b\n').name).toBe('a\nb\n')
  })

  test('is not looked for behind $$', () => {
    expect(read(text('$${X}')).name).toBe('${X}')
    expect(read(text('"{ $${X:a} $5 $$ }"')).name).toBe('{ ${X:a} $5 $$ }')
    expect(read(text('$$$${X}')).name).toBe('$$${X}')
  })

  test.each(['${}', '${X', '${1X}', '${X-Y}', '${ X }', 'a ${X:1} ${', '${X:${Y:1}}'])(
    'must be written properly: %s',
    (value) => {
      expect(mistakes(text(`'${value}'`))).toEqual([
        'a.yaml:1:7: "${" starts no variable; write ${NAME} or ${NAME:default}, and $${ for a literal "${"',
      ])
    },
  )

  test('in a comment is nothing', () => {
    expect(read('name: n # ${X}\n# ${Y\n').name).toBe('n')
  })
})

describe('the .env file', () => {
  const options = (dotenv: string, env: Record<string, string> = {}) => ({
    env,
    dotenv: '.env',
    readFile: filesOf({ '.env': dotenv }),
  })

  test('is under the process, and over the defaults', () => {
    expect(read(text('${X:c}'), options('X=b', { X: 'a' })).name).toBe('a')
    expect(read(text('${X:c}'), options('X=b')).name).toBe('b')
    expect(read(text('${X:c}'), options('X=b', { X: '' })).name).toBe('b')
  })

  test('need not be there', () => {
    expect(read(text('n'), { dotenv: '.env', readFile: filesOf({}) }).name).toBe('n')
  })

  test('with mistakes is reported with everything else', () => {
    expect(mistakes('nam: n', options('what is this'))).toEqual([
      'a.yaml:1:1: unknown option "nam"; did you mean "name"?',
      '.env:1:1: this line does not set a variable; write NAME=value',
    ])
  })

  test('is named by line when a value from it is wrong', () => {
    expect(mistakes('name: n\nhub: { port: ${PORT:1} }', options('A=1\nPORT=x'))).toEqual([
      'a.yaml:2:14: "port" must be a port from 0 to 65535, got text "x"; correct PORT in .env:2',
    ])
  })

  test('that sets a variable much like one that is used gets a warning', () => {
    const result = load('name: n\nhub: { port: ${BACKEND_PORT:1} }', options('BACKEND_PROT=9000\nOTHER=1'))
    expect(result).toMatchObject({
      ok: true,
      warnings: [{ place: { file: '.env', line: 1, column: 1 }, next: 'did you mean "BACKEND_PORT"?' }],
    })
  })
})

test('the variables a configuration names are listed, those of included files too, set or not', () => {
  const readFile = filesOf({ 's/b.yaml': 'poll: { url: "${URL}", token: "${TOKEN}" }' })
  const text = 'name: ${N:x}\nsources: { b: { include: s/b.yaml } }'
  expect(configVariables({ file: 'a.yaml', text, root, readFile }).map(({ name, default: d }) => [name, d])).toEqual([
    ['N', 'x'],
    ['URL', undefined],
    ['TOKEN', undefined],
  ])
})

test('a masked text has the same length and comes back', () => {
  const text = 'a: { b: ${X:{[,:#&*!|>\'"%@`\\ \t-?=<~]}, c: $${D}, d: ${E} }'
  expect(mask(text)).toHaveLength(text.length)
  expect(unmask(mask(text))).toBe(text)
})

test('a template is its texts and references in order', () => {
  expect(parseTemplate('a${B:c}$${d}')).toEqual(['a', { name: 'B', default: 'c' }, '${d}'])
  expect(parseTemplate('')).toEqual([''])
})
