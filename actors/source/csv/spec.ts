/** What the csv source says of itself. */
import { z } from 'zod'
import { bytes, defineComponent, path } from '../../../engine/config/spec.ts'
import { event } from '../../../schemas/event.ts'
import { quote } from '../../../schemas/quote.ts'
import { traffic } from '../../../schemas/traffic.ts'
import { TIME_UNITS } from '../decode/mapped/index.ts'

export const CSV_SCHEMAS = { traffic, quote, event } as const

const column = () =>
  z
    .string()
    .max(256)
    .describe('A column by its name, or by its place: `$1`; `$column`, `$cell` of a wide file; `$join.NAME`.')

const field = z.union([
  column(),
  z.strictObject({
    from: column(),
    times: z.number().optional().describe('What a number is multiplied by.'),
    plus: z.number().optional().describe('What is added to it then.'),
  }),
  z.strictObject({ value: z.union([z.string().max(256), z.number()]).describe('The same in every record.') }),
])

const rule = z.strictObject({
  min: z.number().optional().describe('The least number.'),
  max: z.number().optional().describe('The greatest.'),
  pattern: z
    .string()
    .max(256)
    .refine(isPattern, 'is no regular expression')
    .optional()
    .describe('A regular expression that all of the text must match.'),
  required: z.boolean().default(false).describe('Whether there must be a value.'),
})

const options = z
  .strictObject({
    files: z.array(path()).min(1).describe('The files, in the order in which they are read; plain or gzip.'),
    layout: z
      .enum(['long', 'wide'])
      .default('long')
      .describe(
        'A row for each record; or for each time, with a column for each sensor: every column that nothing else names.',
      ),
    columns: z
      .array(z.string().max(256))
      .min(1)
      .max(10_000)
      .optional()
      .describe('What the columns are called, where the first row does not say.'),
    delimiter: z.string().length(1).default(',').describe('What stands between two values.'),
    schema: z.enum(['traffic', 'quote', 'event']).describe('What a record is.'),
    key: z.string().min(1).max(256).describe('What it is about: `{sensor_id}`. Columns stand in braces.'),
    time: z
      .strictObject({
        from: column(),
        unit: z.enum(TIME_UNITS).describe('What it counts since 1970; `iso8601` for a date and time as text.'),
      })
      .describe('When it was so.'),
    fields: z.record(z.string(), field).default({}).describe('The schema’s fields, and the column of each.'),
    nulls: z
      .record(z.string(), z.array(z.string().max(64)).max(16))
      .default({})
      .describe('Texts that mean that a field has no value, besides none: `{ speed_mph: ["0"] }`.'),
    valid: z
      .record(z.string(), rule)
      .default({})
      .describe('What fields, or `key`, must be like. A row that is not so is a dead letter.'),
    join: z
      .strictObject({
        file: path().describe('A file with a header.'),
        on: z.string().max(256).describe('Its column that has what `key` gives.'),
      })
      .optional()
      .describe('Where more is said of what a record is about: `$join.NAME` is a column of its row there.'),
    speed: z.number().min(0).max(100_000).default(0).describe('Times real time; 0 for as fast as it goes.'),
    maxRow: bytes({ min: '1kB', max: '64MB' })
      .default(1_000_000)
      .describe('The longest row; a longer one is a dead letter.'),
  })
  .superRefine(({ schema, fields, nulls, valid }, context) => {
    const known = fieldsOf(schema)
    const complain = (path: string[], name: string, others: readonly string[]) => {
      if (others.includes(name)) return
      const next = `take one of ${others.join(', ')}`
      context.addIssue({ code: 'custom', path, message: `a ${schema} has no such field`, params: { next } })
    }
    for (const name of Object.keys(fields)) complain(['fields', name], name, known)
    for (const name of Object.keys(nulls)) complain(['nulls', name], name, known)
    for (const name of Object.keys(valid)) complain(['valid', name], name, ['key', ...known])
  })

export type CsvSettings = z.output<typeof options>

/** What a row gives beside key and time; of an event its payload is the row. */
export function fieldsOf(schema: CsvSettings['schema']): string[] {
  if (schema === 'event') return ['source', 'api_version']
  const { fields, key } = CSV_SCHEMAS[schema]
  return Object.keys(fields).filter((name) => name !== key.name)
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text)
    return true
  } catch {
    return false
  }
}

export const csvSpec = defineComponent({
  kind: 'csv',
  stage: 'source',
  module: new URL('./csv.ts', import.meta.url).href,
  summary: 'Reads CSV files (RFC 4180), plain or gzip: a row for each record, or a column for each sensor.',
  deliveryGuarantees:
    'Exactly once: after a stop or a crash it goes on behind the last commit. A file that was read to its end adds nothing when it is named again.',
  options,
  example: `files: [readings.csv.gz]
schema: traffic
key: "{sensor}"
time: { from: measured_at, unit: iso8601 }
fields: { speed_mph: { from: speed_kmh, times: 0.621371 } }
valid: { speed_mph: { min: 0, max: 120 } }
`,
})
