/** A small label at the aircraft under the pointer. */
import type { FlightTable } from '../client/index.ts'
import { element, setText } from './elements.ts'
import * as format from './format.ts'

const OFFSET_PX = 16

export class Tooltip {
  readonly #box = element('tooltip')
  readonly #name = document.createElement('b')
  readonly #facts = document.createElement('span')

  constructor() {
    this.#box.append(this.#name, this.#facts)
  }

  show(table: FlightTable, slot: number, pixel: Float64Array, units: format.Units): void {
    const ground = table.onGround[slot] === 1
    setText(this.#name, table.callsign[slot] ?? table.icao24[slot]!.toUpperCase())
    const altitude = ground ? 'on ground' : format.altitude(table.altitudeM[slot]!, units)
    setText(this.#facts, `${altitude} · ${format.speed(table.velocityMps[slot]!, units)}`)
    this.#box.style.transform = `translate(${Math.round(pixel[0]! + OFFSET_PX)}px, ${Math.round(pixel[1]! - 34)}px)`
    this.#box.hidden = false
  }

  hide(): void {
    if (!this.#box.hidden) this.#box.hidden = true
  }
}
