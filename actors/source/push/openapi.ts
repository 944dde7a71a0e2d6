/** The interface as OpenAPI 3.1 says it. */
import { REFUSALS, type Refusal } from './refusals.ts'

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` })
const content = (schema: Json, type = 'application/json'): Json => ({ [type]: { schema } })
const query = (name: string, schema: Json, required: boolean, description: string): Json => ({
  name,
  in: 'query',
  required,
  schema,
  description,
})
const ACK = query(
  'ack',
  { enum: ['durable', 'memory'], default: 'durable' },
  false,
  'When to answer: when it is on disk, or before.',
)
const REFUSED_ANYWHERE = ['unauthorized', 'limited', 'busy', 'bad_method'] as const

function responses(ok: Json, refusals: readonly Refusal[]): Json {
  const all = [...new Set([...refusals, ...REFUSED_ANYWHERE])]
  const refused = all.map((refusal) => [
    REFUSALS[refusal].slice(0, 3),
    { description: REFUSALS[refusal].slice(4), content: content(ref('Refusal')) },
  ])
  return { ...(ok as object), ...Object.fromEntries(refused) } as Json
}

const accepted = (schema: string): Json => ({ '202': { description: 'Accepted', content: content(ref(schema)) } })
const answered = (schema: string): Json => ({ '200': { description: 'OK', content: content(ref(schema)) } })

const SCHEMAS: Json = {
  Event: {
    type: 'object',
    required: ['source', 'payload'],
    properties: {
      id: { type: 'string', maxLength: 256, description: 'Sent again with the same, it is kept once.' },
      source: { type: 'string', minLength: 1, maxLength: 120 },
      timestamp: {
        type: ['number', 'string'],
        description: 'Epoch seconds or milliseconds, or ISO 8601; now unless given.',
      },
      payload: { description: 'Any JSON; kept byte for byte.' },
    },
  },
  Accepted: {
    type: 'object',
    required: ['id', 'status'],
    properties: { id: { type: 'string' }, status: { enum: ['accepted', 'repeated'] } },
  },
  Batch: {
    type: 'object',
    required: ['accepted', 'refused', 'results'],
    properties: {
      accepted: { type: 'integer' },
      refused: { type: 'integer' },
      results: {
        type: 'array',
        items: {
          type: 'object',
          required: ['line'],
          properties: {
            line: { type: 'integer' },
            id: { type: 'string' },
            status: { enum: ['accepted', 'repeated'] },
            error: { enum: Object.keys(REFUSALS) },
            message: { type: 'string' },
            field: { type: 'string' },
          },
        },
      },
    },
  },
  Refusal: {
    type: 'object',
    required: ['error', 'message'],
    properties: {
      error: { enum: Object.keys(REFUSALS) },
      message: { type: 'string' },
      field: { type: 'string', description: 'Where in the body or the query.' },
    },
  },
  Job: {
    type: 'object',
    required: [
      'id',
      'source',
      'interval_sec',
      'duration_sec',
      'started_at',
      'ends_at',
      'fetched',
      'failed',
      'last_error',
    ],
    properties: {
      id: { type: 'string' },
      source: { type: 'string' },
      interval_sec: { type: 'number' },
      duration_sec: { type: 'number' },
      started_at: { type: 'string', format: 'date-time' },
      ends_at: { type: 'string', format: 'date-time' },
      fetched: { type: 'integer' },
      failed: { type: 'integer' },
      last_error: { type: ['string', 'null'] },
    },
  },
  Jobs: { type: 'object', required: ['jobs'], properties: { jobs: { type: 'array', items: ref('Job') } } },
  Health: {
    type: 'object',
    required: [
      'status',
      'requests',
      'accepted',
      'repeated',
      'refused',
      'aborted',
      'bytes',
      'fetches',
      'in_flight',
      'jobs',
      'last_error',
    ],
    properties: {
      status: { enum: ['ok', 'stopping'] },
      requests: { type: 'integer' },
      accepted: { type: 'integer' },
      repeated: { type: 'integer' },
      refused: { type: 'object', additionalProperties: { type: 'integer' } },
      aborted: { type: 'integer' },
      bytes: { type: 'integer' },
      fetches: { type: 'integer' },
      in_flight: { type: 'integer' },
      jobs: { type: 'integer' },
      last_error: { type: ['string', 'null'] },
    },
  },
}

/** `services`: what may be fetched. */
export function openApi(services: readonly string[]): Json {
  const source: Json = { name: 'source', in: 'path', required: true, schema: { enum: [...services] } }
  const id: Json = { name: 'id', in: 'path', required: true, schema: { type: 'string' } }
  const seconds: Json = { type: 'number', exclusiveMinimum: 0 }
  const body = (schema: Json, type?: string): Json => ({ required: true, content: content(schema, type) })
  const bad: Refusal[] = ['bad_request', 'not_accepted', 'too_slow', 'conflict', 'too_large', 'bad_type']
  return {
    openapi: '3.1.0',
    info: { title: 'Skein: events by push', version: '1' },
    security: [{}, { token: [] }],
    paths: {
      '/ingest': {
        post: {
          summary: 'Takes an event.',
          parameters: [ACK],
          requestBody: body(ref('Event')),
          responses: responses(accepted('Accepted'), bad),
        },
      },
      '/ingest/batch': {
        post: {
          summary: 'Takes events, one a line.',
          parameters: [ACK],
          requestBody: body({ type: 'string' }, 'application/x-ndjson'),
          responses: responses(accepted('Batch'), bad),
        },
      },
      '/ingest/{source}': {
        post: {
          summary: 'Asks a service, and takes what it answers.',
          parameters: [source, ACK],
          responses: responses(accepted('Accepted'), ['bad_request', 'not_found', 'too_large', 'upstream']),
        },
      },
      '/ingest/{source}/poll': {
        post: {
          summary: 'Asks it again and again for a while.',
          parameters: [
            source,
            query('interval_sec', seconds, true, 'How far apart.'),
            query('duration_sec', seconds, true, 'For how long.'),
          ],
          responses: responses(accepted('Job'), ['bad_request', 'not_found', 'too_large']),
        },
      },
      '/jobs': { get: { summary: 'What is being asked again and again.', responses: responses(answered('Jobs'), []) } },
      '/jobs/{id}': {
        get: { summary: 'One of these.', parameters: [id], responses: responses(answered('Job'), ['not_found']) },
        delete: { summary: 'Ends it.', parameters: [id], responses: responses(answered('Job'), ['not_found']) },
      },
      '/health': { get: { summary: 'What has come so far.', security: [], responses: answered('Health') } },
      '/openapi.json': { get: { summary: 'This.', security: [], responses: { '200': { description: 'OK' } } } },
    },
    components: { schemas: SCHEMAS, securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  }
}
