/**
 * The reference, made from the specs: a page per component, and a table of any schema's options.
 */
import { stringify } from 'yaml'
import type { z } from 'zod'
import type { ComponentSpec } from './component.ts'
import { type Loaded, loadConfig, type Refused } from './load.ts'
import { alternatives, type Shape, shapeOf } from './shape.ts'
import { rangeOf, typeName } from './words.ts'

/** Markdown by file name: `source-replay.md` and so on, and `README.md`, which lists them. */
export function referencePages(specs: readonly ComponentSpec[]): Map<string, string> {
  const sorted = specs.toSorted((a, b) => pageName(a).localeCompare(pageName(b), 'en'))
  const list = sorted.map((spec) => `* [${spec.stage} ${spec.kind}](${pageName(spec)}): ${spec.summary}`)
  const pages = new Map([['README.md', `# Components\n\n${list.join('\n')}\n`]])
  for (const spec of sorted) pages.set(pageName(spec), describeComponent(spec))
  return pages
}

export function describeComponents(specs: readonly ComponentSpec[]): string {
  return specs.map(describeComponent).join('\n')
}

export function describeComponent(spec: ComponentSpec): string {
  return [
    `# ${spec.kind}`,
    `A ${spec.stage} component. ${spec.summary}`,
    '## Delivery guarantees',
    spec.deliveryGuarantees.trim(),
    '## Example',
    `\`\`\`yaml\n${indented(spec)}\n\`\`\``,
    '## Options',
    optionsTable(spec.options),
  ].join('\n\n')
}

/** Every option of a schema, those of nested mappings by their path. */
export function optionsTable(schema: z.ZodType): string {
  const rows = optionRows(shapeOf(schema), '')
  if (rows.length === 0) return 'There are none.\n'
  return `${['| option | type | default | unit | range | description |', '| --- | --- | --- | --- | --- | --- |', ...rows].join('\n')}\n`
}

/** Reads a spec's example with the spec itself, as a test of both. */
export function loadExample<Spec extends ComponentSpec>(
  spec: Spec,
  env: Readonly<Record<string, string>> = {},
): Loaded<z.output<Spec['options']>> | Refused {
  return loadConfig<Spec['options']>({ file: `example of ${spec.kind}`, text: spec.example, root: spec.options, env })
}

function pageName({ stage, kind }: ComponentSpec): string {
  return stage === kind ? `${kind}.md` : `${stage}-${kind}.md`
}

function indented({ kind, example }: ComponentSpec): string {
  const lines = example.trimEnd().split('\n')
  return [`${kind}:`, ...lines.map((line) => (line === '' ? '' : `  ${line}`))].join('\n')
}

function optionRows(shape: Shape, prefix: string): string[] {
  return alternatives(shape).flatMap(({ properties = {}, required = [] }) =>
    Object.entries(properties).flatMap(([name, option]) => {
      const path = `${prefix}${name}`
      return [row(path, option, required.includes(name)), ...(option.kind ? [] : nestedRows(option, path))]
    }),
  )
}

function nestedRows(option: Shape, path: string): string[] {
  return alternatives(option).flatMap((one) => {
    if (typeof one.items === 'object') return optionRows(one.items, `${path}[].`)
    if (typeof one.additionalProperties === 'object') return optionRows(one.additionalProperties, `${path}.<name>.`)
    return optionRows(one, `${path}.`)
  })
}

function row(path: string, option: Shape, required: boolean): string {
  const fallback = option.default === undefined || isEmptyMap(option.default) ? '' : `\`${inline(option.default)}\``
  const cells = [`\`${path}\``, typeName(option), required ? 'required' : fallback, option.unit ?? '', rangeOf(option)]
  return `| ${[...cells, option.description ?? ''].map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

function isEmptyMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0
}

function inline(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : stringify(value, { lineWidth: 0 }).trimEnd()
}
