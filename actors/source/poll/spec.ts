/** What the `poll` source says of itself. */
import { z } from 'zod'
import { bytes, defineComponent, duration, entryName } from '../../../engine/config/spec.ts'
import { FORMATS } from '../decode/formats.ts'
import { MappedDecoder, type MapSettings, mapSpec } from '../decode/mapped/index.ts'
import { authSpec } from '../http/auth.ts'
import { limitsOption } from './limits-spec.ts'
import { besidesOf, notePagingProblems, pagesOption, sinceOption } from './pages-spec.ts'
import { TILE_PARAMETERS } from './tile-parameters.ts'
import { UrlTemplate, urlProblem } from './url-template.ts'

const url = () =>
  z
    .string()
    .max(4096)
    .superRefine((text, context) => {
      const problem = urlProblem(text)
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
    })
    .meta({ valueType: 'url', form: 'https://api.example.org/quote?symbol={symbol}' })

/** Smaller circles do not cover a tile. */
const LEAST_RADIUS_NM = 41

const tiles = z.strictObject({
  shape: z.enum(['circle', 'box']).describe('What the provider is asked for.'),
  maxRadiusNm: z
    .int()
    .min(LEAST_RADIUS_NM)
    .max(10_000)
    .default(250)
    .describe('The largest circle that it answers, nautical miles.'),
  maxAreaDeg2: z.number().min(1).max(64_800).optional().describe('The largest box, square degrees; any unless given.'),
})

const timeouts = z.strictObject({
  headers: duration({ min: '10ms' }).default(15_000).describe('From the request to the first of the answer.'),
  body: duration({ min: '10ms' }).default(15_000).describe('Between two pieces of the body.'),
  total: duration({ min: '10ms' }).default(60_000).describe('For all of it, redirects included.'),
})

const breaker = z.strictObject({
  failures: z.int().min(1).max(1000).default(5).describe('After so many in a row nothing is asked for a while.'),
  pause: duration({ min: '10ms' }).default(60_000).describe('For so long; then one request tries.'),
})

const options = z
  .strictObject({
    url: url().describe('The address; what stands in braces is filled in, from `params` or from a tile.'),
    params: z
      .record(entryName(), z.array(z.coerce.string().max(256)).min(1).max(10_000))
      .default({})
      .describe('Values for the address: each combination is a request of its own.'),
    every: duration().default(10_000).describe('How far apart requests of one combination are.'),
    tiles: tiles
      .optional()
      .describe('Asks for the parts of `bounds` (or of the world) in which most is going on, instead of `params`.'),
    format: z.enum(FORMATS).optional().describe('What the bodies are, where they are of a kind that Skein knows.'),
    map: mapSpec.optional().describe('What the bodies mean, where they are not.'),
    pages: pagesOption().optional().describe('How an API that answers in pages is asked for all of them.'),
    since: sinceOption()
      .optional()
      .describe('Asks for what is new: the largest time or id that was seen goes into the next round.'),
    headers: z.record(z.string().max(128), z.string().max(4096)).default({}).describe('Further headers; no secrets.'),
    auth: authSpec.optional().describe('Who asks. Without its secrets it asks as nobody in particular.'),
    limits: limitsOption().describe('What the provider allows: `[1/s]`, or `[]` for as much as one likes.'),
    credits: z.enum(['none', 'opensky']).default('none').describe('What a request costs, where credits are counted.'),
    credential: z
      .string()
      .max(64)
      .optional()
      .describe('Sources with the same one share its limits; the address’s origin and `auth` unless given.'),
    maxInFlight: z.int().min(1).max(1000).default(4).describe('At most so many requests at once.'),
    attempts: z.int().min(1).max(10).default(3).describe('How often a request is sent at most.'),
    breaker: breaker.prefault({}).describe('When the provider is left alone.'),
    timeouts: timeouts.prefault({}).describe('How long to wait.'),
    maxBody: bytes({ min: '1kB' })
      .default(64_000_000)
      .describe('The longest body, decompressed; a longer one is given up.'),
    onUnauthorized: z
      .enum(['park', 'stop'])
      .default('park')
      .describe('After 401 or 403: whether this source alone is left alone, or the engine ends.'),
  })
  .superRefine((settings, context) => {
    const { url, params, tiles, format, map } = settings
    if ((format === undefined) === (map === undefined)) {
      const next = 'write `format: readsb` or one of its kind, or a `map`'
      context.addIssue({ code: 'custom', message: 'must have either a format or a map', params: { next } })
    }
    const problem = map === undefined ? undefined : mapProblem(map, settings)
    notePagingProblems(settings, context)
    if (problem !== undefined) context.addIssue({ code: 'custom', path: ['map'], message: problem })
    const known = new Set([...Object.keys(params), ...(tiles === undefined ? [] : TILE_PARAMETERS)])
    if (settings.since?.first !== undefined) known.add(settings.since.param)
    for (const name of new UrlTemplate(url).names) {
      if (known.has(name)) continue
      const next = tiles === undefined ? `add it to params` : `take one of ${[...known].join(', ')}`
      context.addIssue({ code: 'custom', path: ['url'], message: `{${name}} has no value`, params: { next } })
    }
  })

/** What only shows when it is put together. */
function mapProblem(map: MapSettings, following: Parameters<typeof besidesOf>[0]): string | undefined {
  try {
    new MappedDecoder(map, besidesOf(following))
    return undefined
  } catch (error) {
    if (error instanceof RangeError) return error.message
    throw error
  }
}

export type PollSettings = z.output<typeof options>

export const pollSpec = defineComponent({
  kind: 'poll',
  stage: 'source',
  module: new URL('./poll.ts', import.meta.url).href,
  summary: 'Asks an HTTP API again and again, as often as its limits allow and never more often.',
  deliveryGuarantees:
    'What was taken from an answer is in the log exactly once. An answer that was lost on its way is asked for again; what an API no longer tells is gone.',
  options,
  example: `url: https://api.airplanes.live/v2/point/{lat}/{lon}/{radius_nm}
tiles: { shape: circle, maxRadiusNm: 250 }
format: readsb
limits: [1/s]
`,
})
