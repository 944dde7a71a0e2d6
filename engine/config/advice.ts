/**
 * What to write instead of a value that does not fit its option.
 */
import type { Environment } from './environment.ts'
import type { ProblemReason } from './problem.ts'
import { accepts, acceptsText, choices, knownKeys, type Shape } from './shape.ts'
import { nearest } from './suggest.ts'
import type { ConfigNode, ScalarNode } from './tree.ts'
import { expectation } from './words.ts'

/** A value that came from a variable is corrected there; otherwise the likeliest slip decides. */
export function adviceFor(node: ConfigNode, shape: Shape, reason: ProblemReason, environment: Environment): string {
  const options = accepts(shape, 'object') ? knownKeys(shape) : []
  if (options.length > 0) return `write its options under it: ${options.join(', ')}`
  const fallback = `write ${expectation(shape)}`
  if (node.kind !== 'scalar') return fallback
  return (
    correctVariable(node, environment) ?? (reason === 'out_of_range' ? fallback : (likelySlip(node, shape) ?? fallback))
  )
}

function correctVariable({ substitution }: ScalarNode, { lookUp, describe }: Environment): string | undefined {
  const given = substitution?.names.filter((name) => lookUp(name) !== undefined) ?? []
  return given.length === 0 ? undefined : `correct ${given.map(describe).join(', ')}`
}

function likelySlip({ value }: ScalarNode, shape: Shape): string | undefined {
  const isText = typeof value === 'string'
  const meant = isText ? nearest(value, choices(shape)) : undefined
  if (meant !== undefined) return `did you mean "${meant}"?`
  const isNumber = isText && value.trim() !== '' && Number.isFinite(Number(value))
  if (isNumber && accepts(shape, 'number') && !acceptsText(shape)) return `write ${Number(value)} without quotes`
  if (shape.form !== undefined) return `write it like ${shape.form}`
  if (value === null) return 'give it a value, or remove the line'
  if (!isText && acceptsText(shape)) return `put it in quotes: "${value}"`
  if (accepts(shape, 'boolean')) return 'write true or false'
  if (accepts(shape, 'array')) return 'write it as a list: [a, b]'
  return undefined
}
