/**
 * Shapes in words: for messages and for the reference.
 */
import { alternatives, choices, type Shape } from './shape.ts'

/** `duration`, `whole number`, `list of path`, `one of a, b`. */
export function typeName(shape: Shape): string {
  if (shape.secret) return 'secret'
  if (shape.valueType !== undefined) return shape.valueType
  const all = alternatives(shape)
  const words = choices(shape)
  const others = all.filter((one) => !('const' in one) && one.enum === undefined)
  const names = [...new Set(others.map(simpleName))]
  if (words.length > 0) names.unshift(words.length === 1 ? words[0]! : `one of ${words.join(', ')}`)
  return names.join(' or ')
}

function simpleName(shape: Shape): string {
  if (shape.valueType !== undefined || shape.secret) return typeName(shape)
  const type = [shape.type].flat()[0]
  if (type === 'array') return typeof shape.items === 'object' ? `list of ${typeName(shape.items)}` : 'list'
  if (type === 'integer') return 'whole number'
  if (type === 'boolean') return 'true or false'
  if (type === 'object') return 'mapping'
  if (type === 'string') return 'text'
  if (type === 'null') return 'nothing'
  return type ?? 'any value'
}

/** `a duration at least 1ms`, `one of a, b`: fits after "must be" and "write". */
export function expectation(shape: Shape): string {
  const name = typeName(shape)
  const bare = /^(text|true or false|nothing|any value)/.test(name) || choices(shape).length > 0
  const article = /^[aeiou]/.test(name) ? 'an' : 'a'
  const range = rangeOf(shape)
  const counted = /(character|entr)/.test(range) ? `with ${range}` : range
  return [bare ? name : `${article} ${name}`, counted].filter((part) => part !== '').join(' ')
}

/** `from 0 to 1`, `at least 1 entry`, `above 0`; empty where everything goes. */
export function rangeOf(shape: Shape): string {
  if (shape.range !== undefined) return shape.range
  return (
    alternatives(shape)
      .map(simpleRange)
      .find((range) => range !== '') ?? ''
  )
}

function simpleRange(shape: Shape): string {
  if (shape.range !== undefined) return shape.range
  const numbers = numberRange(shape)
  const multiples = shape.multipleOf === undefined ? '' : `a multiple of ${shape.multipleOf}`
  const { minLength, maxLength, minItems, maxItems } = shape
  const text = countRange(minLength, maxLength, 'character', 's')
  const list = countRange(minItems, maxItems, 'entr', 'ies', 'y')
  return [numbers, multiples, text, list].filter((part) => part !== '').join(', ')
}

function numberRange({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Shape): string {
  const least = minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER ? undefined : minimum
  const most = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? undefined : maximum
  if (least !== undefined && most !== undefined) return `from ${least} to ${most}`
  const low =
    least !== undefined ? `at least ${least}` : exclusiveMinimum !== undefined ? `above ${exclusiveMinimum}` : ''
  const high =
    most !== undefined ? `at most ${most}` : exclusiveMaximum !== undefined ? `below ${exclusiveMaximum}` : ''
  return [low, high].filter((part) => part !== '').join(' and ')
}

function countRange(
  least: number | undefined,
  most: number | undefined,
  noun: string,
  plural: string,
  singular = '',
): string {
  const counted = (n: number) => `${n} ${noun}${n === 1 ? singular : plural}`
  if (least !== undefined && least === most) return counted(least)
  if (least !== undefined && most !== undefined) return `from ${least} to ${counted(most)}`
  return least !== undefined ? `at least ${counted(least)}` : most !== undefined ? `at most ${counted(most)}` : ''
}
