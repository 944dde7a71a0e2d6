/**
 * A zod schema as JSON Schema with this project's metadata: what everything but validation reads.
 *
 * Binding, messages and the reference all walk this plain data, so the zod schema stays the one spec of an option.
 */
import { z } from 'zod'
import { SkeinError } from '../errors.ts'

/** What an option's `.meta({ … })` may say beside `description`. */
export type OptionMeta = {
  readonly description?: string
  /** The type in one or two words where text or number would say too little: `duration`. */
  readonly valueType?: string
  /** The unit of the value once read: `ms`. */
  readonly unit?: string
  /** How it is written, by example: `5s, 200ms or 1m30s`. */
  readonly form?: string
  /** The range in words, where minimum and maximum do not say it. */
  readonly range?: string
  readonly secret?: true
  /** Whether a mapping may say `include: file` instead. */
  readonly includable?: true
  /** Whether it stands for a component, which has a page of its own. */
  readonly kind?: true
}

export type Shape = OptionMeta & {
  readonly type?: string | readonly string[]
  readonly anyOf?: readonly Shape[]
  readonly oneOf?: readonly Shape[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, Shape>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Shape | boolean
  readonly propertyNames?: Shape
  readonly items?: Shape | boolean
  readonly prefixItems?: readonly Shape[]
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  readonly multipleOf?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
}

const shapes = new WeakMap<z.ZodType, Shape>()

/** Defaults appear as they would be written. Throws `SKEIN_CONFIG_SPEC` for a schema that cannot be printed back. */
export function shapeOf(schema: z.ZodType): Shape {
  const known = shapes.get(schema)
  if (known !== undefined) return known
  refuseOneWay(schema)
  const shape = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema instanceof z.ZodDefault) jsonSchema.default = z.encode(zodSchema, zodSchema.def.defaultValue)
    },
  }) as Shape
  shapes.set(schema, shape)
  return shape
}

function refuseOneWay(schema: z.ZodType): void {
  z.toJSONSchema(schema, {
    io: 'output',
    unrepresentable: ({ zodSchema, path }) => {
      if (!(zodSchema instanceof z.ZodTransform)) return 'any'
      throw new SkeinError('SKEIN_CONFIG_SPEC', {
        option: path.filter((step) => step !== 'properties').join('.'),
        reason: 'a transform has no way back: use a codec',
      })
    },
  })
}

/** The shapes a value may have; a shape with a type name of its own is one, whatever it is made of. */
export function alternatives(shape: Shape): readonly Shape[] {
  if (shape.valueType !== undefined) return [shape]
  return (shape.anyOf ?? shape.oneOf)?.flatMap(alternatives) ?? [shape]
}

type JsonType = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null'

export function accepts(shape: Shape | undefined, type: JsonType): boolean {
  if (shape === undefined) return false
  const inner = shape.anyOf ?? shape.oneOf
  if (inner !== undefined) return inner.some((one) => accepts(one, type))
  const types = [shape.type].flat()
  return types.includes(type) || (type === 'number' && types.includes('integer'))
}

/** Whether any text will do, as against one of a few words. */
export function acceptsText(shape: Shape): boolean {
  const inner = shape.anyOf ?? shape.oneOf
  if (inner !== undefined) return inner.some(acceptsText)
  if (shape.enum !== undefined || 'const' in shape) return false
  return shape.type === undefined || accepts(shape, 'string')
}

export function knownKeys(shape: Shape): string[] {
  return [...new Set(alternatives(shape).flatMap(({ properties }) => Object.keys(properties ?? {})))]
}

/** The words of an enumeration. */
export function choices(shape: Shape): string[] {
  return alternatives(shape)
    .flatMap((one) => ('const' in one ? [one.const] : (one.enum ?? [])))
    .map(String)
}

/** The shape of what stands under a key or index; `undefined` where nothing may. */
export function childShape(shape: Shape | undefined, step: string | number): Shape | undefined {
  if (shape === undefined) return undefined
  const all = alternatives(shape)
  const children =
    typeof step === 'number'
      ? all.map(({ prefixItems, items }) => prefixItems?.[step] ?? items)
      : all.map(({ properties, additionalProperties: others }) => (has(properties, step) ? properties[step] : others))
  const shapes = children.map((child) => (child === true ? {} : child)).filter((child) => typeof child === 'object')
  return shapes.length > 1 ? { anyOf: shapes } : shapes[0]
}

function has(properties: Shape['properties'], key: string): properties is Readonly<Record<string, Shape>> {
  return properties !== undefined && Object.hasOwn(properties, key)
}

export function shapeAt(shape: Shape, path: readonly (string | number)[]): Shape | undefined {
  return path.reduce(childShape, shape as Shape | undefined)
}
