/**
 * A sharp map of land and sea for the neighbourhood in view, where the picture of the earth has only a few pixels.
 *
 * The outlines are filled into a canvas that reaches somewhat beyond the picture, and painted anew when the view leaves it; the
 * globe's shader makes shores, shallows and colours of it. Cost: one canvas fill (some milliseconds) per repaint, none per frame.
 */
import { CanvasTexture, LinearFilter, LinearMipmapLinearFilter, RedFormat, Vector4 } from 'three'
import type { View } from '../camera/view.ts'
import { latitudeOf, longitudeDelta, longitudeOf, RADIANS } from '../geo/sphere.ts'
import type { CoastTile, CoastTiles } from './coast-tiles.ts'

const SIZE = 2048
const HALO_SIZE = 256
const HALO_BLUR_PX = 5
/** From this close on (earth radii) the chart is drawn at all. */
const DRAWN_BELOW = 0.7
const REACH = 1.9
const SMALLEST_HALF_DEG = 0.2
const LARGEST_HALF_DEG = 30
const FADE_SECONDS = 0.5
const REPAINT_EVERY_SECONDS = 0.12

export class Chart {
  readonly uniforms = {
    chartLand: { value: null as CanvasTexture | null },
    chartHalo: { value: null as CanvasTexture | null },
    /** Centre longitude and latitude, half width and half height, radians. */
    chartBox: { value: new Vector4(0, 0, 1, 1) },
    chartShown: { value: 0 },
  }
  #tiles: CoastTiles | null = null
  readonly #land = canvas(SIZE)
  readonly #halo = canvas(HALO_SIZE)
  readonly #landTexture = new CanvasTexture(this.#land.canvas)
  readonly #haloTexture = new CanvasTexture(this.#halo.canvas)
  #lat = 0
  #lon = 0
  #halfLat = 0
  #sincePaint = 0

  constructor() {
    for (const texture of [this.#landTexture, this.#haloTexture]) {
      texture.format = RedFormat
      texture.flipY = true
      texture.magFilter = LinearFilter
    }
    this.#landTexture.minFilter = LinearMipmapLinearFilter
    this.#haloTexture.minFilter = LinearFilter
    this.#haloTexture.generateMipmaps = false
    this.uniforms.chartLand.value = this.#landTexture
    this.uniforms.chartHalo.value = this.#haloTexture
  }

  open(tiles: CoastTiles): void {
    if (!tiles.empty) this.#tiles = tiles
  }

  update(view: View, dt: number): void {
    const near = this.#tiles !== null && view.distance < DRAWN_BELOW
    this.#sincePaint += dt
    if (near && this.#sincePaint > REPAINT_EVERY_SECONDS && this.#outgrown(view) && this.#paint(view))
      this.#sincePaint = 0
    const shown = this.uniforms.chartShown
    const goal = near && this.#halfLat > 0 ? 1 : 0
    shown.value +=
      Math.max(-1, Math.min(1, (goal - shown.value) * 1e3)) * Math.min(Math.abs(goal - shown.value), dt / FADE_SECONDS)
  }

  /** Whether the picture is about to leave the chart, or wants a finer or a wider one. */
  #outgrown(view: View): boolean {
    const half = halfLatitude(view)
    if (this.#halfLat === 0 || half > this.#halfLat * 1.35 || half < this.#halfLat * 0.55) return true
    const dLat = Math.abs(latitudeOf(view.target) - this.#lat)
    const dLon = Math.abs(longitudeDelta(this.#lon, longitudeOf(view.target))) * Math.cos(this.#lat * RADIANS)
    return Math.max(dLat, dLon) > this.#halfLat * 0.3
  }

  #paint(view: View): boolean {
    const lat = latitudeOf(view.target)
    const lon = longitudeOf(view.target)
    const halfLat = halfLatitude(view)
    const halfLon = Math.min(170, halfLat / Math.max(0.1, Math.cos(lat * RADIANS)))
    const tiles = this.#tiles!.within(lon - halfLon, lat - halfLat, lon + halfLon, lat + halfLat)
    if (!tiles) return false
    this.#lat = lat
    this.#lon = lon
    this.#halfLat = halfLat
    const { pen } = this.#land
    pen.setTransform(1, 0, 0, 1, 0, 0)
    pen.fillStyle = '#000'
    pen.fillRect(0, 0, SIZE, SIZE)
    pen.fillStyle = '#fff'
    const scaleX = SIZE / (2 * halfLon)
    const scaleY = SIZE / (2 * halfLat)
    for (const tile of tiles)
      this.#fill(
        tile,
        (x) => (x - lon + halfLon) * scaleX,
        (y) => (lat + halfLat - y) * scaleY,
      )
    const halo = this.#halo.pen
    halo.filter = `blur(${HALO_BLUR_PX}px)`
    halo.drawImage(this.#land.canvas, 0, 0, HALO_SIZE, HALO_SIZE)
    this.#landTexture.needsUpdate = true
    this.#haloTexture.needsUpdate = true
    this.uniforms.chartBox.value.set(lon * RADIANS, lat * RADIANS, halfLon * RADIANS, halfLat * RADIANS)
    return true
  }

  #fill(tile: CoastTile, toX: (lon: number) => number, toY: (lat: number) => number): void {
    const { words, west, south } = tile
    const { tileDeg, marginDeg } = this.#tiles!
    const perWord = (tileDeg + 2 * marginDeg) / 65_535
    const { pen } = this.#land
    const rings = words[0]!
    let at = 1 + rings
    pen.beginPath()
    for (let ring = 0; ring < rings; ring++) {
      for (let i = 0; i < words[1 + ring]!; i++, at += 2) {
        const x = toX(west - marginDeg + words[at]! * perWord)
        const y = toY(south - marginDeg + words[at + 1]! * perWord)
        if (i === 0) pen.moveTo(x, y)
        else pen.lineTo(x, y)
      }
      pen.closePath()
    }
    pen.fill('evenodd')
  }
}

function halfLatitude(view: View): number {
  const across = view.distance * view.halfHeight * Math.max(1, view.width / view.height)
  return Math.min(LARGEST_HALF_DEG, Math.max(SMALLEST_HALF_DEG, (across * REACH) / RADIANS))
}

function canvas(size: number): { canvas: HTMLCanvasElement; pen: CanvasRenderingContext2D } {
  const element = document.createElement('canvas')
  element.width = element.height = size
  return { canvas: element, pen: element.getContext('2d', { alpha: false })! }
}
