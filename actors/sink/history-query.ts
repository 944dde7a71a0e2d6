/**
 * Questions to the history of flights, and to events. Read-only, in any thread or process, beside the sink that writes it: each question sees
 * the last transaction that was committed when it began.
 */
import { DatabaseSync } from 'node:sqlite'
import type { EventDocument } from '../../schemas/event-document.ts'
import { dayOf, dayTables } from './history-days.ts'

/** One accepted observation; null for what was not known. */
export interface TrackPoint {
  time_ms: number
  sequence: number
  source_id: number
  lat: number | null
  lon: number | null
  altitude_m: number | null
  geo_altitude_m: number | null
  velocity_mps: number | null
  heading_deg: number | null
  vertical_rate_mps: number | null
  on_ground: boolean | null
  callsign: string | null
  squawk: string | null
}

export interface TrackQuestion {
  icao24: string
  /** Epoch milliseconds, both included. */
  fromMs?: number
  toMs?: number
  /** The newest so many. */
  limit?: number
}

export interface EventQuestion {
  source: string
  /** Fields of the document, and what they are, as text. */
  where?: readonly (readonly [field: string, value: string])[]
  /** The newest so many. */
  limit?: number
}

const DEFAULT_LIMIT = 10_000
/** Of a path into JSON in SQLite; there is no way to write a quote in one. */
const UNQUOTABLE = /["\\]/

export class HistoryQuery {
  readonly #database: DatabaseSync

  /** Throws SQLite's error when there is no such database. */
  constructor(path: string) {
    this.#database = new DatabaseSync(path, { readOnly: true })
  }

  /** Where an aircraft was, in the order of time. */
  track({ icao24, fromMs = 0, toMs = 8.64e15, limit = DEFAULT_LIMIT }: TrackQuestion): TrackPoint[] {
    const points: TrackPoint[] = []
    const days = dayTables(this.#database).filter(({ day }) => day >= dayOf(fromMs) && day <= dayOf(toMs))
    for (const { table } of days.reverse()) {
      if (points.length >= limit) break
      const rows = this.#database
        .prepare(
          `SELECT * FROM ${table} WHERE icao24 = ? AND time_ms BETWEEN ? AND ?
           ORDER BY time_ms DESC, sequence DESC LIMIT ?`,
        )
        .all(icao24, fromMs, toMs, limit - points.length)
      for (const { icao24: _, on_ground, ...row } of rows) {
        points.push({ ...row, on_ground: on_ground === null ? null : on_ground === 1 } as unknown as TrackPoint)
      }
    }
    return points.reverse()
  }

  /** Events' documents, the newest first. */
  find({ source, where = [], limit = DEFAULT_LIMIT }: EventQuestion): EventDocument[] {
    if (where.some(([field]) => UNQUOTABLE.test(field))) return []
    const conditions = where.map(() => 'AND document -> ? IN (?, ?)').join(' ')
    const values = where.flatMap(([field, value]) => [`$."${field}"`, value, JSON.stringify(value)])
    const rows = this.#database
      .prepare(
        `SELECT document FROM event WHERE source = ? ${conditions} ORDER BY time_ms DESC, log_offset DESC LIMIT ?`,
      )
      .all(source, ...values, limit)
    return rows.map(({ document }) => JSON.parse(document as string))
  }

  close(): void {
    this.#database.close()
  }
}
