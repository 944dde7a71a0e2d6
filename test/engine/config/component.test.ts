import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { componentMap, defineComponent, duration, loadConfig, loadExample } from '../../../engine/config/index.ts'
import type { SkeinError } from '../../../engine/errors.ts'
import { poll, read, replay, sqlite } from './sample.ts'

const words = { stage: 'source', summary: 'Does.', deliveryGuarantees: 'None.', example: '{}' }

function refusal(define: () => unknown): unknown {
  try {
    define()
  } catch (error) {
    return (error as SkeinError).details
  }
  return undefined
}

describe('a component', () => {
  test('keeps what its owner adds', () => {
    const module = new URL('file:///replay.ts')
    expect(defineComponent({ ...words, kind: 'x', options: z.object({}), module }).module).toBe(module)
  })

  test('is read into its kind, its options and the common keys, with their types', () => {
    const source = read('name: n\nsources: { a: { replay: { files: [x] } } }').sources.a
    if (source?.kind !== 'replay') throw new Error('a replay')
    const { files, speed }: { files: string[]; speed: number } = source.options
    const enabled: boolean = source.enabled
    expect({ files, speed, enabled }).toEqual({ files: ['x'], speed: 1, enabled: true })
  })

  test.each([replay, poll, sqlite])('$kind has an example that it can read', (spec) => {
    expect(loadExample(spec, { API_TOKEN: 'x' })).toMatchObject({ ok: true })
  })

  test('must describe each of its options', () => {
    const options = z.object({ a: z.object({ b: z.array(z.object({ c: z.string() })).describe('b') }).describe('a') })
    expect(refusal(() => defineComponent({ ...words, kind: 'x', options }))).toEqual({
      component: 'x',
      reason: 'option "a.b.*.c" has no description',
    })
  })

  test('must have options that can be printed back', () => {
    const options = z.object({ a: z.string().transform(Number).describe('a') })
    expect(refusal(() => defineComponent({ ...words, kind: 'x', options }))).toEqual({
      option: 'a',
      reason: 'a transform has no way back: use a codec',
    })
  })

  test('must have an object of options and a word for a name', () => {
    expect(refusal(() => defineComponent({ ...words, kind: 'x', options: z.string() }))).toMatchObject({
      reason: 'options must be an object',
    })
    expect(refusal(() => defineComponent({ ...words, kind: 'My Kind', options: z.object({}) }))).toMatchObject({
      reason: 'a kind is one word in lower case',
    })
  })
})

describe('a map of components', () => {
  test('has each kind once, and no common key of that name', () => {
    expect(refusal(() => componentMap([replay, replay]))).toEqual({ component: 'replay', reason: 'the kind is taken' })
    expect(refusal(() => componentMap([replay], { common: { replay: z.string() } }))).toMatchObject({
      component: 'replay',
    })
  })

  test('without common keys has only kinds', () => {
    const root = z.object({ sinks: componentMap([sqlite]) })
    const result = loadConfig({ file: 'a.yaml', text: 'sinks: { h: { sqlite: { directory: d } } }', root })
    expect(result).toMatchObject({
      ok: true,
      config: { sinks: { h: { kind: 'sqlite', options: { directory: 'd' } } } },
    })
  })
})

test('a limit that is no quantity is a mistake of the program', () => {
  expect(() => duration({ min: 'soon' })).toThrow('not a duration: soon')
})

test('what a component is defined with loads no YAML and reads no file', async () => {
  const { execFileSync } = await import('node:child_process')
  const spec = new URL('../../../engine/config/spec.ts', import.meta.url)
  const script = `
    const { registerHooks } = await import('node:module')
    const loaded = []
    registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context) } })
    await import(${JSON.stringify(spec.href)})
    console.log(loaded.join('\\n'))`
  const loaded = execFileSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script],
    {
      encoding: 'utf8',
    },
  )
  expect(loaded).toContain('/zod/')
  expect(loaded).not.toContain('/yaml/')
  expect(loaded).not.toContain('engine/config/load.ts')
})
