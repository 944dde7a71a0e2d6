// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a configuration look like that
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { loadConfig } from '../../../engine/config/index.ts'
import { filesOf, load, mistakes, read, root } from './sample.ts'

const including = (path: string) => `name: n\nsources:\n  a:\n    include: ${path}\n`

describe('an included file', () => {
  test('stands in the place that names it, and is listed as read', () => {
    const readFile = filesOf({ 's/a.yaml': 'replay: { files: [x] }\nenabled: false' })
    const result = load(including('s/a.yaml'), { readFile })
    expect(result).toMatchObject({
      ok: true,
      files: ['a.yaml', 's/a.yaml'],
      config: { sources: { a: { kind: 'replay', options: { files: ['x'] }, enabled: false } } },
    })
  })

  test('is found relative to the file that names it, at every level', () => {
    const readFile = filesOf({ 'config/s/a.yaml': 'include: ../t/b.yaml', 'config/t/b.yaml': 'poll: { url: x }' })
    expect(read(including('s/a.yaml'), { file: 'config/main.yaml', readFile }).sources.a?.kind).toBe('poll')
  })

  test('gives way to the keys beside its include', () => {
    const readFile = filesOf({ 'b.yaml': 'poll: { url: x }\nenabled: true' })
    const config = read('name: n\nsources: { a: { include: b.yaml, enabled: false } }', { readFile })
    expect(config.sources.a).toMatchObject({ kind: 'poll', enabled: false })
  })

  test('may be named by a variable', () => {
    const readFile = filesOf({ 'b.yaml': 'poll: { url: x }' })
    expect(read(including('${WHICH}.yaml'), { env: { WHICH: 'b' }, readFile }).sources.a?.kind).toBe('poll')
    expect(mistakes(including('${WHICH}.yaml'), { readFile })).toEqual([
      'a.yaml:4:14: the environment variable WHICH is not set; set it, or give a default: ${WHICH:default}',
    ])
  })

  test('has its mistakes placed in itself, with those of the including file', () => {
    const readFile = filesOf({
      's/a.yaml': 'replay:\n  files: [x]\n  sped: 5\n',
      's/b.yaml': 'enabled: true',
      's/c.yaml': 'poll: "',
    })
    const text = `name: n
sources:
  a: { include: s/a.yaml }
  b: { include: s/b.yaml }
  c: { include: s/c.yaml }
hub: { prot: 1 }`
    expect(mistakes(text, { readFile })).toEqual([
      'a.yaml:6:8: unknown option "prot"; did you mean "port"?',
      's/a.yaml:3:3: unknown option "sped"; did you mean "speed"?',
      's/b.yaml:1:1: no kind of component is given; add one of replay, poll',
      's/c.yaml:1:7: the " opened here is never closed; close it with "',
    ])
  })

  test('included twice has its mistakes once', () => {
    const readFile = filesOf({ 'b.yaml': 'pol: 1' })
    expect(mistakes('name: n\nsources: { a: { include: b.yaml }, b: { include: b.yaml } }', { readFile })).toEqual([
      'b.yaml:1:1: unknown option "pol"; did you mean "poll"?',
    ])
  })

  test('that is missing is named as it was looked for', () => {
    expect(mistakes(including('s/a.yaml'), { file: 'config/m.yaml', readFile: filesOf({}) })).toEqual([
      'config/m.yaml:4:14: "config/s/a.yaml" cannot be read: there is no such file; correct the path or its permissions',
    ])
  })

  test('cannot include itself, however far round', () => {
    const readFile = filesOf({ 's/b.yaml': 'include: ./c.yaml', 's/c.yaml': 'include: ../s/b.yaml' })
    expect(mistakes(including('s/b.yaml'), { readFile })).toEqual([
      's/c.yaml:1:10: a.yaml includes s/b.yaml includes s/c.yaml includes s/b.yaml; remove one of these includes',
    ])
  })

  test('is followed eight levels deep and no further', () => {
    const levels = (n: number) =>
      Object.fromEntries(
        Array.from({ length: n }, (_, i) => [`${i}.yaml`, i === n - 1 ? 'poll: { url: x }' : `include: ${i + 1}.yaml`]),
      )
    expect(read(including('0.yaml'), { readFile: filesOf(levels(8)) }).sources.a?.kind).toBe('poll')
    expect(mistakes(including('0.yaml'), { readFile: filesOf(levels(9)) })).toEqual([
      '7.yaml:1:10: more than 8 files include one another; include them from fewer levels',
    ])
  })

  test.each(['[a]', '{ a: b }', '""', '5'])('is named by a path, not by %s', (value) => {
    expect(mistakes(including(value), { readFile: filesOf({}) })).toEqual([
      'a.yaml:4:14: "include" must be the path of a file; write for example include: sources/a.yaml',
    ])
  })

  test.each(['root:x:0:0', '- secret-1'])('that holds no options is named and not quoted: %s', (text) => {
    const found = mistakes(including('b.txt'), { readFile: filesOf({ 'b.txt': text }) })
    expect(found).toEqual([
      'a.yaml:4:14: "b.txt" holds no options; it must hold what would stand here: `name: value`, line by line',
    ])
  })

  test('may be empty, when the rest stands beside its include', () => {
    const readFile = filesOf({ 'b.yaml': '# nothing yet\n' })
    const config = read('name: n\nsources: { a: { include: b.yaml, poll: { url: x } } }', { readFile })
    expect(config.sources.a?.kind).toBe('poll')
  })
})

test('include is an unknown option where no file may stand', () => {
  expect(mistakes('name: n\nhub: { include: a.yaml }')[0]).toContain('unknown option "include"')
})

describe('on disk', () => {
  let directory: string | undefined
  afterEach(() => {
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true })
  })

  test('a configuration, its include and its .env file are read', () => {
    directory = mkdtempSync(join(tmpdir(), 'skein-config-'))
    mkdirSync(join(directory, 'sources'))
    writeFileSync(join(directory, 'main.yaml'), including('sources/a.yaml'))
    writeFileSync(join(directory, 'sources/a.yaml'), 'replay: { files: ["${FILE}"] }')
    writeFileSync(join(directory, '.env'), 'FILE=x.jsonl\n')
    const result = loadConfig({ file: join(directory, 'main.yaml'), root, dotenv: join(directory, '.env') })
    expect(result).toMatchObject({ ok: true, config: { sources: { a: { options: { files: ['x.jsonl'] } } } } })
  })

  test('a directory, and a device without end, are refused', () => {
    const reasons = ['/tmp', '/dev/zero'].map((file) => {
      const result = loadConfig({ file, root })
      return result.ok ? '' : result.problems.map(({ message }) => message).join()
    })
    expect(reasons).toEqual(['cannot be read: it is a directory', 'cannot be read: it is larger than 1 MiB'])
  })
})
