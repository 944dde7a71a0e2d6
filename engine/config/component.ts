/**
 * Components: what a source, sink or stage says about itself, once.
 *
 * The one spec of a component drives parsing, defaults, messages, the reference and redaction. The engine is handed the
 * specs; it knows none by name.
 */
import { z } from 'zod'
import { SkeinError } from '../errors.ts'
import { alternatives, type Shape, shapeOf } from './shape.ts'
import { formatPath, type Path } from './tree.ts'
import { entryName } from './values.ts'

export type ComponentSpec<Kind extends string = string, Options extends z.ZodType = z.ZodType> = {
  /** The word that names it in a configuration. */
  readonly kind: Kind
  /** Where it stands: `source`, `shard`, `dedupe`, `sink`, `hub`. */
  readonly stage: string
  /** One sentence. */
  readonly summary: string
  /** What it promises about loss, repeats and order, and when not. */
  readonly deliveryGuarantees: string
  /** A zod object; each option has a description. */
  readonly options: Options
  /** YAML of its options, as it would stand under its kind. */
  readonly example: string
}

/** A spec with whatever else its owner keeps beside it, such as the URL of its module. Throws `SKEIN_CONFIG_SPEC`. */
export function defineComponent<const Kind extends string, Options extends z.ZodType, Extra extends object>(
  spec: ComponentSpec<Kind, Options> & Extra,
): ComponentSpec<Kind, Options> & Extra {
  const refuse = (reason: string) => new SkeinError('SKEIN_CONFIG_SPEC', { component: spec.kind, reason })
  if (!/^[a-z][A-Za-z0-9]*$/.test(spec.kind)) throw refuse('a kind is one word in lower case')
  const shape = shapeOf(spec.options)
  if (shape.properties === undefined) throw refuse('options must be an object')
  const undescribed = withoutDescription(shape, [])
  if (undescribed !== undefined) throw refuse(`option "${formatPath(undescribed)}" has no description`)
  return spec
}

function withoutDescription(shape: Shape, path: Path): Path | undefined {
  for (const one of alternatives(shape)) {
    const named = Object.entries(one.properties ?? {}).map(([key, inner]) => ({
      inner,
      at: [...path, key],
      named: true,
    }))
    const each = [one.items, one.additionalProperties].map((inner) => ({ inner, at: [...path, '*'], named: false }))
    for (const { inner, at, named: isOption } of [...named, ...each]) {
      if (typeof inner !== 'object') continue
      const found = isOption && !inner.description ? at : withoutDescription(inner, at)
      if (found !== undefined) return found
    }
  }
  return undefined
}

/** A component in use: its kind, its options as read, and the common keys of its map. */
export type Entry<Spec extends ComponentSpec, Common extends z.ZodRawShape> = Spec extends ComponentSpec
  ? { readonly kind: Spec['kind']; readonly options: z.output<Spec['options']> } & CommonKeys<Common>
  : never

/** Where there are none, zod would say that every key is `never`. */
type CommonKeys<Common extends z.ZodRawShape> = [keyof Common] extends [never]
  ? unknown
  : Readonly<z.output<z.ZodObject<Common>>>

type EntryOptions<Common extends z.ZodRawShape> = {
  /** Keys beside the kind, the same for every component of the map. */
  readonly common?: Common
  /** Whether an entry may be `include: file`. */
  readonly includable?: true
}

/** A map from names to components: exactly one kind an entry, the common keys beside it. */
export function componentMap<const Spec extends ComponentSpec, Common extends z.ZodRawShape = Record<never, never>>(
  specs: readonly Spec[],
  options: EntryOptions<Common> = {},
) {
  return z.record(entryName(), componentEntry(specs, options))
}

export function componentEntry<const Spec extends ComponentSpec, Common extends z.ZodRawShape = Record<never, never>>(
  specs: readonly Spec[],
  { common, includable }: EntryOptions<Common> = {},
) {
  const kinds = specs.map(({ kind }) => kind)
  const commonShape: z.ZodRawShape = common ?? {}
  const clash = kinds.find((kind, i) => kinds.indexOf(kind) !== i || Object.hasOwn(commonShape, kind))
  if (clash !== undefined) throw new SkeinError('SKEIN_CONFIG_SPEC', { component: clash, reason: 'the kind is taken' })

  const written = z
    .object({ ...Object.fromEntries(specs.map(kindOption)), ...commonShape })
    .superRefine((entry, context) => requireOneKind(entry, kinds, context), { when: ({ value }) => isRecord(value) })

  return z
    .codec(written, z.custom<Entry<Spec, Common>>(), {
      decode: (entry) => {
        const kind = kinds.find((one) => entry[one] !== undefined)
        const others = Object.entries(entry).filter(([key]) => Object.hasOwn(commonShape, key))
        return { kind, options: kind && entry[kind], ...Object.fromEntries(others) } as Entry<Spec, Common>
      },
      encode: ({ kind, options, ...others }) => ({ [kind]: options, ...others }) as z.output<typeof written>,
    })
    .meta(includable ? { includable } : {})
}

function kindOption({ kind, summary, options }: ComponentSpec): [string, z.ZodType] {
  return [kind, options.meta({ description: summary, kind: true }).optional()]
}

function requireOneKind(
  entry: Record<string, unknown>,
  kinds: readonly string[],
  context: z.core.$RefinementCtx,
): void {
  const [first, ...more] = kinds.filter((kind) => entry[kind] !== undefined)
  if (first === undefined) {
    const params = { reason: 'missing_key', next: `add one of ${kinds.join(', ')}` }
    context.addIssue({ code: 'custom', message: 'no kind of component is given', params })
  }
  for (const kind of more) {
    const params = { reason: 'duplicate_key', next: 'keep one of them' }
    context.addIssue({ code: 'custom', path: [kind], message: `"${first}" and "${kind}" are both given`, params })
  }
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}
