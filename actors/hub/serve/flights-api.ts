/**
 * The flights as plain JSON, for those who ask rather than listen: rows as the payload of a flight envelope, unrounded.
 *
 * The list is made at most once a tick however many ask, and only when something has changed.
 */

import type { LiveTable } from '../live-table.ts'
import { errorReply, type Reply, rawJsonReply } from './reply.ts'

const KEY = /^~?[0-9a-f]{6}$/

export class FlightsApi {
  readonly #table: LiveTable
  readonly #freshForMs: number
  #list: Uint8Array | null = null
  #listVersion = -1
  #listedAtMs = 0

  constructor(table: LiveTable, freshForMs: number) {
    this.#table = table
    this.#freshForMs = freshForMs
  }

  list(nowMs: number): Reply {
    const isFresh = this.#listVersion === this.#table.version || nowMs - this.#listedAtMs < this.#freshForMs
    if (this.#list === null || !isFresh) {
      this.#list = Buffer.from(this.#writeList())
      this.#listVersion = this.#table.version
      this.#listedAtMs = nowMs
    }
    return rawJsonReply(this.#list)
  }

  one(key: string): Reply {
    const icao24 = key.toLowerCase()
    if (!KEY.test(icao24)) return errorReply('400 Bad Request', 'bad_key', 'an icao24 is six hex digits')
    const slot = this.#table.find(icao24)
    if (slot < 0) return errorReply('404 Not Found', 'not_found', `no flight ${icao24} at present`)
    return rawJsonReply(Buffer.from(this.#row(slot)))
  }

  #writeList(): string {
    const table = this.#table
    const rows: string[] = []
    for (let slot = 0; slot < table.highWater; slot++) if (table.isPresent(slot)) rows.push(this.#row(slot))
    return `{"count":${rows.length},"clock_ms":${table.clockMs},"flights":[${rows.join(',')}]}`
  }

  /** Latitude and longitude, which follow one another, make one object. */
  #row(slot: number): string {
    let text = ''
    for (const column of this.#table.columns) {
      const { name } = column.field
      const value = column.liveText(slot)
      if (name === 'lat') text += `,"position":{"lat":${value}`
      else if (name === 'lon') text += `,"lon":${value}}`
      else text += `,"${name}":${value}`
    }
    return `{${text.slice(1)}}`
  }
}
