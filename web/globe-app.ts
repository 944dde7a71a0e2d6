/**
 * The globe as an application: joins the feed's table, the camera, the picture and the panels, and runs the frames.
 */

import { Controls } from './camera/controls.ts'
import { frameFleet, globeDistance } from './camera/framing.ts'
import { CameraRig } from './camera/rig.ts'
import type { FlightFeed } from './client/index.ts'
import { Fleet } from './fleet/fleet.ts'
import { reckon, reckoned } from './fleet/motion.ts'
import { EARTH_RADIUS_M, latitudeOf, longitudeOf } from './geo/sphere.ts'
import { bindButtons, bindKeys } from './hud/commands.ts'
import { Details } from './hud/details.ts'
import { element } from './hud/elements.ts'
import type { PreferenceStore } from './hud/preferences.ts'
import { Tooltip } from './hud/tooltip.ts'
import { pick } from './scene/picking.ts'
import { Stage } from './scene/stage.ts'
import { Selection, slotOf } from './selection.ts'
import { FrameStats } from './time/frame-stats.ts'
import type { StreamClock } from './time/stream-clock.ts'

const TOUCH_REACH_PX = 34
const PANEL_EVERY_MS = 100
const LONGEST_STEP_S = 0.4
/** As in the style sheets. */
const NARROW_PX = 720
const PANEL_SHIFT_PX = 150
const PANEL_SHIFT_SHARE = 0.16
const OPENING_SECONDS = 2.6
/** How long after the first aircraft the picture may be framed anew because more have come. */
const SETTLING_MS = 8000

export class GlobeApp {
  readonly fleet = new Fleet()
  readonly rig = new CameraRig({ lat: 32, lon: -40, distance: 3, tiltDeg: 0, bearingDeg: 0 })
  readonly selection = new Selection()
  readonly stage: Stage
  readonly stats = new FrameStats()
  firstPictureMs = Number.NaN
  firstAircraftMs = Number.NaN
  texturesReady = false
  readonly #clock: StreamClock
  readonly #preferences: PreferenceStore
  readonly #details = new Details()
  readonly #tooltip = new Tooltip()
  readonly #controls: Controls
  readonly #globe = element('globe')
  readonly #at = reckoned()
  readonly #pixel = new Float64Array(2)
  #feed: FlightFeed | null = null
  #framedCount = 0
  #framedAtMs = 0
  #pointer: { x: number; y: number } | null = null
  #hovered = -1
  #lastFrameMs = 0
  #panelAtMs = 0

  constructor(clock: StreamClock, preferences: PreferenceStore) {
    this.#clock = clock
    this.#preferences = preferences
    this.stage = new Stage(element<HTMLCanvasElement>('picture'), element('names'), this.rig, this.fleet)
    this.#controls = new Controls(this.#globe, this.rig, this.stage.view, {
      click: (x, y, kind) => this.#select(this.#pick(x, y, kind === 'mouse' ? undefined : TOUCH_REACH_PX)),
      hover: (x, y) => (this.#pointer = { x, y }),
      leave: () => (this.#pointer = null),
    })
    const motion = matchMedia('(prefers-reduced-motion: reduce)')
    const respectMotion = () => (this.rig.reducedMotion = motion.matches)
    motion.addEventListener('change', respectMotion)
    respectMotion()
    preferences.watch(({ theme }) => (this.stage.lightTheme = theme === 'light'))
    const commands = {
      closer: () => this.rig.zoom(0.6),
      farther: () => this.rig.zoom(1 / 0.6),
      north: () => this.rig.straighten(),
      home: () => this.home(),
      deselect: () => this.#select(-1),
      follow: () => this.#follow(!this.selection.following),
      next: () => this.#step(1),
      previous: () => this.#step(-1),
    }
    bindButtons(commands)
    bindKeys(commands)
    new ResizeObserver(() => this.#resize()).observe(this.#globe)
    this.#resize()
    this.stage.adaptsQuality = new URLSearchParams(location.search).get('quality') !== 'full'
    const start = globeDistance(this.stage.view)
    Object.assign(this.rig.pose, { distance: start })
    Object.assign(this.rig.goal, { distance: start })
  }

  start(): void {
    requestAnimationFrame(this.#frame)
    this.stage.loadTextures('./earth/').then(
      () => (this.texturesReady = true),
      (error) => console.warn('The globe goes without its pictures:', error),
    )
  }

  takeSnapshot(feed: FlightFeed): void {
    this.#feed = feed
    this.fleet.replace(feed.table, this.#clock.at(performance.now()))
    this.selection.refresh(feed.table)
    this.#frameFleet()
  }

  takeDelta(
    feed: FlightFeed,
    changed: Uint32Array,
    changedCount: number,
    removed: Uint32Array,
    removedCount: number,
  ): void {
    this.#feed = feed
    this.fleet.remove(removed, removedCount)
    this.fleet.change(feed.table, changed, changedCount, this.#clock.at(performance.now()))
    if (removedCount > 0) this.selection.refresh(feed.table)
    this.#frameFleet()
  }

  /** Shows all aircraft. */
  home(): void {
    this.#follow(false)
    const pose = this.#feed && frameFleet(this.#feed.table, this.stage.view)
    if (pose) this.rig.flyTo(pose, 1.6)
  }

  pixelOf(icao24: string): { x: number; y: number } | null {
    const slot = this.#feed ? slotOf(this.#feed.table, icao24) : -1
    if (slot < 0 || !this.#project(slot)) return null
    return { x: this.#pixel[0]!, y: this.#pixel[1]! }
  }

  positionOf(icao24: string): { lat: number; lon: number; altitudeM: number } | null {
    const slot = this.#feed ? slotOf(this.#feed.table, icao24) : -1
    if (slot < 0) return null
    reckon(this.fleet.data, slot, this.fleet.uniforms.now.value, this.#at)
    const { direction, altitudeM } = this.#at
    return { lat: latitudeOf(direction), lon: longitudeOf(direction), altitudeM }
  }

  /** While nobody has touched the camera, it looks at where the aircraft are, and looks again when many more have come. */
  #frameFleet(): void {
    const { table } = this.#feed!
    if (this.rig.touched || table.count === 0 || this.rig.flying) return
    const now = performance.now()
    const first = this.#framedCount === 0
    if (!first && (table.count < this.#framedCount * 1.3 || now - this.#framedAtMs > SETTLING_MS)) return
    const pose = frameFleet(table, this.stage.view)
    if (!pose) return
    if (first) {
      this.#framedAtMs = now
      Object.assign(this.rig.pose, { lat: pose.lat * 0.6, lon: pose.lon })
    }
    this.#framedCount = table.count
    this.rig.flyTo(pose, OPENING_SECONDS)
  }

  readonly #frame = (frameMs: number): void => {
    requestAnimationFrame(this.#frame)
    if (!this.stage.ready) return
    const began = performance.now()
    const dt = Math.min(LONGEST_STEP_S, Math.max(0, (frameMs - this.#lastFrameMs) / 1000))
    this.#lastFrameMs = frameMs
    const nowMs = this.#clock.at(began)
    this.#controls.step(dt)
    this.#followSelected()
    this.#clearOfPanel(dt)
    this.#hover()
    this.stage.draw({
      nowMs,
      dt,
      selected: this.selection.slot,
      hovered: this.#hovered,
      count: this.#feed?.table.count ?? 0,
    })
    this.#updatePanels(began, nowMs)
    if (Number.isNaN(this.firstPictureMs)) this.firstPictureMs = performance.now()
    if (Number.isNaN(this.firstAircraftMs) && this.fleet.highWater > 0) this.firstAircraftMs = performance.now()
    this.stats.record(performance.now() - began)
  }

  #updatePanels(wallMs: number, nowMs: number): void {
    const table = this.#feed?.table
    const slot = this.selection.slot
    const { units, zone } = this.#preferences.value
    if (this.#hovered >= 0 && this.#hovered !== slot && this.#project(this.#hovered)) {
      this.#tooltip.show(table!, this.#hovered, this.#pixel, units)
    } else {
      this.#tooltip.hide()
    }
    if (wallMs - this.#panelAtMs < PANEL_EVERY_MS) return
    this.#panelAtMs = wallMs
    document.documentElement.style.setProperty('--bearing', `${-this.rig.pose.bearingDeg.toFixed(1)}deg`)
    if (table && slot >= 0) this.#details.show(table, slot, nowMs, units, zone)
    else if (this.#details.open) this.#details.close()
  }

  #hover(): void {
    this.#hovered = this.#pointer ? this.#pick(this.#pointer.x, this.#pointer.y) : -1
    const over = this.#hovered >= 0 ? 'aircraft' : ''
    if (this.#globe.dataset.over !== over) this.#globe.dataset.over = over
  }

  /** What is followed stays clear of the panel: left of it, or above it on a small screen. */
  #clearOfPanel(dt: number): void {
    const { view } = this.stage
    const narrow = view.width <= NARROW_PX
    const wanted = this.selection.following ? 1 : 0
    const share = this.rig.reducedMotion ? 1 : 1 - Math.exp(-5 * dt)
    view.shift(narrow ? 0 : -PANEL_SHIFT_PX * wanted, narrow ? -view.height * PANEL_SHIFT_SHARE * wanted : 0, share)
  }

  #followSelected(): void {
    if (!this.selection.following || this.rig.flying) return
    reckon(this.fleet.data, this.selection.slot, this.fleet.uniforms.now.value, this.#at)
    this.rig.lookAt(latitudeOf(this.#at.direction), longitudeOf(this.#at.direction))
  }

  #follow(on: boolean): void {
    this.selection.following = on && this.selection.slot >= 0
    element('details-follow').setAttribute('aria-pressed', String(this.selection.following))
    if (this.selection.following) this.rig.touched = true
  }

  #select(slot: number): void {
    if (slot < 0 || !this.#feed) this.selection.clear()
    else this.selection.set(this.#feed.table, slot)
    this.#follow(this.selection.following)
    this.#panelAtMs = 0
  }

  #step(by: 1 | -1): void {
    if (!this.#feed || this.#feed.table.count === 0) return
    this.selection.step(this.#feed.table, by)
    this.#select(this.selection.slot)
    this.#follow(true)
  }

  #pick(x: number, y: number, reachPx?: number): number {
    return pick(this.fleet, this.stage.view, this.fleet.uniforms.now.value, x, y, reachPx)
  }

  #project(slot: number): boolean {
    reckon(this.fleet.data, slot, this.fleet.uniforms.now.value, this.#at)
    const visible = this.stage.view.project(this.#at.direction, 1 + this.#at.altitudeM / EARTH_RADIUS_M, this.#pixel)
    const [x, y] = this.#pixel as unknown as [number, number]
    return visible && x >= 0 && y >= 0 && x <= this.stage.view.width && y <= this.stage.view.height
  }

  #resize(): void {
    this.stage.resize(this.#globe.clientWidth, this.#globe.clientHeight)
  }
}
