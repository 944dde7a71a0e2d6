/**
 * An event as a document, as databases keep it: the fields of its payload, and beside them
 *
 *   event_id, event_timestamp, ingested_at, api_version, event_timestamp_iso, ingested_at_iso, log_offset
 *
 * which win over fields of the payload with these names. A payload that is no object is the field `payload`. Times are epoch
 * milliseconds. `_id` is the event's id, or what it says in the key's fields, null for those that it has not. `log_offset` is its place in the log: of two documents with one key the later holds.
 */
import type { EventRecord } from './topics.ts'

export interface EventDocument {
  _id: unknown
  event_id: string
  event_timestamp: number
  log_offset: number
  [field: string]: unknown
}

/** Keys that MongoDB would read as more than names are written with the wide forms of these characters. */
const WIDE_DOLLAR = '\uff04'
const WIDE_DOT = '\uff0e'
/** The sign for what no name may have. */
const NUL_SIGN = '\u2400'

/** `logOffset`: its sequence number. */
export function eventDocument(
  event: EventRecord,
  logOffset: number,
  keyFields: readonly string[] | undefined,
): EventDocument {
  const { id, timestamp, payload, ingested_at, api_version } = event
  const document: EventDocument = {
    ...fieldsOf(payload),
    _id: id,
    event_id: id,
    event_timestamp: timestamp,
    ingested_at,
    api_version,
    event_timestamp_iso: new Date(timestamp).toISOString(),
    ingested_at_iso: new Date(ingested_at).toISOString(),
    log_offset: logOffset,
  }
  if (keyFields !== undefined)
    document._id = Object.fromEntries(keyFields.map((field) => [field, document[field] ?? null]))
  return document
}

function fieldsOf(payload: unknown): Record<string, unknown> {
  if (!isObject(payload)) return { payload: asData(payload) }
  const { _id, ...fields } = asData(payload) as Record<string, unknown>
  return _id === undefined ? fields : { ...fields, payload_id: _id }
}

/** The same with names that are names alone. */
function asData(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asData)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [asName(name), asData(inner)]))
}

function asName(name: string): string {
  const plain = name.replaceAll('.', WIDE_DOT).replaceAll('\0', NUL_SIGN)
  return plain.startsWith('$') ? WIDE_DOLLAR + plain.slice(1) : plain
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
