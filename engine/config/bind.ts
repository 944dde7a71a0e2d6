/**
 * A tree to the plain value that the schema validates.
 *
 * Does what needs places or provenance: refuses unknown keys, opens secrets, and gives text from the environment the type
 * of the option it stands in. Text that was written as text is left alone: a quoted number stays text and is refused.
 */
import type { Environment } from './environment.ts'
import type { Place, Problem } from './problem.ts'
import type { ReadFile } from './read.ts'
import { openSecret } from './secret-source.ts'
import { accepts, acceptsText, alternatives, childShape, knownKeys, type Shape } from './shape.ts'
import { nearest } from './suggest.ts'
import {
  type ConfigNode,
  formatPath,
  type ListNode,
  type MapNode,
  type Path,
  type Scalar,
  type ScalarNode,
} from './tree.ts'

/** Where a value came from. */
export type Origin = {
  readonly place: Place
  /** The variables it was made from, each as `environment variable X` or `X in .env:3`. */
  readonly from: readonly string[]
}

export type Bound = {
  readonly value: unknown
  readonly problems: readonly Problem[]
  /** Every scalar that was given, by its path. */
  readonly origins: ReadonlyMap<string, Origin>
  /** Paths about which enough has been said. */
  readonly settled: ReadonlySet<string>
  /** Paths of mappings that hold an unknown key: what they lack may be what that key was meant to be. */
  readonly misspelt: ReadonlySet<string>
  /** Variables that some secret is made from. */
  readonly secretVariables: ReadonlySet<string>
}

/** The option counts as not given. */
const LEFT_OUT = Symbol('left out')

export function bind(root: ConfigNode, shape: Shape, environment: Environment, readFile?: ReadFile): Bound {
  return new Binder(environment, readFile).run(root, shape)
}

class Binder {
  readonly #environment: Environment
  readonly #readFile: ReadFile | undefined
  readonly #problems: Problem[] = []
  readonly #origins = new Map<string, Origin>()
  readonly #settled = new Set<string>()
  readonly #misspelt = new Set<string>()
  readonly #secretVariables = new Set<string>()
  readonly #substituted: { path: Path; node: ScalarNode }[] = []

  constructor(environment: Environment, readFile: ReadFile | undefined) {
    this.#environment = environment
    this.#readFile = readFile
  }

  run(root: ConfigNode, shape: Shape): Bound {
    const value = this.#value(root, shape, [])
    this.#keepSecretsIn()
    return {
      value: value === LEFT_OUT ? undefined : value,
      problems: this.#problems,
      origins: this.#origins,
      settled: this.#settled,
      misspelt: this.#misspelt,
      secretVariables: this.#secretVariables,
    }
  }

  #value(node: ConfigNode, shape: Shape | undefined, path: Path): unknown {
    if (node.kind === 'broken') return this.#settle(path)
    if (shape?.secret) return this.#secret(node, path)
    if (node.kind === 'list') return this.#list(node, shape, path)
    if (node.kind === 'map') return this.#map(node, shape, path)
    return this.#scalar(node, shape, path)
  }

  /** Nothing is left out of a list: what follows would be taken for another item. */
  #list({ items }: ListNode, shape: Shape | undefined, path: Path): unknown[] {
    const values = items.map((item, i) => this.#value(item, childShape(shape, i), [...path, i]))
    return values.map((value) => (value === LEFT_OUT ? undefined : value))
  }

  #map(node: MapNode, anyShape: Shape | undefined, path: Path): Record<string, unknown> {
    const { entries } = node
    const shape = anyShape && narrow(anyShape, node)
    const object: Record<string, unknown> = {}
    for (const [key, { keyPlace, value: written }] of entries) {
      const inner = childShape(shape, key)
      if (inner === undefined && shape !== undefined && accepts(shape, 'object')) {
        this.#unknownKey(key, keyPlace, shape, path, node)
        continue
      }
      const value = this.#value(written, inner, [...path, key])
      if (value !== LEFT_OUT) object[key] = value
    }
    return object
  }

  #unknownKey(key: string, place: Place, shape: Shape, path: Path, { entries }: MapNode): void {
    const known = knownKeys(shape)
    const meant = nearest(key, known)
    this.#misspelt.add(formatPath(path))
    if (meant !== undefined && !entries.has(meant)) this.#settled.add(formatPath([...path, meant]))
    if (shape.includable && key === 'include') {
      const message = '"include" is followed before --set is applied'
      this.#problems.push({ place, reason: 'include', message, next: 'set the options themselves' })
      return
    }
    const next = meant === undefined ? `known here: ${known.join(', ') || 'none'}` : `did you mean "${meant}"?`
    this.#problems.push({ place, reason: 'unknown_key', message: `unknown option "${key}"`, next })
  }

  #scalar(node: ScalarNode, shape: Shape | undefined, path: Path): unknown {
    const { value, substitution } = node
    if (value === null && accepts(shape, 'object') && !accepts(shape, 'null')) return {}
    if (substitution !== undefined) this.#substituted.push({ path, node })
    const typed = substitution === undefined ? value : coerce(String(value), shape ?? {})
    if (typed !== LEFT_OUT) this.#origin(path, node)
    return typed
  }

  #secret(node: ConfigNode, path: Path): unknown {
    const opened = openSecret(node, this.#readFile)
    for (const name of opened.variables) this.#secretVariables.add(name)
    if ('secret' in opened) {
      if (opened.secret !== undefined) this.#origin(path, node)
      return opened.secret ?? LEFT_OUT
    }
    this.#problems.push({ place: node.place, reason: 'secret', ...opened.mistake })
    return this.#settle(path)
  }

  /** A variable that is a secret in one place is a secret everywhere. */
  #keepSecretsIn(): void {
    for (const { path, node } of this.#substituted) {
      const name = node.substitution?.names.find((one) => this.#secretVariables.has(one))
      if (name === undefined) continue
      const message = `${name} is a secret elsewhere, and "${formatPath(path)}" is not kept secret`
      this.#problems.push({ place: node.place, reason: 'secret', message, next: 'use another variable here' })
      this.#settle(path)
    }
  }

  #origin(path: Path, node: ConfigNode): void {
    const names = node.kind === 'scalar' ? (node.substitution?.names ?? []) : []
    const given = names.filter((name) => this.#environment.lookUp(name) !== undefined)
    this.#origins.set(formatPath(path), { place: node.place, from: given.map(this.#environment.describe) })
  }

  #settle(path: Path): typeof LEFT_OUT {
    this.#settled.add(formatPath(path))
    return LEFT_OUT
  }
}

/** Of several mappings, those that a mapping can be by its fixed words, such as `type: basic`. */
function narrow(shape: Shape, { entries }: MapNode): Shape {
  const all = alternatives(shape)
  const fitting = all.filter(({ properties = {} }) =>
    Object.entries(properties).every(([key, property]) => {
      const given = entries.get(key)?.value
      return property.const === undefined || given?.kind !== 'scalar' || given.value === property.const
    }),
  )
  return all.length === 1 || fitting.length === 0 ? shape : { anyOf: fitting }
}

const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/

/** Text from the environment as the option's type. Nothing at all, where text is not wanted, leaves the option out. */
function coerce(text: string, shape: Shape): Scalar | typeof LEFT_OUT {
  if (acceptsText(shape)) return text
  if (text === '') return LEFT_OUT
  if (accepts(shape, 'number') && NUMBER.test(text)) return Number(text)
  if (accepts(shape, 'boolean') && (text === 'true' || text === 'false')) return text === 'true'
  return text
}
