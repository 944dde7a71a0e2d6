/** A record as a plain object, for programs. */
import { type Frame, FrameKind } from '../engine/records/index.ts'
import { schemaById } from './registry.ts'

export interface PlainRecord {
  /** `flight`, `quote` or `event`. */
  schema: string
  /** The record's own time, epoch milliseconds. */
  time_ms: number
  /** When it came in, epoch milliseconds. */
  ingested_ms: number
  /** The schema's fields by name, as JSON has them. */
  fields: { [name: string]: unknown }
}

export function plainRecord(frame: Frame): PlainRecord {
  const schema = schemaById(frame.schemaId)!
  return { schema: schema.name, time_ms: frame.time, ingested_ms: frame.ingested, fields: schema.toObject(frame) }
}

export const isRecord = (frame: Frame): boolean => frame.kind === FrameKind.record
