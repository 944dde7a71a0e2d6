/** How a configuration says what an API's bodies mean: an object of its own for each API, no code. */
import { z } from 'zod'
import { event } from '../../../../schemas/event.ts'
import { quote } from '../../../../schemas/quote.ts'
import { TIME_UNITS } from './time.ts'

export const MAPPED_SCHEMAS = { quote, event } as const

/** What else is in an event is its row as it came. */
const FIELDS: Readonly<Record<keyof typeof MAPPED_SCHEMAS, readonly string[]>> = {
  quote: Object.keys(quote.fields).filter((name) => name !== 'symbol'),
  event: ['source', 'api_version'],
}

const path = () =>
  z
    .union([z.string().min(1).max(256), z.array(z.string().min(1).max(256)).min(1).max(16)])
    .describe(
      'Where in the row: `meta.price`, `c.0`, `$key`, `$value`, `$param.NAME`, `$body.PATH`; or a list of names.',
    )

const field = z.union([
  path(),
  z.strictObject({
    from: path(),
    times: z.number().optional().describe('What a number is multiplied by, as 0.3048 for feet that are to be metres.'),
    plus: z.number().optional().describe('What is added to it then.'),
  }),
  z.strictObject({ value: z.union([z.string().max(256), z.number()]).describe('The same in every record.') }),
])

export const mapSpec = z
  .strictObject({
    records: z
      .string()
      .max(256)
      .default('')
      .describe('Where the rows are: `data.items[*]`, `result{*}`; the body itself is the only row unless given.'),
    schema: z.enum(['quote', 'event']).describe('What a row becomes.'),
    key: z.string().min(1).max(256).describe('What the record is about: `kraken:{$key}`. Paths stand in braces.'),
    time: z
      .strictObject({
        from: path(),
        unit: z.enum(TIME_UNITS).describe('What it counts since 1970; `iso8601` for a date and time as text.'),
      })
      .optional()
      .describe('When it was so; when the answer came unless given.'),
    fields: z.record(z.string(), field).default({}).describe('The schema’s fields, and where each is in the row.'),
    nulls: z.array(z.string().max(64)).max(16).default([]).describe('Texts that mean that there is no value, as `.`.'),
    complaint: z
      .strictObject({
        at: z
          .array(z.string().min(1).max(256))
          .min(1)
          .max(8)
          .describe(
            'Where the body may say what is wrong; when there is anything at one of them, the body is refused.',
          ),
        limited: z
          .array(z.string().min(1).max(256))
          .default([])
          .describe('What it says, or part of it, when there were too many requests.'),
      })
      .optional()
      .describe('How the API says with status 200 that something is wrong.'),
  })
  .superRefine(({ schema, fields }, context) => {
    for (const name of Object.keys(fields)) {
      if (FIELDS[schema].includes(name)) continue
      const next = `take one of ${FIELDS[schema].join(', ')}`
      context.addIssue({
        code: 'custom',
        path: ['fields', name],
        message: `a ${schema} has no such field`,
        params: { next },
      })
    }
  })

export type MapSettings = z.output<typeof mapSpec>
