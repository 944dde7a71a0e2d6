/** The topics: views over the log, by the names that other systems know them by. */
import type { Topic } from '../engine/log/topic.ts'
import { deadLetter, type Frame, FrameKind } from '../engine/records/index.ts'
import { type EnvelopeSource, type FlightEnvelope, flightEnvelope } from './envelope.ts'
import { event } from './event.ts'
import { flight } from './flight.ts'
import { quote } from './quote.ts'
import { traffic } from './traffic.ts'
import { trafficEvent, trafficEventAvro } from './traffic-event.ts'

/** Where a frame's source comes from, as envelopes say it. */
export type SourceOf = (sourceId: number) => { name: string; envelope: EnvelopeSource }

export interface EventRecord {
  id: string
  timestamp: number
  source: string
  payload: unknown
  ingested_at: number
  api_version: string
}

/** The fields of the schema, and: */
export interface QuoteRecord {
  time: string
  provider: string | null
  ingested_at: number
}

/** The fields of the schema, and: */
export interface TrafficRecord {
  timestamp: string
  /** Whether the sensor told no speed. */
  missing: boolean
}

export interface DeadLetterRecord {
  topic: string
  source: string
  reason: string
  stage: string
  attempts: number
  /** `file:line`, `file[row]` or what else there is. */
  origin: string
  offset: number | null
  line: number | null
  row: number | null
  detail: string
  full_bytes: number
  sha256: string
  refused_at: string
  /** The original bytes, at most 64 KiB, base64. */
  input_base64: string
}

const isObservation = (frame: Frame): boolean =>
  frame.kind === FrameKind.record || frame.kind === FrameKind.duplicate || frame.kind === FrameKind.late

const flightKey = (frame: Frame): string => flight.fields.icao24.get(frame)!

export function topicsOf(sourceOf: SourceOf): readonly Topic<unknown>[] {
  const envelope = (frame: Frame, type: 'flight_state' | 'flight_update'): FlightEnvelope =>
    flightEnvelope(frame, type, sourceOf(frame.sourceId).envelope)

  const adsbRaw: Topic<FlightEnvelope> = {
    name: 'adsb_raw',
    kind: 'append',
    matches: (frame) => frame.schemaId === flight.id && isObservation(frame),
    key: flightKey,
    value: (frame) => envelope(frame, 'flight_update'),
  }
  const flightsState: Topic<FlightEnvelope> = {
    name: 'flights.state',
    kind: 'compacted',
    matches: (frame) =>
      frame.schemaId === flight.id && (frame.kind === FrameKind.record || frame.kind === FrameKind.removal),
    key: flightKey,
    value: (frame) => (frame.kind === FrameKind.removal ? null : envelope(frame, 'flight_state')),
  }
  const flightsUpdates: Topic<FlightEnvelope> = {
    name: 'flights.updates',
    kind: 'append',
    matches: (frame) => frame.schemaId === flight.id && frame.kind === FrameKind.record,
    key: flightKey,
    value: (frame) => envelope(frame, 'flight_update'),
  }
  const eventsRaw: Topic<EventRecord> = {
    name: 'events.raw',
    kind: 'append',
    matches: (frame) => frame.schemaId === event.id && frame.kind === FrameKind.record,
    key: (frame) => event.fields.id.get(frame)!,
    value: eventRecord,
    json: eventJson,
  }
  const quotes: Topic<QuoteRecord> = {
    name: 'market.quotes',
    kind: 'append',
    matches: (frame) => frame.schemaId === quote.id && frame.kind === FrameKind.record,
    key: (frame) => quote.fields.symbol.get(frame)!,
    value: (frame) => ({
      ...quote.toObject(frame),
      time: new Date(frame.time).toISOString(),
      provider: sourceOf(frame.sourceId).envelope.provider,
      ingested_at: frame.ingested,
    }),
  }
  const trafficRaw: Topic<TrafficRecord> = {
    name: 'traffic-raw',
    kind: 'append',
    matches: (frame) => frame.schemaId === traffic.id && frame.kind === FrameKind.record,
    key: (frame) => traffic.fields.sensor_id.get(frame)!,
    value: (frame) => {
      const { sensor_id, ...told } = traffic.toObject(frame)
      const timestamp = new Date(frame.time).toISOString()
      return { sensor_id, timestamp, ...told, missing: traffic.fields.speed_mph.isNull(frame) }
    },
    avro: { schema: trafficEventAvro, value: trafficEvent },
  }
  const deadLetters = (topic: string): Topic<DeadLetterRecord> => ({
    name: `${topic}.dlq`,
    kind: 'append',
    matches: (frame) => frame.kind === FrameKind.deadLetter,
    key: (frame) => sourceOf(frame.sourceId).name,
    value: (frame) => deadLetterRecord(frame, topic, sourceOf(frame.sourceId).name),
  })
  return [adsbRaw, flightsState, flightsUpdates, eventsRaw, quotes, trafficRaw, deadLetters('adsb_raw')]
}

export function eventRecord(frame: Frame): EventRecord {
  const { id, source, payload, api_version } = event.toObject(frame) as unknown as EventRecord
  return { id, timestamp: frame.time, source, payload, ingested_at: frame.ingested, api_version }
}

/** The same as JSON, the payload as it came. */
function eventJson(frame: Frame): string {
  const { id, source, payload, api_version } = event.fields
  const head = `{"id":${JSON.stringify(id.get(frame))},"timestamp":${frame.time},"source":${JSON.stringify(source.get(frame))}`
  const tail = `"ingested_at":${frame.ingested},"api_version":${JSON.stringify(api_version.get(frame))}}`
  return `${head},"payload":${payload.get(frame)},${tail}`
}

function deadLetterRecord(frame: Frame, topic: string, source: string): DeadLetterRecord {
  const letter = deadLetter.toObject(frame) as {
    reason: string
    stage: string
    attempts: number
    offset: number
    line: number
    row: number
    full_bytes: number
    sha256: string
    origin: string
    detail: string
    input: string
  }
  return {
    topic,
    source,
    reason: letter.reason,
    stage: letter.stage,
    attempts: letter.attempts,
    origin: letter.origin,
    offset: letter.offset < 0 ? null : letter.offset,
    line: letter.line === 0 ? null : letter.line,
    row: letter.row < 0 ? null : letter.row,
    detail: letter.detail,
    full_bytes: letter.full_bytes,
    sha256: letter.sha256,
    refused_at: new Date(frame.ingested).toISOString(),
    input_base64: letter.input,
  }
}
