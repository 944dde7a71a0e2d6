/**
 * The history of flights, and events, in an SQLite database: one row for each accepted record of a flight, in one table a day (UTC, by the record's
 * time), and the place in the log up to which it goes.
 *
 *   flight_2026_11_22   icao24 │ time_ms │ sequence │ source_id │ lat │ lon │ altitude_m │ …     primary key: the first three
 *   event               source │ key │ time_ms │ log_offset │ document                           of each key the last
 *   place               log_id │ position │ frames                                             one row
 *
 * Guarantee: rows and place change in one transaction, synced to disk, so after any crash they agree. A row given twice
 * is refused by its key. Readers of their own (`history-query.ts`) are never waited for (write-ahead log).
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { SkeinError } from '../../engine/errors.ts'
import type { ReaderOffset } from '../../engine/log/index.ts'
import type { Frame } from '../../engine/records/index.ts'
import type { EventDocument } from '../../schemas/event-document.ts'
import { flight } from '../../schemas/flight.ts'
import { dayOf, dayTables, tableOf } from './history-days.ts'

/** Format 1 had no events. */
const FORMAT = 2

/** The columns behind the key, in the order of `values`. */
const NUMBERS = [
  'lat',
  'lon',
  'altitude_m',
  'geo_altitude_m',
  'velocity_mps',
  'heading_deg',
  'vertical_rate_mps',
] as const
const TEXTS = ['callsign', 'squawk'] as const

export class HistoryStore {
  readonly #database: DatabaseSync
  readonly #logId: string
  readonly #place: StatementSync
  readonly #events: StatementSync
  readonly #inserts = new Map<number, StatementSync>()
  #offset: ReaderOffset
  #rows = 0

  /**
   * Opens the database at `path`, or makes one. Throws `SKEIN_LOG_OFFSET` for a database made from another log,
   * `SKEIN_LOG_NEWER_FORMAT`, and SQLite's own errors.
   */
  constructor(path: string, logId: string) {
    this.#logId = logId
    this.#database = new DatabaseSync(path)
    try {
      this.#offset = this.#open(path)
      this.#place = this.#database.prepare('UPDATE place SET position = ?, frames = ?')
      this.#events = this.#database.prepare(
        `INSERT INTO event VALUES (?, ?, ?, ?, ?) ON CONFLICT (source, key) DO UPDATE SET
           time_ms = excluded.time_ms, log_offset = excluded.log_offset, document = excluded.document
         WHERE excluded.log_offset > log_offset`,
      )
    } catch (error) {
      this.#database.close()
      throw error
    }
  }

  /** Up to where the committed rows go. */
  get offset(): ReaderOffset {
    return this.#offset
  }

  /** Rows inserted since the last commit. */
  get uncommittedRows(): number {
    return this.#rows
  }

  /** Adds an accepted record of a flight to the transaction. */
  insert(frame: Frame): void {
    if (!this.#database.isTransaction) this.#database.exec('BEGIN IMMEDIATE')
    const { fields } = flight
    const numbers = NUMBERS.map((name) => (fields[name].isNull(frame) ? null : fields[name].get(frame)))
    const texts = TEXTS.map((name) => fields[name].get(frame))
    const onGround = fields.on_ground.isNull(frame) ? null : Number(fields.on_ground.get(frame))
    const icao24 = fields.icao24.get(frame)
    this.#insertInto(dayOf(frame.time)).run(
      icao24,
      frame.time,
      frame.sequence,
      frame.sourceId,
      onGround,
      ...numbers,
      ...texts,
    )
    this.#rows++
  }

  /** Adds an event to the transaction, over an earlier one with its key. */
  insertEvent(source: string, document: EventDocument): void {
    if (!this.#database.isTransaction) this.#database.exec('BEGIN IMMEDIATE')
    const { _id, event_timestamp, log_offset } = document
    this.#events.run(source, JSON.stringify(_id), event_timestamp, log_offset, JSON.stringify(document))
    this.#rows++
  }

  /** Commits what was inserted, as everything up to `offset`. */
  commit(offset: ReaderOffset): void {
    if (!this.#database.isTransaction) this.#database.exec('BEGIN IMMEDIATE')
    this.#place.run(offset.position, offset.frames)
    this.#database.exec('COMMIT')
    this.#offset = offset
    this.#rows = 0
  }

  /** Takes back what was inserted since the last commit. */
  rollback(): void {
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
    this.#rows = 0
    this.#inserts.clear() // a table made in the transaction is gone
  }

  /**
   * Deletes the days that lie wholly before a time, epoch milliseconds, and events from before it. Returns how many days.
   * Outside a transaction.
   */
  forgetBefore(timeMs: number): number {
    this.#database.prepare('DELETE FROM event WHERE time_ms < ?').run(timeMs)
    const old = dayTables(this.#database).filter(({ day }) => day < dayOf(timeMs))
    for (const { day, table } of old) {
      this.#inserts.delete(day)
      this.#database.exec(`DROP TABLE ${table}`)
    }
    return old.length
  }

  close(): void {
    this.#database.close()
  }

  #open(path: string): ReaderOffset {
    const database = this.#database
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 1000')
    const { user_version: format } = database.prepare('PRAGMA user_version').get() as { user_version: number }
    if (format > FORMAT) throw new SkeinError('SKEIN_LOG_NEWER_FORMAT', { file: path })
    if (format === 0) this.#create()
    if (format < FORMAT) this.#addEvents()
    const place = database.prepare('SELECT log_id, position, frames FROM place').get() as
      | { log_id: string; position: number; frames: number }
      | undefined
    if (place?.log_id !== this.#logId) {
      throw new SkeinError('SKEIN_LOG_OFFSET', { file: path, log: this.#logId, of: place?.log_id ?? 'none' })
    }
    return { position: place.position, frames: place.frames }
  }

  #create(): void {
    const database = this.#database
    database.exec(
      'BEGIN; CREATE TABLE place (log_id TEXT NOT NULL, position INTEGER NOT NULL, frames INTEGER NOT NULL)',
    )
    database.prepare('INSERT INTO place VALUES (?, 0, 0)').run(this.#logId)
    database.exec('COMMIT')
  }

  #addEvents(): void {
    this.#database.exec(
      `BEGIN;
       CREATE TABLE event (source TEXT NOT NULL, key TEXT NOT NULL, time_ms INTEGER NOT NULL, log_offset INTEGER NOT NULL,
         document TEXT NOT NULL, PRIMARY KEY (source, key));
       CREATE INDEX event_by_time ON event (source, time_ms);
       CREATE INDEX event_by_age ON event (time_ms);
       PRAGMA user_version = ${FORMAT}; COMMIT`,
    )
  }

  #insertInto(day: number): StatementSync {
    let insert = this.#inserts.get(day)
    if (insert === undefined) {
      const table = tableOf(day)
      const columns = [
        'on_ground INTEGER',
        ...NUMBERS.map((name) => `${name} REAL`),
        ...TEXTS.map((name) => `${name} TEXT`),
      ]
      this.#database.exec(
        `CREATE TABLE IF NOT EXISTS ${table} (icao24 TEXT NOT NULL, time_ms INTEGER NOT NULL, sequence INTEGER NOT NULL,
          source_id INTEGER NOT NULL, ${columns.join(', ')}, PRIMARY KEY (icao24, time_ms, sequence)) WITHOUT ROWID`,
      )
      insert = this.#database.prepare(
        `INSERT INTO ${table} VALUES (${new Array(4 + columns.length).fill('?').join(', ')})`,
      )
      this.#inserts.set(day, insert)
    }
    return insert
  }
}
