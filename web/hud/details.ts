/** The panel of the selected aircraft: everything its last message said, and how old that is by the stream's clock. */
import type { FlightTable } from '../client/index.ts'
import { isEmergency } from '../fleet/fix.ts'
import { altitudeColour } from '../geo/altitude-colour.ts'
import { element, setText } from './elements.ts'
import * as format from './format.ts'

const FIELDS = [
  ['altitude', 'Altitude'],
  ['geo-altitude', 'Geometric altitude'],
  ['speed', 'Ground speed'],
  ['climb', 'Vertical rate'],
  ['heading', 'Heading'],
  ['squawk', 'Squawk'],
  ['ground', 'On ground'],
  ['ident', 'Ident (SPI)'],
  ['lat', 'Latitude'],
  ['lon', 'Longitude'],
  ['position-age', 'Position age'],
  ['contact', 'Last contact'],
] as const

type Field = (typeof FIELDS)[number][0]

export class Details {
  readonly #panel = element('details')
  readonly #callsign = element('details-callsign')
  readonly #icao24 = element('details-icao24')
  readonly #badge = element('details-badge')
  readonly #band = element('details-band')
  readonly #values = {} as Record<Field, HTMLElement>

  constructor() {
    const list = element('details-fields')
    for (const [field, name] of FIELDS) {
      const row = document.createElement('div')
      row.className = 'fact'
      const term = document.createElement('dt')
      const value = document.createElement('dd')
      term.textContent = name
      value.dataset.field = field
      row.append(term, value)
      list.append(row)
      this.#values[field] = value
    }
  }

  get open(): boolean {
    return !this.#panel.hidden
  }

  close(): void {
    this.#panel.hidden = true
  }

  show(table: FlightTable, slot: number, nowMs: number, units: format.Units, zone: format.ClockZone): void {
    const icao24 = table.icao24[slot]!
    const squawk = table.squawk[slot] ?? format.UNKNOWN
    const onGround = table.onGround[slot] === 1
    setText(this.#callsign, table.callsign[slot] ?? icao24.toUpperCase())
    setText(this.#icao24, icao24)
    setText(this.#badge, badgeText(table, slot))
    this.#badge.dataset.kind = isEmergency(squawk) ? 'emergency' : onGround ? 'ground' : 'air'
    this.#band.style.background = onGround ? 'var(--muted)' : altitudeColour(table.altitudeM[slot]! || 0)
    const values = this.#values
    setText(values.altitude, format.altitude(table.altitudeM[slot]!, units))
    setText(values['geo-altitude'], format.altitude(table.geoAltitudeM[slot]!, units))
    setText(values.speed, format.speed(table.velocityMps[slot]!, units))
    setText(values.climb, format.climb(table.verticalRateMps[slot]!, units))
    setText(values.heading, format.heading(table.headingDeg[slot]!))
    setText(values.squawk, squawk)
    setText(values.ground, format.yesNo(table.onGround[slot]!))
    setText(values.ident, format.yesNo(table.spi[slot]!))
    setText(values.lat, format.coordinate(table.lat[slot]!, 'N', 'S'))
    setText(values.lon, format.coordinate(table.lon[slot]!, 'E', 'W'))
    setText(values['position-age'], format.age((nowMs - table.timePositionMs[slot]!) / 1000))
    setText(values.contact, format.timeOfDay(table.lastContactMs[slot]!, zone))
    this.#panel.hidden = false
  }
}

function badgeText(table: FlightTable, slot: number): string {
  if (isEmergency(table.squawk[slot]!)) return 'Emergency'
  if (table.onGround[slot] === 1) return 'On ground'
  const climb = table.verticalRateMps[slot]!
  return climb > 1.5 ? 'Climbing' : climb < -1.5 ? 'Descending' : Number.isNaN(climb) ? 'Airborne' : 'Level'
}
