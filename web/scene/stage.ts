/**
 * The picture: renderer, layers from back to front, and what each frame has to do. JavaScript per frame does not grow with the
 * number of aircraft; labels are placed anew four times a second.
 */
import { Camera, Matrix4, Scene, WebGLRenderer } from 'three'
import type { CameraRig } from '../camera/rig.ts'
import { View } from '../camera/view.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { sunDirection } from '../geo/sun.ts'
import { AircraftLayer } from './aircraft-layer.ts'
import { CallsignLayer } from './callsign-layer.ts'
import { FramePacer } from './frame-pacer.ts'
import { Globe } from './globe.ts'
import { LabelPlacement } from './label-placement.ts'
import { PlaceLabels } from './place-labels.ts'
import { drawsInSoftware, Quality } from './quality.ts'
import { RunwayLayer } from './runway-layer.ts'
import { Sky } from './sky.ts'
import { StemLayer } from './stem-layer.ts'
import { TrailLayer } from './trail-layer.ts'
import { aircraftPixels, sceneUniforms, updateUniforms } from './uniforms.ts'

const MOST_PIXELS_PER_POINT = 2
const MOST_ANISOTROPY = 4
const PLACE_LABELS_EVERY_SECONDS = 0.25
const THEME_SECONDS = 0.35

export interface Moment {
  /** Stream time to show. */
  nowMs: number
  /** Since the last frame. */
  dt: number
  selected: number
  hovered: number
  count: number
}

export class Stage {
  readonly view = new View()
  readonly renderer: WebGLRenderer
  lightTheme = false
  /** Whether a weak card may draw fewer pixels. */
  adaptsQuality = true
  readonly #rig: CameraRig
  readonly #fleet: Fleet
  readonly #scene = new Scene()
  readonly #camera = new Camera()
  readonly #uniforms = sceneUniforms()
  readonly #globe: Globe
  readonly #sky: Sky
  readonly #runways: RunwayLayer
  readonly #trails: TrailLayer
  readonly #stems: StemLayer
  readonly #aircraft: AircraftLayer
  readonly #callsigns: CallsignLayer
  readonly #places: PlaceLabels
  readonly #placement = new LabelPlacement()
  readonly #sun = new Float64Array(3)
  readonly #lastPlace = new Float64Array(6)
  readonly #projection = new Matrix4()
  readonly #quality: Quality
  readonly #pacer: FramePacer
  #sinceLabels = PLACE_LABELS_EVERY_SECONDS
  #moved = true

  constructor(canvas: HTMLCanvasElement, names: HTMLElement, rig: CameraRig, fleet: Fleet) {
    this.#rig = rig
    this.#fleet = fleet
    this.renderer = new WebGLRenderer({
      canvas,
      antialias: false,
      alpha: false,
      depth: false,
      powerPreference: 'high-performance',
    })
    const pixelRatio = Math.min(window.devicePixelRatio, MOST_PIXELS_PER_POINT)
    this.renderer.autoClear = false
    this.#pacer = new FramePacer(this.renderer.getContext() as WebGL2RenderingContext)
    this.#quality = new Quality(pixelRatio, (ratio) => this.#setPixelRatio(ratio))
    this.#setPixelRatio(pixelRatio)
    this.#globe = new Globe(this.#uniforms)
    this.#sky = new Sky(this.#uniforms)
    this.#runways = new RunwayLayer(this.#uniforms)
    this.#trails = new TrailLayer(this.#uniforms, fleet)
    this.#stems = new StemLayer(this.#uniforms, fleet)
    this.#aircraft = new AircraftLayer(this.#uniforms, fleet)
    this.#callsigns = new CallsignLayer(this.#uniforms, fleet, pixelRatio)
    this.#places = new PlaceLabels(names)
    this.#scene.add(this.#sky.air, this.#sky.stars, this.#globe.mesh, this.#runways.mesh)
    this.#scene.add(this.#trails.mesh, this.#stems.mesh, this.#aircraft.mesh, this.#callsigns.mesh)
    this.#scene.matrixWorldAutoUpdate = false
    this.#camera.matrixAutoUpdate = false
  }

  loadTextures(base: string): Promise<void> {
    const gl = this.renderer.getContext() as WebGL2RenderingContext
    const anisotropy = drawsInSoftware(gl)
      ? 1
      : Math.min(MOST_ANISOTROPY, this.renderer.capabilities.getMaxAnisotropy())
    return this.#globe.loadTextures(base, anisotropy)
  }

  resize(width: number, height: number): void {
    this.view.resize(width, height)
    this.renderer.setSize(width, height, false)
    this.#moved = true
  }

  /** Whether the card can take another frame. */
  get ready(): boolean {
    return !this.#pacer.busy
  }

  draw(moment: Moment): void {
    const { view } = this
    if (this.adaptsQuality) this.#quality.observe(moment.dt * 1000)
    const fleet = this.#fleet
    this.#rig.step(moment.dt)
    view.place(this.#rig.pose)
    this.#noticeMove()
    if (!Number.isNaN(moment.nowMs)) {
      fleet.showTrails(moment.selected)
      fleet.prepare(moment.nowMs)
      sunDirection(moment.nowMs, this.#sun)
    }
    this.#aim()
    this.#updateTheme(moment.dt)
    updateUniforms(this.#uniforms, view)
    this.#uniforms.sun.value.set(this.#sun[0]!, this.#sun[1]!, this.#sun[2]!)
    this.#uniforms.aircraftPx.value = aircraftPixels(view, moment.count)
    this.#placeLabels(moment)
    this.#globe.update(view, moment.dt)
    this.#sky.update(view)
    this.#runways.update(view.distance)
    this.#trails.update(fleet, moment.selected)
    this.#stems.update(fleet, moment.selected, view.distance)
    this.#aircraft.update(fleet, moment.selected, moment.hovered)
    this.#callsigns.update(fleet, this.#placement.anyShown)
    this.renderer.render(this.#scene, this.#camera)
    this.#pacer.frameIssued()
  }

  #placeLabels(moment: Moment): void {
    if (this.#moved) this.#places.update(this.view)
    this.#moved = false
    this.#sinceLabels += moment.dt
    if (this.#sinceLabels < PLACE_LABELS_EVERY_SECONDS) return
    this.#sinceLabels = 0
    this.#placement.update(
      this.#fleet,
      this.view,
      this.#places,
      this.#fleet.uniforms.now.value,
      moment.selected,
      moment.hovered,
    )
  }

  #setPixelRatio(ratio: number): void {
    this.renderer.setPixelRatio(ratio)
    // Blurred glass over a moving picture is dear too: a page that had to save does without.
    document.documentElement.dataset.glass = ratio < Math.min(1, window.devicePixelRatio) ? 'plain' : 'blurred'
    this.#uniforms.pixelRatio.value = ratio
  }

  /** Names of places are laid out again only when the eye has moved by about a pixel. */
  #noticeMove(): void {
    const { eye, up } = this.view
    const place = this.#lastPlace
    const limit = this.view.pixelAtOne * this.view.distance * 0.5
    let away = 0
    for (let i = 0; i < 3; i++)
      away += Math.abs(eye[i]! - place[i]!) + Math.abs(up[i]! - place[i + 3]!) * this.view.distance
    if (away < limit) return
    place.set(eye)
    place.set(up, 3)
    this.#moved = true
  }

  #updateTheme(dt: number): void {
    const { light } = this.#uniforms
    const goal = this.lightTheme ? 1 : 0
    if (light.value === goal) return
    const step = this.#rig.reducedMotion ? 1 : dt / THEME_SECONDS
    light.value = goal > light.value ? Math.min(goal, light.value + step) : Math.max(goal, light.value - step)
  }

  /** Hands the view's own vectors to the renderer's camera. Nothing is tested for depth, so near and far only clip. */
  #aim(): void {
    const { view } = this
    const near = Math.max(1e-5, view.altitude * 0.02)
    const far = view.distance + 4
    const perPixel = (view.halfHeight * near) / (view.height / 2)
    const left = -view.centreX * perPixel
    const top = view.centreY * perPixel
    this.#projection.makePerspective(left, left + view.width * perPixel, top, top - view.height * perPixel, near, far)
    this.#camera.projectionMatrix.copy(this.#projection)
    this.#camera.projectionMatrixInverse.copy(this.#projection).invert()
    const { right, up, forward, eye } = view
    this.#camera.matrixWorld.set(
      ...[right[0]!, up[0]!, -forward[0]!, eye[0]!],
      ...[right[1]!, up[1]!, -forward[1]!, eye[1]!],
      ...[right[2]!, up[2]!, -forward[2]!, eye[2]!],
      ...([0, 0, 0, 1] as const),
    )
    this.#camera.matrixWorldInverse.copy(this.#camera.matrixWorld).invert()
  }
}
