/**
 * A configuration as YAML, with its defaults filled in. Loading what was printed gives the same configuration.
 *
 * A secret appears as the variable or file it comes from, marked `# redacted`, never as its value.
 */
import { Document, type Node, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml'
import { z } from 'zod'
import type { Origin } from './bind.ts'
import { formatPlace } from './problem.ts'
import { Secret } from './secret.ts'
import { formatPath, type Path } from './tree.ts'
import { escapeTemplate } from './variables.ts'

type PrintOptions = {
  /** From `loadConfig`: each value is followed by where it came from. */
  readonly origins?: ReadonlyMap<string, Origin>
}

/** `config` is a value that `root` has read. */
export function printConfig<Root extends z.ZodType>(
  root: Root,
  config: z.output<Root>,
  { origins }: PrintOptions = {},
): string {
  const document = new Document()
  document.contents = toNode(z.encode(root, config), [], origins)
  return document
    .toString({ lineWidth: 0 })
    .replace(UNPRINTABLE, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** What a configuration's text may not hold as it is, and double quotes can. */
const UNPRINTABLE = /[\u007f\ufdd0-\ufdef\ufffe\uffff]/g
const NEEDS_QUOTES = /[\n\u007f\ufdd0-\ufdef\ufffe\uffff]/

function toNode(value: unknown, path: Path, origins: PrintOptions['origins']): Node {
  if (value instanceof Secret) return redacted(value)
  if (Array.isArray(value)) {
    const list = new YAMLSeq()
    list.items = value.map((item, i) => toNode(item, [...path, i], origins))
    list.flow = list.items.length === 0
    return list
  }
  if (typeof value === 'object' && value !== null) {
    const map = new YAMLMap()
    const given = Object.entries(value).filter(([, inner]) => inner !== undefined)
    map.items = given.map(([key, inner]) => new Pair(new Scalar(key), toNode(inner, [...path, key], origins)))
    map.flow = given.length === 0
    return map
  }
  const scalar = toScalar(value)
  if (origins !== undefined) scalar.comment = ` ${origin(origins.get(formatPath(path)))}`
  return scalar
}

function toScalar(value: unknown): Scalar {
  if (typeof value !== 'string') return new Scalar(value)
  const scalar = new Scalar(escapeTemplate(value))
  if (NEEDS_QUOTES.test(value)) scalar.type = 'QUOTE_DOUBLE'
  return scalar
}

function redacted({ origin }: Secret): Node {
  if ('variable' in origin) {
    const reference = new Scalar(`\${${origin.variable}}`)
    reference.comment = ' redacted'
    return reference
  }
  const map = new YAMLMap()
  const path = toScalar(origin.file)
  path.comment = ' redacted'
  map.items = [new Pair(new Scalar('file'), path)]
  return map
}

function origin(known: Origin | undefined): string {
  if (known === undefined) return 'default'
  return known.from.length > 0 ? known.from.join(', ') : formatPlace(known.place)
}
