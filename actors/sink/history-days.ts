/** The tables of a history, one a day (UTC), so that old days can go at once. */
import type { DatabaseSync } from 'node:sqlite'

const DAY_MS = 86_400_000
const LAST_DAY = 2_932_896 // 9999-12-31

/** The day of a time, counted from 1970-01-01; times that no calendar has go to the first or the last. */
export function dayOf(timeMs: number): number {
  return Math.min(Math.max(Math.floor(timeMs / DAY_MS), 0), LAST_DAY)
}

export function tableOf(day: number): string {
  return `flight_${new Date(day * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '_')}`
}

/** Oldest first. */
export function dayTables(database: DatabaseSync): { day: number; table: string }[] {
  const rows = database
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB 'flight_*' ORDER BY name")
    .all()
  return rows.map(({ name }) => {
    const table = name as string
    return { day: dayOf(Date.parse(table.slice('flight_'.length).replaceAll('_', '-'))), table }
  })
}
