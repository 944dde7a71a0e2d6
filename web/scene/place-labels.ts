/**
 * Names of cities and airports over the globe, as text of the page: sharp at any resolution, and none over another.
 *
 * Work is done only when the camera has moved; the elements are made once and reused.
 */
import type { View } from '../camera/view.ts'
import { directionOf } from '../geo/sphere.ts'
import { PLACES } from '../places/places.ts'

/** From how far away, in earth radii, places of each rank show. */
const SHOWN_BELOW = [0, 6, 1.1, 0.22, 0.045]
const GAP_PX = 6
const CHAR_PX = 6.6
const LINE_PX = 15

export class PlaceLabels {
  readonly #elements: HTMLElement[]
  readonly #directions: Float64Array
  readonly #visible = new Uint8Array(PLACES.length)
  /** Left, top, right, bottom of the names shown, in pixels. */
  readonly boxes = new Float64Array(PLACES.length * 4)
  shown = 0
  readonly #pixel = new Float64Array(2)
  readonly #direction = new Float64Array(3)

  constructor(container: HTMLElement) {
    this.#directions = new Float64Array(PLACES.length * 3)
    this.#elements = PLACES.map((place, i) => {
      directionOf(place.lat, place.lon, this.#direction)
      this.#directions.set(this.#direction, i * 3)
      const element = document.createElement('span')
      element.className = `place place-${place.kind} rank-${place.rank}`
      element.textContent = place.name
      element.hidden = true
      container.append(element)
      return element
    })
  }

  update(view: View): void {
    this.shown = 0
    for (let i = 0; i < PLACES.length; i++) {
      const shown = view.distance < SHOWN_BELOW[PLACES[i]!.rank]! && this.#project(i, view) && this.#fits(i)
      if (shown) this.shown++
      const element = this.#elements[i]!
      if (shown) element.style.transform = `translate(${this.#pixel[0]!.toFixed(1)}px, ${this.#pixel[1]!.toFixed(1)}px)`
      if (shown === (this.#visible[i] === 1)) continue
      this.#visible[i] = shown ? 1 : 0
      element.hidden = !shown
    }
  }

  #project(i: number, view: View): boolean {
    for (let axis = 0; axis < 3; axis++) this.#direction[axis] = this.#directions[i * 3 + axis]!
    if (!view.project(this.#direction, 1, this.#pixel)) return false
    const [x, y] = this.#pixel as unknown as [number, number]
    return x > -40 && y > 0 && x < view.width && y < view.height && this.#faces(view)
  }

  /** Names near the limb would lie on their side: leave them out. */
  #faces(view: View): boolean {
    let towards = 0
    for (let axis = 0; axis < 3; axis++) {
      towards += (view.eye[axis]! - this.#direction[axis]!) * this.#direction[axis]!
    }
    const range = Math.hypot(
      view.eye[0]! - this.#direction[0]!,
      view.eye[1]! - this.#direction[1]!,
      view.eye[2]! - this.#direction[2]!,
    )
    return towards / range > 0.22
  }

  #fits(i: number): boolean {
    const left = this.#pixel[0]! - GAP_PX
    const top = this.#pixel[1]! - LINE_PX / 2
    const right = left + PLACES[i]!.name.length * CHAR_PX + 3 * GAP_PX
    const bottom = top + LINE_PX
    for (let box = 0; box < this.shown * 4; box += 4) {
      const apart =
        left > this.boxes[box + 2]! ||
        right < this.boxes[box]! ||
        top > this.boxes[box + 3]! ||
        bottom < this.boxes[box + 1]!
      if (!apart) return false
    }
    const free = this.shown * 4
    this.boxes[free] = left
    this.boxes[free + 1] = top
    this.boxes[free + 2] = right
    this.boxes[free + 3] = bottom
    return true
  }
}
