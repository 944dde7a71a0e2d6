/**
 * Decides which aircraft carry their callsign: those in the picture, none over another, those that had it before first.
 *
 * Runs a few times a second over the typed arrays; the cells of the picture that are taken are kept in a grid, so a crowd costs
 * no more than one look per aircraft. From afar, or in too great a crowd, there are none but the selected and the pointed-at.
 */
import type { View } from '../camera/view.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { FIX, FLOATS_PER_AIRCRAFT, LABEL_SINCE, ON_GROUND, STATE } from '../fleet/layout.ts'
import { reckon, reckoned } from '../fleet/motion.ts'
import { EARTH_RADIUS_M } from '../geo/sphere.ts'
import type { PlaceLabels } from './place-labels.ts'

const SHOWN_BELOW = 0.16
const CELL_PX = 16
const LABEL_CELLS = 5
const LABEL_START_PX = 12
/** In a greater crowd than this there is no room for more labels anyway. */
const MOST_LOOKS = 800
const MOST_COLUMNS = 256
const MOST_ROWS = 160

export class LabelPlacement {
  readonly #taken = new Uint8Array(MOST_COLUMNS * MOST_ROWS)
  readonly #reckoned = reckoned()
  readonly #pixel = new Float64Array(2)
  #placed = false
  #lingering = false
  #looksLeft = 0

  get anyShown(): boolean {
    return this.#placed || this.#lingering
  }

  update(fleet: Fleet, view: View, names: PlaceLabels, nowSeconds: number, selected: number, hovered: number): void {
    this.#taken.fill(0)
    this.#avoid(names)
    // Labels that go now are drawn until they have faded.
    this.#lingering = this.#placed
    this.#placed = false
    const near = view.distance < SHOWN_BELOW
    this.#looksLeft = MOST_LOOKS
    this.#place(fleet, view, nowSeconds, selected, true)
    if (hovered !== selected) this.#place(fleet, view, nowSeconds, hovered, true)
    for (let pass = 0; pass < 2; pass++) {
      for (let slot = 0; slot < fleet.highWater; slot++) {
        if (slot === selected || slot === hovered || !fleet.isPresent(slot)) continue
        const at = slot * FLOATS_PER_AIRCRAFT
        const had = fleet.data[at + LABEL_SINCE]! > 0
        if (had !== (pass === 0)) continue
        const airborne = (fleet.data[at + STATE]! & ON_GROUND) === 0
        const worthALook = near && airborne && this.#looksLeft > 0 && inReach(fleet.data, at, view)
        if (worthALook) this.#place(fleet, view, nowSeconds, slot, false)
        else fleet.setLabel(slot, false)
      }
    }
  }

  /** Names of places stay free of callsigns. */
  #avoid({ boxes, shown }: PlaceLabels): void {
    for (let box = 0; box < shown * 4; box += 4) {
      const left = Math.max(0, Math.floor(boxes[box]! / CELL_PX))
      const right = Math.min(MOST_COLUMNS - 1, Math.floor(boxes[box + 2]! / CELL_PX))
      const bottom = Math.min(MOST_ROWS - 1, Math.floor(boxes[box + 3]! / CELL_PX))
      for (let row = Math.max(0, Math.floor(boxes[box + 1]! / CELL_PX)); row <= bottom; row++) {
        if (left <= right) this.#taken.fill(1, row * MOST_COLUMNS + left, row * MOST_COLUMNS + right + 1)
      }
    }
  }

  #place(fleet: Fleet, view: View, nowSeconds: number, slot: number, force: boolean): void {
    if (slot < 0 || !fleet.isPresent(slot)) return
    if (!force) this.#looksLeft--
    const shown = this.#isVisible(fleet, view, nowSeconds, slot) && (this.#claim() || force)
    fleet.setLabel(slot, shown)
    if (shown) this.#placed = true
  }

  #isVisible(fleet: Fleet, view: View, nowSeconds: number, slot: number): boolean {
    reckon(fleet.data, slot, nowSeconds, this.#reckoned)
    const length = 1 + this.#reckoned.altitudeM / EARTH_RADIUS_M
    if (!view.project(this.#reckoned.direction, length, this.#pixel)) return false
    return this.#pixel[0]! > 0 && this.#pixel[1]! > 0 && this.#pixel[0]! < view.width && this.#pixel[1]! < view.height
  }

  /** Takes the cells of a label at #pixel if they are free. */
  #claim(): boolean {
    const column = Math.floor((this.#pixel[0]! + LABEL_START_PX) / CELL_PX)
    const row = Math.floor((this.#pixel[1]! - CELL_PX / 2) / CELL_PX)
    if (row < 0 || row + 1 >= MOST_ROWS || column + LABEL_CELLS >= MOST_COLUMNS) return false
    const first = row * MOST_COLUMNS + column
    for (let cell = first; cell < first + LABEL_CELLS; cell++) {
      if (this.#taken[cell] || this.#taken[cell + MOST_COLUMNS]) return false
    }
    this.#taken.fill(1, first, first + LABEL_CELLS)
    this.#taken.fill(1, first + MOST_COLUMNS, first + MOST_COLUMNS + LABEL_CELLS)
    return true
  }
}

/** Whether an aircraft can be in the picture at all: a cheap look before the exact one. */
function inReach(data: Float32Array, at: number, view: View): boolean {
  const dx = data[at + FIX]! - view.target[0]!
  const dy = data[at + FIX + 1]! - view.target[1]!
  const dz = data[at + FIX + 2]! - view.target[2]!
  const reach = view.distance * 4 + 0.02
  return dx * dx + dy * dy + dz * dz < reach * reach
}
