/** Which aircraft is selected, by address: it stays the same aircraft when its slot changes after a reconnect. */
import type { FlightTable } from './client/index.ts'

export class Selection {
  slot = -1
  icao24: string | null = null
  #following = false

  get following(): boolean {
    return this.#following && this.slot >= 0
  }

  set following(on: boolean) {
    this.#following = on
  }

  set(table: FlightTable, slot: number): void {
    if (slot !== this.slot) this.#following = false
    this.slot = slot
    this.icao24 = slot < 0 ? null : table.icao24[slot]!
  }

  clear(): void {
    this.slot = -1
    this.icao24 = null
    this.#following = false
  }

  /** Finds the aircraft again after the table has changed; forgets it when it has left. */
  refresh(table: FlightTable): void {
    if (this.icao24 === null) return
    if (this.slot >= 0 && table.present[this.slot] && table.icao24[this.slot] === this.icao24) return
    this.slot = slotOf(table, this.icao24)
    if (this.slot < 0) this.clear()
  }

  /** The next or previous aircraft in the order of slots. */
  step(table: FlightTable, by: 1 | -1): void {
    if (table.count === 0) return
    let slot = this.slot
    do {
      slot = (slot + by + table.highWater) % table.highWater
    } while (!table.present[slot])
    this.set(table, slot)
  }
}

export function slotOf(table: FlightTable, icao24: string): number {
  for (let slot = 0; slot < table.highWater; slot++)
    if (table.present[slot] && table.icao24[slot] === icao24) return slot
  return -1
}
