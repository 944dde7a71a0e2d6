/**
 * Follows `include: file` in the mappings whose schema allows it.
 *
 * The file is found relative to the one that names it and holds what would stand in its place; keys beside `include` win
 * over the file's. Files may include one another up to `MAX_INCLUDE_DEPTH`, never themselves.
 */
import { dirname, isAbsolute, join, normalize } from 'node:path'
import type { Environment } from './environment.ts'
import { interpolate } from './interpolate.ts'
import { MAX_INCLUDE_DEPTH } from './limits.ts'
import type { Problem } from './problem.ts'
import { type ReadFile, readText } from './read.ts'
import { childShape, type Shape } from './shape.ts'
import { type ConfigNode, emptyMap, isEmpty, type MapNode } from './tree.ts'
import { parseFile } from './yaml.ts'

export type Included = {
  readonly node: ConfigNode
  readonly files: readonly string[]
  readonly problems: readonly Problem[]
}

type Context = {
  readonly environment: Environment
  readonly readFile: ReadFile | undefined
  readonly files: string[]
  readonly problems: Problem[]
}

export function followIncludes(
  root: ConfigNode,
  shape: Shape,
  file: string,
  { environment, readFile }: { environment: Environment; readFile?: ReadFile | undefined },
): Included {
  const context: Context = { environment, readFile, files: [file], problems: [] }
  const node = follow(root, shape, [normalize(file)], context)
  return { node, files: context.files, problems: context.problems }
}

/** `chain`: the files being read, outermost first. */
function follow(node: ConfigNode, shape: Shape | undefined, chain: readonly string[], context: Context): ConfigNode {
  if (node.kind === 'list') {
    return { ...node, items: node.items.map((item, i) => follow(item, childShape(shape, i), chain, context)) }
  }
  if (node.kind !== 'map') return node
  if (shape?.includable && node.entries.has('include')) return replace(node, shape, chain, context)
  const entries = Array.from(node.entries, ([key, entry]) => {
    return [key, { ...entry, value: follow(entry.value, childShape(shape, key), chain, context) }] as const
  })
  return { ...node, entries: new Map(entries) }
}

function replace(node: MapNode, shape: Shape, chain: readonly string[], context: Context): ConfigNode {
  const { include, ...beside } = Object.fromEntries(node.entries)
  const { node: named, problems } = interpolate(include!.value, context.environment)
  context.problems.push(...problems)
  if (named.kind === 'broken') return named
  const { place } = named
  const refuse = (reason: Problem['reason'], message: string, next: string): ConfigNode => {
    context.problems.push({ place, reason, message, next })
    return { kind: 'broken', place }
  }

  const path = named.kind === 'scalar' && typeof named.value === 'string' ? named.value : ''
  if (path === '')
    return refuse('include', '"include" must be the path of a file', 'write for example include: sources/a.yaml')
  const file = normalize(isAbsolute(path) ? path : join(dirname(place.file), path))
  if (chain.includes(file)) {
    return refuse('include', `${[...chain, file].join(' includes ')}`, 'remove one of these includes')
  }
  if (chain.length > MAX_INCLUDE_DEPTH) {
    return refuse(
      'include',
      `more than ${MAX_INCLUDE_DEPTH} files include one another`,
      'include them from fewer levels',
    )
  }
  const read = readText(file, context.readFile)
  if ('problem' in read) return refuse(read.problem.reason, `"${file}" ${read.problem.message}`, read.problem.next)

  if (!context.files.includes(file)) context.files.push(file)
  const parsed = parseFile(file, read.text)
  context.problems.push(...parsed.problems)
  const included = follow(parsed.root, shape, [...chain, file], context)
  if (included.kind === 'broken') return included
  // What it holds instead is not shown: it may be a file that was never meant to be read here.
  if (included.kind !== 'map' && !isEmpty(included))
    return refuse(
      'include',
      `"${file}" holds no options`,
      'it must hold what would stand here: `name: value`, line by line',
    )
  const { entries } = included.kind === 'map' ? included : emptyMap(included.place)
  return { kind: 'map', place: included.place, entries: new Map([...entries, ...Object.entries(beside)]) }
}
