import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

/** Where imports may point from each part: to itself, and to these. */
const MAY_IMPORT: Record<string, string[]> = {
  engine: [],
  schemas: ['engine'],
  actors: ['schemas', 'engine'],
  cli: ['actors', 'schemas', 'engine', 'web/client'],
  library: ['cli', 'actors', 'schemas', 'engine'],
  web: ['actors/hub/protocol.ts'],
  fixtures: [],
}

interface Import {
  from: string
  to: string
  isTypeOnly: boolean
}

const files = Object.keys(MAY_IMPORT).flatMap((part) => sources(part))
const imports = files.flatMap(importsOf)

function sources(folder: string): string[] {
  return readdirSync(join(root, folder)).flatMap((name) => {
    const path = `${folder}/${name}`
    if (name === 'dist' || name === 'node_modules') return []
    if (statSync(join(root, path)).isDirectory()) return sources(path)
    return name.endsWith('.ts') ? [path] : []
  })
}

function importsOf(from: string): Import[] {
  const text = readFileSync(join(root, from), 'utf8')
  const found = [...text.matchAll(/^(?:import|export)\s+(type\s)?[^'"]*?from\s+'(\.[^']+)'|\bimport\('(\.[^']+)'\)/gm)]
  return found.map(([, type, fixed, dynamic]) => {
    const target = normalize(join(dirname(from), (fixed ?? dynamic)!))
    return { from, to: relative('.', target), isTypeOnly: type !== undefined }
  })
}

const partOf = (path: string) => path.slice(0, path.indexOf('/'))

describe('the architecture', () => {
  test('has its imports point one way: library → cli → actors → schemas → engine', () => {
    const wrong = imports.filter(({ from, to }) => {
      const part = partOf(from)
      return partOf(to) !== part && !MAY_IMPORT[part]!.some((allowed) => to.startsWith(allowed))
    })
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([])
  })

  test('has no import cycles, type-only imports aside', () => {
    const graph = new Map<string, string[]>()
    for (const { from, to, isTypeOnly } of imports) if (!isTypeOnly) graph.set(from, [...(graph.get(from) ?? []), to])
    expect(cyclesIn(graph)).toEqual([])
  })

  test('keeps what only re-exports in index.ts, and nothing else there', () => {
    const withCode = files
      .filter((file) => file.endsWith('/index.ts'))
      .filter((file) => {
        const text = readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')
        return text.replace(/export\s+(type\s+)?(\*|\{[^}]*\})\s+from\s+'[^']+'/g, '').trim() !== ''
      })
    expect(withCode).toEqual([])
  })

  test('has files short enough to be one concept', () => {
    const long = files.filter((file) => readFileSync(join(root, file), 'utf8').split('\n').length > 450)
    expect(long.filter((file) => !file.endsWith('-table.ts'))).toEqual([])
  })

  test('lets each worker import only its own actor', () => {
    const reach = (file: string, seen = new Set<string>()): Set<string> => {
      if (seen.has(file)) return seen
      seen.add(file)
      for (const { from, to, isTypeOnly } of imports) if (from === file && !isTypeOnly) reach(to, seen)
      return seen
    }
    const modules = [
      'actors/shard/shard.ts',
      'actors/dedupe/dedupe.ts',
      'actors/sink/journal.ts',
      'actors/source/source-actor.ts',
    ]
    for (const module of modules) {
      const others = [...reach(module)].filter((file) => modules.includes(file) && file !== module)
      expect(others, module).toEqual([])
    }
  })
})

function cyclesIn(graph: Map<string, string[]>): string[] {
  const state = new Map<string, 'open' | 'done'>()
  const cycles: string[] = []
  const visit = (file: string, path: string[]): void => {
    if (state.get(file) === 'done') return
    if (state.get(file) === 'open') {
      cycles.push([...path.slice(path.indexOf(file)), file].join(' → '))
      return
    }
    state.set(file, 'open')
    for (const next of graph.get(file) ?? []) visit(next, [...path, file])
    state.set(file, 'done')
  }
  for (const file of graph.keys()) visit(file, [])
  return cycles
}
