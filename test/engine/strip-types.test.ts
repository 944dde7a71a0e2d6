import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'skein-types-'))
  mkdirSync(join(root, 'engine'))
  cpSync('engine/strip-types.js', join(root, 'engine/strip-types.js'))
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(root, 'start.js'), "import './engine/strip-types.js'\nawait import('./typed.ts')\n")
})
afterEach(() => rmSync(root, { recursive: true }))

const write = (source: string) => writeFileSync(join(root, 'typed.ts'), source)
const kept = () => join(root, 'node_modules/.cache/skein')

function run(): string {
  const flags = ['--disable-warning=ExperimentalWarning', join(root, 'start.js')]
  return execFileSync(resolve('scripts/node'), flags, { encoding: 'utf8', stdio: 'pipe' }).trim()
}

test('what is kept is run until the source changes, and then what the source says', () => {
  write('const n: number = 1\nconsole.log(n)\n')
  expect([run(), run()]).toEqual(['1', '1'])
  expect(readdirSync(kept())).toEqual(['typed.ts.js'])
  write('const n: number = 2\nconsole.log(n)\n')
  expect([run(), run()]).toEqual(['2', '2'])
  expect(readdirSync(kept())).toEqual(['typed.ts.js'])
})

test('what was only half kept is not taken', () => {
  write('const n: number = 1\nconsole.log(n)\n')
  run()
  truncateSync(join(kept(), 'typed.ts.js'), 10)
  expect(run()).toBe('1')
})

test('an installation that cannot be written to runs', () => {
  write('const n: number = 1\nconsole.log(n)\n')
  writeFileSync(join(root, 'node_modules'), 'a file, in which nothing can be made')
  expect(run()).toBe('1')
})

test('positions are those of the source, kept or not', () => {
  write('interface Gone {\n  a: number\n}\nconst it: Gone = { a: 1 }; throw new Error(String(it.a))\n')
  for (let i = 0; i < 2; i++) expect(run).toThrow(/typed\.ts:4:34/)
})

test('what cannot be stripped is told with its place, each time', () => {
  write('enum Not { erasable }\n')
  for (let i = 0; i < 2; i++) expect(run).toThrow(/typed\.ts[\s\S]*enum is not supported/)
})
