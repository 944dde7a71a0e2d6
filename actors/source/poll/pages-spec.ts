/** How a configuration says that an API answers in pages, and how it is asked for what is new. */
import { z } from 'zod'
import { duration, type IssueParams } from '../../../engine/config/spec.ts'
import type { Besides } from '../decode/mapped/index.ts'
import { TIME_UNITS } from '../decode/mapped/time.ts'

const parameter = () => z.string().regex(/^[\w.[\]-]{1,64}$/)
const path = () => z.union([z.string().min(1).max(256), z.array(z.string().min(1).max(256)).min(1).max(16)])

const most = () =>
  z.int().min(1).max(10_000).default(100).describe('At most so many pages a round; what is behind them is left.')
const size = () =>
  z
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe('Rows of a full page: one with fewer is the last; else one with none is.')
const sizeParam = () => parameter().optional().describe('The parameter that says `size`, where one does.')

export const pagesOption = () =>
  z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('page').describe('Pages have numbers.'),
      param: parameter().default('page').describe('The parameter for the number.'),
      first: z.int().min(0).max(1).default(1).describe('The number of the first page.'),
      size: size(),
      sizeParam: sizeParam(),
      most: most(),
    }),
    z.strictObject({
      kind: z.literal('offset').describe('Rows have numbers.'),
      param: parameter().default('offset').describe('The parameter for the number of the first row wanted.'),
      first: z.int().min(0).max(1).default(0).describe('The number of the very first row.'),
      size: size(),
      sizeParam: sizeParam(),
      most: most(),
    }),
    z.strictObject({
      kind: z.literal('cursor').describe('The body says what to ask for next.'),
      from: path().describe('Where in the body it does: `meta.next_cursor`.'),
      param: parameter().describe('The parameter that it is for.'),
      most: most(),
    }),
    z.strictObject({
      kind: z.literal('link').describe('The answer holds the address of the next page.'),
      from: path().optional().describe('Where in the body it is; in the header `Link`, as `rel="next"`, unless given.'),
      most: most(),
    }),
  ])

export type PagesSettings = z.output<ReturnType<typeof pagesOption>>

/** Their cursors are kept with every commit. */
export const MOST_CURSORS = 256

export const sinceOption = () =>
  z
    .strictObject({
      from: path().describe('A time or an id that each row has, by which newer rows are told: a path in the row.'),
      param: parameter().describe(
        'The parameter for the largest that was seen; or its place in braces in the address.',
      ),
      first: z.string().max(256).optional().describe('What is asked for before there is one; nothing unless given.'),
      unit: z.enum(TIME_UNITS).optional().describe('Of a time; it is an id unless given.'),
      as: z
        .enum([...TIME_UNITS, 'date'])
        .optional()
        .describe('How the parameter wants the time; as it comes unless given.'),
      overlap: duration().default(0).describe('Asks for so much before the time again: rows may come late.'),
    })
    .superRefine(({ unit, as, overlap }, context) => {
      if (unit !== undefined) return
      for (const [name, isGiven] of [
        ['as', as !== undefined],
        ['overlap', overlap > 0],
      ] as const)
        if (isGiven) context.addIssue({ code: 'custom', path: [name], message: 'needs a `unit`: an id is no time' })
    })

export type SinceSettings = z.output<ReturnType<typeof sinceOption>>

interface Paged {
  readonly pages?: PagesSettings | null | undefined
  readonly since?: SinceSettings | null | undefined
}

/** What a decoder has to find for them. */
export function besidesOf({ pages, since }: Paged): Besides {
  const next = pages != null && 'from' in pages ? pages.from : undefined
  return { next, mark: since?.from }
}

/** What in a source does not go with them. */
export function notePagingProblems(
  source: Paged & { url: string; params: Readonly<Record<string, readonly string[]>>; tiles?: unknown; map?: unknown },
  context: z.RefinementCtx,
): void {
  const { pages, since, url, params, tiles, map } = source
  const note = (path: string[], message: string, next: string) =>
    context.addIssue({ code: 'custom', path, message, params: { next } satisfies IssueParams })
  for (const [name, isThere] of [
    ['pages', pages != null],
    ['since', since != null],
  ] as const)
    if (isThere && tiles !== undefined) note([name], 'does not go with tiles', 'leave one of them out')
  if (besidesOf(source).next !== undefined && map === undefined)
    note(['pages', 'from'], 'needs a map: of a format nothing else is read', 'leave it out, or write a map')
  if (since != null && map === undefined)
    note(['since'], 'needs a map: of a format nothing else is read', 'leave it out, or write a map')
  const combinations = Object.values(params).reduce((product, values) => product * values.length, 1)
  if (since != null && combinations > MOST_CURSORS)
    note(['since'], `${combinations} combinations of params are too many`, `have at most ${MOST_CURSORS} in a source`)
  const inAddress = new URLSearchParams(url.slice(url.indexOf('?') + 1))
  for (const [path, name] of parametersOf(source))
    if (url.includes('?') && inAddress.has(name))
      note(path, `"${name}" is in the address already`, 'take it out of the url')
}

function parametersOf({ pages, since }: Paged): [string[], string][] {
  const found: [string[], string][] = []
  if (pages != null && 'param' in pages) found.push([['pages', 'param'], pages.param])
  if (pages != null && 'sizeParam' in pages && pages.sizeParam !== undefined)
    found.push([['pages', 'sizeParam'], pages.sizeParam])
  if (since != null) found.push([['since', 'param'], since.param])
  return found
}
