/**
 * Puts the environment into a tree: every `${NAME}` and `${NAME:default}` in its scalars.
 *
 * Works on values that have been parsed, so no variable can add a key, a list or a quote. What a variable holds is taken
 * as text and not looked into again. A variable that is not set and has no default is a problem where it is named.
 */
import type { Environment } from './environment.ts'
import type { Place, Problem } from './problem.ts'
import type { ConfigNode, ScalarNode, Substitution } from './tree.ts'
import { parseTemplate, type Reference, type Template, type TemplatePart } from './variables.ts'

/** A variable that a configuration names. */
export type NamedVariable = Reference & { readonly place: Place }

export type Interpolated = { readonly node: ConfigNode; readonly problems: readonly Problem[] }

export function interpolate(root: ConfigNode, environment: Environment): Interpolated {
  const problems: Problem[] = []

  const scalar = (node: ScalarNode): ConfigNode => {
    const template = templateOf(node)
    if (template === undefined) return node
    const mistakes = template === false ? [NO_REFERENCE] : missingVariables(template, environment)
    if (template !== false && mistakes.length === 0) return { ...node, ...substitute(template, environment) }
    problems.push(...mistakes.map((mistake) => ({ place: node.place, reason: 'variable' as const, ...mistake })))
    return { kind: 'broken', place: node.place }
  }

  return { node: mapScalars(root, scalar), problems }
}

/** The variables a tree names, in its order, each time they are named. */
export function variablesNamed(root: ConfigNode): NamedVariable[] {
  const named: NamedVariable[] = []
  mapScalars(root, (node) => {
    for (const part of templateOf(node) || []) if (isReference(part)) named.push({ ...part, place: node.place })
    return node
  })
  return named
}

/** `false` for text that has a `${` which starts no reference, `undefined` for a scalar without any `${`. */
function templateOf({ value }: ScalarNode): Template | false | undefined {
  if (typeof value !== 'string' || !value.includes('${')) return undefined
  return parseTemplate(value) ?? false
}

const NO_REFERENCE = {
  message: '"${" starts no variable',
  next: `write \${NAME} or \${NAME:default}, and $\${ for a literal "\${"`,
}

function missingVariables(template: Template, { lookUp }: Environment) {
  const missing = template
    .filter(isReference)
    .filter((part) => part.default === undefined && lookUp(part.name) === undefined)
  return [...new Set(missing.map(({ name }) => name))].map((name) => ({
    message: `the environment variable ${name} is not set`,
    next: `set it, or give a default: \${${name}:default}`,
  }))
}

function substitute(template: Template, { lookUp }: Environment): { value: string; substitution?: Substitution } {
  const value = template.map((part) => (isReference(part) ? (lookUp(part.name) ?? part.default) : part)).join('')
  const references = template.filter(isReference)
  if (references.length === 0) return { value }
  const substitution = {
    names: references.map(({ name }) => name),
    whole: template.length === 1,
    defaulted: references.some(({ name }) => lookUp(name) === undefined),
  }
  return { value, substitution }
}

function isReference(part: TemplatePart): part is Reference {
  return typeof part !== 'string'
}

function mapScalars(node: ConfigNode, change: (node: ScalarNode) => ConfigNode): ConfigNode {
  if (node.kind === 'scalar') return change(node)
  if (node.kind === 'list') return { ...node, items: node.items.map((item) => mapScalars(item, change)) }
  if (node.kind === 'broken') return node
  const entries = Array.from(node.entries, ([key, entry]) => {
    return [key, { ...entry, value: mapScalars(entry.value, change) }] as const
  })
  return { ...node, entries: new Map(entries) }
}
