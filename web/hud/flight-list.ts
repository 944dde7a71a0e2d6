/** The aircraft as a table, for browsers that cannot draw the globe. Rebuilt once a second, in the order of callsigns. */
import type { FlightTable } from '../client/index.ts'
import { element } from './elements.ts'
import * as format from './format.ts'

const MOST_ROWS = 500

export class FlightList {
  readonly #body = element('list-rows')
  readonly #more = element('list-more')

  constructor(reason: string) {
    element('list-reason').textContent = reason
    element('list').hidden = false
    document.documentElement.dataset.view = 'list'
  }

  update(table: FlightTable, units: format.Units): void {
    const slots: number[] = []
    for (let slot = 0; slot < table.highWater; slot++) if (table.present[slot]) slots.push(slot)
    const nameOf = (slot: number) => table.callsign[slot] ?? `~${table.icao24[slot]}`
    slots.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
    const rows = slots.slice(0, MOST_ROWS).map((slot) => {
      const row = document.createElement('tr')
      const cells = [
        table.callsign[slot] ?? format.UNKNOWN,
        table.icao24[slot]!,
        table.onGround[slot] === 1 ? 'ground' : format.altitude(table.altitudeM[slot]!, units),
        format.speed(table.velocityMps[slot]!, units),
        format.heading(table.headingDeg[slot]!),
        `${format.coordinate(table.lat[slot]!, 'N', 'S')} ${format.coordinate(table.lon[slot]!, 'E', 'W')}`,
      ]
      for (const cell of cells) row.insertCell().textContent = cell
      return row
    })
    this.#body.replaceChildren(...rows)
    this.#more.textContent = slots.length > MOST_ROWS ? `… and ${format.whole(slots.length - MOST_ROWS)} more` : ''
  }
}
