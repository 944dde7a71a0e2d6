// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a configuration look like that
import { describe, expect, test } from 'vitest'
import { filesOf, load, mistakes, read } from './sample.ts'

const text = 'name: n\nhub: { port: ${PORT:8000} }\nsources: { a: { replay: { files: [x, y], speed: 2 } } }\n'

describe('--set', () => {
  test('wins over the environment, which wins over the file', () => {
    expect(read(text, { env: { PORT: '1' }, set: ['hub.port=2'] }).hub.port).toBe(2)
    expect(read(text, { env: { PORT: '1' } }).hub.port).toBe(1)
    expect(read(text).hub.port).toBe(8000)
  })

  test('spares the variable it replaces', () => {
    expect(read('name: ${NAME}', { set: ['name=n'] }).name).toBe('n')
  })

  test('takes the last of several', () => {
    expect(read(text, { set: ['hub.port=2', 'hub.port=3'] }).hub.port).toBe(3)
  })

  test('makes the mappings on the way, and leaves what is beside', () => {
    const config = read(text, { set: ['log.retention.maxAge=1h', 'sources.a.replay.speed=9', 'sources.b.poll.url=u'] })
    expect(config.log.retention).toEqual({ maxAge: 3_600_000, maxBytes: 1e9 })
    expect(config.sources.a?.options).toMatchObject({ files: ['x', 'y'], speed: 9 })
    expect(config.sources.b?.kind).toBe('poll')
  })

  test('takes YAML in its flow form', () => {
    const config = read(text, { set: ['sources={ c: { replay: { files: [p, q], loop: true } } }', 'name="5"'] })
    expect(config).toMatchObject({ name: '5', sources: { c: { options: { files: ['p', 'q'], loop: true } } } })
    expect(Object.keys(config.sources)).toEqual(['c'])
  })

  test('changes and appends items of a list by number', () => {
    const { sources } = read(text, { set: ['sources.a.replay.files.1=z', 'sources.a.replay.files.2=w'] })
    expect(sources.a?.options).toMatchObject({ files: ['x', 'z', 'w'] })
  })

  test('may hold an = and a variable', () => {
    expect(read(text, { set: ['name=a=b'] }).name).toBe('a=b')
    expect(read(text, { env: { X: '7' }, set: ['hub.port=${X}'] }).hub.port).toBe(7)
  })

  test('reaches into an included file', () => {
    const readFile = filesOf({ 'b.yaml': 'replay: { files: [x] }' })
    const config = read('name: n\nsources: { b: { include: b.yaml } }', { readFile, set: ['sources.b.replay.speed=5'] })
    expect(config.sources.b?.options).toMatchObject({ speed: 5, files: ['x'] })
  })

  test('does not change the value that an alias shares', () => {
    const shared = 'name: n\nsources: { a: { replay: &r { files: [x] } }, b: { replay: *r } }'
    const { sources } = read(shared, { set: ['sources.a.replay.speed=5'] })
    expect([sources.a?.options, sources.b?.options]).toMatchObject([{ speed: 5 }, { speed: 1 }])
  })

  test('is where a value is said to come from', () => {
    const result = load(text, { set: ['hub.port=2'] })
    expect(result.ok && result.origins.get('hub.port')).toEqual({ place: { file: '--set hub.port' }, from: [] })
  })

  test.each([
    ['hub.port', '--set hub.port: not of the form path=value; write for example hub.port=8001'],
    ['=5', '--set : not of the form path=value; write for example hub.port=8001'],
    ['hub..port=5', '--set hub..port: not of the form path=value; write for example hub.port=8001'],
    ['hub.__proto__.x=5', '--set hub.__proto__.x: not of the form path=value; write for example hub.port=8001'],
    ['hub.port=x', '--set hub.port: "port" must be a port from 0 to 65535, got text "x"; write it like 8000'],
    ['hub.port="5"', '--set hub.port: "port" must be a port from 0 to 65535, got text "5"; write 5 without quotes'],
    ['hub.prot=5', '--set hub.prot: unknown option "prot"; did you mean "port"?'],
    ['hub={ prot: 5 }', '--set hub: unknown option "prot"; did you mean "port"?'],
    ['name.x=5', '--set name.x: "name" is a single value; name an option of a mapping or an item of a list'],
    [
      'sources.a.replay.files.9=z',
      '--set sources.a.replay.files.9: "sources.a.replay.files" is a list of 2; name an option of a mapping or an item of a list',
    ],
    [
      'sources.a.replay.files.x=z',
      '--set sources.a.replay.files.x: "sources.a.replay.files" is a list of 2; name an option of a mapping or an item of a list',
    ],
    ['name=[a', '--set name: the [ opened here is never closed; close it with ]'],
    ['name=!x y', '--set name: tags (!…) are not supported; write the value without it'],
    ['name=${X}', '--set name: the environment variable X is not set; set it, or give a default: ${X:default}'],
    ['sources.b.enabled=true', '--set sources.b.enabled: no kind of component is given; add one of replay, poll'],
    [
      'sources.a.include=b.yaml',
      '--set sources.a.include: "include" is followed before --set is applied; set the options themselves',
    ],
  ])('%s is a mistake that names it', (setting, problem) => {
    expect(mistakes(text, { set: [setting] })).toEqual([problem])
  })
})
