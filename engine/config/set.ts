/**
 * Puts `--set path=value` into a tree, over what the file and the environment say.
 *
 * The value is YAML in its flow form (`5`, `text`, `[a, b]`, `{ a: 1 }`); the path names options with dots and list items by
 * number. Mappings that are missing on the way are made. Later ones win.
 */
import type { Place, Problem } from './problem.ts'
import { type ConfigNode, emptyMap, FORBIDDEN_KEYS, formatPath, isEmpty, type Path } from './tree.ts'
import { parseValue } from './yaml.ts'

export function applySettings(
  root: ConfigNode,
  settings: readonly string[],
): { node: ConfigNode; problems: Problem[] } {
  const problems: Problem[] = []
  let node = root
  for (const setting of settings) {
    const equals = setting.indexOf('=')
    const written = equals === -1 ? setting : setting.slice(0, equals)
    const place = { file: `--set ${written}` }
    const path = parsePath(written)
    if (equals === -1 || path === undefined) {
      problems.push({
        place,
        reason: 'set',
        message: 'not of the form path=value',
        next: 'write for example hub.port=8001',
      })
      continue
    }
    const value = parseValue(place, setting.slice(equals + 1))
    problems.push(...value.problems)
    const assigned = assign(node, path, value.root, place)
    if (typeof assigned !== 'string') node = assigned
    else
      problems.push({
        place,
        reason: 'set',
        message: assigned,
        next: 'name an option of a mapping or an item of a list',
      })
  }
  return { node, problems }
}

function parsePath(written: string): Path | undefined {
  const steps = written.trim().split('.')
  return steps.every((step) => step !== '' && !FORBIDDEN_KEYS.has(step)) ? steps : undefined
}

/** The tree with the value at the path, or why it cannot be there. */
function assign(node: ConfigNode, path: Path, value: ConfigNode, place: Place, depth = 0): ConfigNode | string {
  const step = path[depth]
  if (step === undefined) return value
  if (node.kind === 'broken') return node
  if (node.kind === 'list') {
    const index = /^\d+$/.test(String(step)) ? Number(step) : Number.NaN
    if (!(index <= node.items.length)) return `"${formatPath(path.slice(0, depth))}" is a list of ${node.items.length}`
    const item = assign(node.items[index] ?? emptyMap(place), path, value, place, depth + 1)
    return typeof item === 'string' ? item : { ...node, items: node.items.toSpliced(index, 1, item) }
  }
  const map = isEmpty(node) ? emptyMap(node.place) : node
  if (map.kind === 'scalar') return `"${formatPath(path.slice(0, depth))}" is a single value`
  const key = String(step)
  const entry = map.entries.get(key) ?? { keyPlace: place, value: emptyMap(place) }
  const assigned = assign(entry.value, path, value, place, depth + 1)
  if (typeof assigned === 'string') return assigned
  return { ...map, entries: new Map(map.entries).set(key, { ...entry, value: assigned }) }
}
