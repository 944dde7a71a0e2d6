/**
 * A configuration as it was written: values that know their place.
 *
 * Trees are never changed; `--set` and substitution make new ones that share what stayed the same.
 */
import type { Place } from './problem.ts'

export type Scalar = string | number | boolean | null

/** What a scalar owes to the environment. */
export type Substitution = {
  /** The variables named, in order. */
  readonly names: readonly string[]
  /** Whether the scalar is one `${…}` and nothing else. */
  readonly whole: boolean
  /** Whether a default from the configuration's text was used. */
  readonly defaulted: boolean
}

export type ScalarNode = {
  readonly kind: 'scalar'
  readonly place: Place
  readonly value: Scalar
  readonly substitution?: Substitution
}
export type ListNode = { readonly kind: 'list'; readonly place: Place; readonly items: readonly ConfigNode[] }
export type MapEntry = { readonly keyPlace: Place; readonly value: ConfigNode }
export type MapNode = { readonly kind: 'map'; readonly place: Place; readonly entries: ReadonlyMap<string, MapEntry> }
/** Stands where a problem has already been reported, so that nothing more is said about it. */
export type BrokenNode = { readonly kind: 'broken'; readonly place: Place }
export type ConfigNode = ScalarNode | ListNode | MapNode | BrokenNode

export type Path = readonly (string | number)[]

/** Names that would reach an object's prototype. */
export const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

export function emptyMap(place: Place): MapNode {
  return { kind: 'map', place, entries: new Map() }
}

export function isEmpty(node: ConfigNode): boolean {
  return node.kind === 'scalar' && node.value === null
}

/**
 * The node at a path, or the last one on the way, with the place to point at for it: its key, unless the value comes from
 * another file or the command line.
 */
export function locate(root: ConfigNode, path: Path): { node: ConfigNode; keyPlace: Place; depth: number } {
  let node = root
  let keyPlace = root.place
  for (const [depth, step] of path.entries()) {
    const entry = node.kind === 'map' ? node.entries.get(String(step)) : undefined
    const next = entry?.value ?? (node.kind === 'list' ? node.items[Number(step)] : undefined)
    if (next === undefined) return { node, keyPlace, depth }
    keyPlace = entry !== undefined && entry.keyPlace.file === next.place.file ? entry.keyPlace : next.place
    node = next
  }
  return { node, keyPlace, depth: path.length }
}

/** `sources.nyc.replay.files.0`; a step that holds a dot is quoted. */
export function formatPath(path: Path): string {
  return path.map((step) => (/^[^."\s]+$/.test(String(step)) ? String(step) : JSON.stringify(step))).join('.')
}
