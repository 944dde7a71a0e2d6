/**
 * An event as it is kept in MongoDB: the fields of its payload, and beside them
 *
 *   event_id, event_timestamp, ingested_at, api_version, event_timestamp_iso, ingested_at_iso, log_offset
 *
 * which win over fields of the payload with these names. A payload that is no object is the field `payload`. Times are epoch
 * milliseconds. `log_offset` is its place in the log: of two documents with one key the later holds.
 */
import type { Document } from 'mongodb'
import type { EventRecord } from '../../../schemas/topics.ts'

/** Keys that MongoDB would read as more than names are written with the wide forms of these characters. */
const WIDE_DOLLAR = '\uff04'
const WIDE_DOT = '\uff0e'
/** The sign for what no name may have. */
const NUL_SIGN = '\u2400'

/** `logOffset`: its sequence number. */
export function documentOf(event: EventRecord, logOffset: number, keyFields: readonly string[] | undefined): Document {
  const { id, timestamp, payload, ingested_at, api_version } = event
  const document: Document = {
    ...fieldsOf(payload),
    event_id: id,
    event_timestamp: timestamp,
    ingested_at,
    api_version,
    event_timestamp_iso: new Date(timestamp).toISOString(),
    ingested_at_iso: new Date(ingested_at).toISOString(),
    log_offset: logOffset,
  }
  document._id = keyOf(document, keyFields)
  return document
}

/** Of which there is one document: its id, or what it says in the key's fields, null for those that it has not. */
function keyOf(document: Document, fields: readonly string[] | undefined): unknown {
  if (fields === undefined) return document.event_id
  return Object.fromEntries(fields.map((field) => [field, document[field] ?? null]))
}

function fieldsOf(payload: unknown): Document {
  if (!isObject(payload)) return { payload: asData(payload) }
  const { _id, ...fields } = asData(payload) as Document
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
