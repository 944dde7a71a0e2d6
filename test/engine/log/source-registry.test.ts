import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { SourceRegistry } from '../../../engine/log/index.ts'
import { codeOf, temporaryDirectory } from './made-log.ts'

describe('a source registry', () => {
  test('gives each new name the next number, for good', () => {
    const directory = temporaryDirectory()
    const registry = new SourceRegistry(directory)
    expect(registry.register('opensky')).toBe(1)
    expect(registry.register('readsb')).toBe(2)
    expect(registry.register('opensky')).toBe(1)
    const reopened = new SourceRegistry(directory)
    expect(reopened.register('csv')).toBe(3)
    expect(reopened.register('readsb')).toBe(2)
    expect(reopened.all.map(({ id, name }) => [id, name])).toEqual([
      [1, 'opensky'],
      [2, 'readsb'],
      [3, 'csv'],
    ])
  })

  test('has a number on disk before it gives it out', () => {
    const directory = temporaryDirectory()
    const id = new SourceRegistry(directory).register('a', { provider: 'opensky', bbox: [40.4, -74.5, 41.2, -73.5] })
    expect(new SourceRegistry(directory).get(id)).toEqual({
      id,
      name: 'a',
      metadata: { provider: 'opensky', bbox: [40.4, -74.5, 41.2, -73.5] },
    })
  })

  test('keeps the metadata that was registered last', () => {
    const directory = temporaryDirectory()
    const registry = new SourceRegistry(directory)
    registry.register('a', { poll_interval_s: 10 })
    registry.register('a', { poll_interval_s: 5 })
    expect(new SourceRegistry(directory).named('a')?.metadata).toEqual({ poll_interval_s: 5 })
  })

  test('writes nothing when nothing has changed', () => {
    const directory = temporaryDirectory()
    const registry = new SourceRegistry(directory)
    const sources = [{ name: 'a', metadata: { x: 1 } }, { name: 'b' }]
    registry.registerAll(sources)
    const path = join(directory, 'sources.json')
    writeFileSync(path, `${readFileSync(path, 'utf8')}\n\n`)
    expect(registry.registerAll(sources).map(({ id }) => id)).toEqual([1, 2])
    expect(readFileSync(path, 'utf8')).toMatch(/\n\n\n$/)
  })

  test('refuses a file that it cannot trust, and a newer one', () => {
    const directory = temporaryDirectory()
    const path = join(directory, 'sources.json')
    for (const content of ['', '{"format":1}', '{"sources":[]}', '{"format":1,"sources":[{"id":0,"name":"a"}]}']) {
      writeFileSync(path, content)
      expect(codeOf(() => new SourceRegistry(directory))).toBe('SKEIN_LOG_DAMAGED')
    }
    writeFileSync(path, '{"format":2,"others":[]}')
    expect(codeOf(() => new SourceRegistry(directory))).toBe('SKEIN_LOG_NEWER_FORMAT')
  })
})
