/**
 * Turns pointers, wheel and keys into camera moves.
 *
 * Drag pans, a drag with the right button (or Ctrl, or Shift) turns and tilts, wheel and pinch zoom towards what is under them,
 * twist turns. Keys: arrows pan, + and − zoom, Q and E turn, R and F tilt, N north up. A press that does not travel is a click.
 */
import { latitudeOf, longitudeOf, vector } from '../geo/sphere.ts'
import type { CameraRig } from './rig.ts'
import type { View } from './view.ts'

const CLICK_TRAVEL_PX = 6
const TURN_DEG_PER_PX = 0.32
const WHEEL_ZOOM_PER_PX = 0.0016
const GLIDE_MEMORY = 0.75
/** A pointer that has rested this long before its release was not thrown. */
const THROW_MS = 80

export interface ControlEvents {
  click(x: number, y: number, kind: string): void
  hover(x: number, y: number): void
  leave(): void
}

interface Contact {
  id: number
  x: number
  y: number
}

export class Controls {
  readonly #element: HTMLElement
  readonly #rig: CameraRig
  readonly #view: View
  readonly #events: ControlEvents
  readonly #contacts: Contact[] = []
  readonly #ground = vector()
  readonly #keys = new Set<string>()
  #turning = false
  #travel = 0
  #speedX = 0
  #speedY = 0
  #movedAt = 0

  constructor(element: HTMLElement, rig: CameraRig, view: View, events: ControlEvents) {
    this.#element = element
    this.#rig = rig
    this.#view = view
    this.#events = events
    element.addEventListener('pointerdown', this.#press)
    element.addEventListener('pointermove', this.#move)
    element.addEventListener('pointerup', this.#release)
    element.addEventListener('pointercancel', this.#release)
    element.addEventListener('pointerleave', () => events.leave())
    element.addEventListener('wheel', this.#wheel, { passive: false })
    element.addEventListener('contextmenu', (event) => event.preventDefault())
    element.addEventListener('keydown', this.#keyDown)
    element.addEventListener('keyup', (event) => this.#keys.delete(event.code))
    element.addEventListener('blur', () => this.#keys.clear())
  }

  /** Applies the keys that are held down. */
  step(dt: number): void {
    if (this.#keys.size === 0) return
    const held = (...codes: string[]) => (codes.some((code) => this.#keys.has(code)) ? 1 : 0)
    const reach = Math.min(0.9, this.#view.distance * 0.9) * dt
    const right = held('ArrowRight') - held('ArrowLeft')
    const up = held('ArrowUp') - held('ArrowDown')
    const closer = held('Equal', 'NumpadAdd') - held('Minus', 'NumpadSubtract')
    const turn = held('KeyE') - held('KeyQ')
    const tilt = held('KeyR') - held('KeyF')
    if (right !== 0 || up !== 0) this.#rig.pan(right * reach, up * reach)
    if (closer !== 0) this.#rig.zoom(Math.exp(-closer * 1.8 * dt))
    if (turn !== 0 || tilt !== 0) this.#rig.turn(turn * 70 * dt, tilt * 50 * dt)
  }

  readonly #press = (event: PointerEvent): void => {
    this.#element.focus({ preventScroll: true })
    this.#element.setPointerCapture(event.pointerId)
    this.#contacts.push({ id: event.pointerId, x: event.offsetX, y: event.offsetY })
    this.#turning = event.button === 2 || event.ctrlKey || event.shiftKey
    if (this.#contacts.length === 1) this.#travel = 0
    else this.#travel = Number.POSITIVE_INFINITY
    this.#speedX = this.#speedY = 0
    this.#rig.glide(0, 0)
  }

  readonly #move = (event: PointerEvent): void => {
    const contact = this.#contacts.find(({ id }) => id === event.pointerId)
    if (!contact) {
      if (event.pointerType === 'mouse') this.#events.hover(event.offsetX, event.offsetY)
      return
    }
    const dx = event.offsetX - contact.x
    const dy = event.offsetY - contact.y
    if (this.#contacts.length === 2) this.#pinch(contact, dx, dy)
    contact.x += dx
    contact.y += dy
    this.#travel += Math.hypot(dx, dy)
    if (this.#contacts.length !== 1 || this.#travel < CLICK_TRAVEL_PX) return
    if (this.#turning) this.#rig.turn(-dx * TURN_DEG_PER_PX, -dy * TURN_DEG_PER_PX)
    else this.#drag(dx, dy, event.timeStamp)
  }

  readonly #release = (event: PointerEvent): void => {
    const index = this.#contacts.findIndex(({ id }) => id === event.pointerId)
    if (index < 0) return
    this.#contacts.splice(index, 1)
    if (this.#contacts.length > 0) return
    if (event.type === 'pointerup' && this.#travel < CLICK_TRAVEL_PX) {
      this.#events.click(event.offsetX, event.offsetY, event.pointerType)
    } else if (!this.#turning && event.timeStamp - this.#movedAt < THROW_MS) {
      this.#rig.glide(-this.#speedX, this.#speedY)
    }
  }

  #drag(dx: number, dy: number, timeMs: number): void {
    const perPixel = this.#radiansPerPixel()
    this.#rig.pan(-dx * perPixel, dy * perPixel)
    const seconds = Math.max(0.004, (timeMs - this.#movedAt) / 1000)
    this.#speedX = this.#speedX * GLIDE_MEMORY + ((dx * perPixel) / seconds) * (1 - GLIDE_MEMORY)
    this.#speedY = this.#speedY * GLIDE_MEMORY + ((dy * perPixel) / seconds) * (1 - GLIDE_MEMORY)
    this.#movedAt = timeMs
  }

  /** Two fingers: their distance zooms, their angle turns, their middle pans. One of them has moved by (dx, dy). */
  #pinch(moved: Contact, dx: number, dy: number): void {
    const other = this.#contacts.find((contact) => contact !== moved)!
    const oldX = moved.x - other.x
    const oldY = moved.y - other.y
    const newX = oldX + dx
    const newY = oldY + dy
    const factor = Math.hypot(oldX, oldY) / Math.max(1, Math.hypot(newX, newY))
    this.#zoomAt((moved.x + other.x) / 2, (moved.y + other.y) / 2, factor)
    const twist = Math.atan2(oldX * newY - oldY * newX, oldX * newX + oldY * newY)
    this.#rig.turn((-twist * 180) / Math.PI, 0)
    const perPixel = this.#radiansPerPixel()
    this.#rig.pan((-dx / 2) * perPixel, (dy / 2) * perPixel)
  }

  readonly #wheel = (event: WheelEvent): void => {
    event.preventDefault()
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 24 : event.deltaY
    const pace = event.ctrlKey ? 6 : 1
    const factor = Math.exp(Math.max(-160, Math.min(160, pixels)) * WHEEL_ZOOM_PER_PX * pace)
    this.#zoomAt(event.offsetX, event.offsetY, factor)
  }

  #zoomAt(x: number, y: number, factor: number): void {
    if (this.#view.groundAt(x, y, this.#ground)) {
      this.#rig.zoom(factor, latitudeOf(this.#ground), longitudeOf(this.#ground))
    } else {
      this.#rig.zoom(factor)
    }
  }

  readonly #keyDown = (event: KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    if (event.code === 'KeyN') this.#rig.straighten()
    if (!MOVES.has(event.code)) return
    event.preventDefault()
    this.#keys.add(event.code)
  }

  #radiansPerPixel(): number {
    return this.#view.pixelAtOne * this.#view.distance
  }
}

const MOVES = new Set([
  ...['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'],
  ...['Equal', 'Minus', 'NumpadAdd', 'NumpadSubtract', 'KeyQ', 'KeyE', 'KeyR', 'KeyF'],
])
