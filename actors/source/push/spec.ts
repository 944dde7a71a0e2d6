/** What the push source says of itself. */
import { z } from 'zod'
import { bytes, defineComponent, duration, entryName, secret } from '../../../engine/config/spec.ts'
import { authSpec } from '../http/auth.ts'
import { limitsOption } from '../poll/limits-spec.ts'
import { urlProblem } from '../poll/url-template.ts'

const fetched = z.strictObject({
  url: z
    .string()
    .max(4096)
    .superRefine((text, context) => {
      const problem = urlProblem(text)
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
    })
    .describe('The address; what stands in braces is a parameter of the request, or stands in `params`.'),
  params: z
    .record(entryName(), z.string().max(256))
    .default({})
    .describe('Values for the address where the request has none.'),
  payload: z
    .string()
    .max(256)
    .default('')
    .describe('Where the payload is in the answer: `response.aircraft`; all of it unless given.'),
  auth: authSpec.optional().describe('Who asks.'),
  limits: limitsOption().describe('What the service allows: `[1/s]`, or `[]` for as much as one likes.'),
  credential: z.string().max(64).optional().describe('Whoever has the same one shares its limits.'),
})

export type FetchedSettings = z.output<typeof fetched>

const options = z.strictObject({
  host: z.string().default('127.0.0.1').describe('Address to listen on. Beyond loopback, give it a token.'),
  port: z.int().min(0).max(65_535).default(8090).describe('Port to listen on.'),
  token: secret().optional().describe('What senders must show: `Authorization: Bearer …`. Nothing unless given.'),
  accept: z
    .array(z.string().max(120))
    .default([])
    .describe('Events of these sources alone; of all when none has a name.'),
  requireId: z.boolean().default(false).describe('Whether events must have an id; else one is made.'),
  apiVersion: z.string().max(15).default('v1').describe('What is kept with each event.'),
  maxPayload: bytes({ min: '1kB', max: '64MB' }).default(1_000_000).describe('The longest event.'),
  maxBatch: bytes({ min: '1kB', max: '256MB' }).default(16_000_000).describe('The longest batch.'),
  bodyTimeout: duration({ min: '100ms', max: '10m' }).default(10_000).describe('How long a body may take to come.'),
  maxInFlight: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(10_000)
    .describe('At most so many requests at once; further ones are to come again.'),
  rate: z
    .number()
    .min(0)
    .max(10_000_000)
    .default(0)
    .describe('At most so many requests a second from one address; 0 for any number.'),
  remember: z
    .strictObject({
      ids: z.int().min(0).max(10_000_000).default(100_000).describe('So many.'),
      for: duration({ min: '1s', max: '30d' }).default(3_600_000).describe('… and for so long.'),
    })
    .prefault({})
    .describe('Ids of events that came of late: one that is sent again is answered the same and kept once.'),
  fetches: z
    .record(entryName(), fetched)
    .default({})
    .describe('What is asked for at `POST /ingest/NAME`, and kept as an event of that source.'),
  maxJobs: z.int().min(0).max(1000).default(16).describe('At most so many jobs at once, which ask again and again.'),
})

export type PushSettings = z.output<typeof options>

export const pushSpec = defineComponent({
  kind: 'push',
  stage: 'source',
  module: new URL('./push.ts', import.meta.url).href,
  summary: 'Takes events over HTTP.',
  deliveryGuarantees:
    'An event is on disk before it is answered with 202; with `?ack=memory` it may be lost with the process. One that is sent again with its id is kept once, also after a crash, as long as its id is remembered.',
  options,
  example: 'port: 8090\nrequireId: true\naccept: [sensors, adsbdb]\n',
})
