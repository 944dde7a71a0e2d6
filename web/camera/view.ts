/**
 * A camera's pose on the globe and the geometry that follows from it: which pixel a point falls on, which point a pixel shows.
 *
 * The target is a point on the surface; distance (earth radii) and tilt (0 looks straight down) are taken from there. Doubles
 * throughout; no call allocates.
 */
import { cross, directionOf, dot, normalize, RADIANS, tangentOf, type Vector, vector } from '../geo/sphere.ts'

export interface Pose {
  lat: number
  lon: number
  distance: number
  tiltDeg: number
  bearingDeg: number
}

/** Half the field of view of the window's shorter side. */
const HALF_FIELD = Math.tan(18 * RADIANS)
const NARROWEST = 0.62

export class View {
  width = 1
  height = 1
  /** Half the height of the picture at distance one. */
  halfHeight = HALF_FIELD
  /** The pixel that shows the target: the middle, unless a panel covers part of the picture. */
  centreX = 0.5
  centreY = 0.5
  readonly target = vector()
  readonly eye = vector()
  readonly right = vector()
  readonly up = vector()
  readonly forward = vector()
  distance = 1
  #shiftX = 0
  #shiftY = 0
  readonly #heading = vector()
  readonly #ray = vector()

  resize(width: number, height: number): void {
    this.width = Math.max(1, width)
    this.height = Math.max(1, height)
    this.#centreAt(0, 0)
    this.halfHeight = HALF_FIELD / Math.max(NARROWEST, Math.min(1, this.width / this.height))
  }

  /** Moves the target's pixel off the middle, smoothly: by `share` of the way each time. */
  shift(rightPx: number, downPx: number, share: number): void {
    this.#shiftX += (rightPx - this.#shiftX) * share
    this.#shiftY += (downPx - this.#shiftY) * share
    this.#centreAt(this.#shiftX, this.#shiftY)
  }

  place(pose: Pose): void {
    directionOf(pose.lat, pose.lon, this.target)
    tangentOf(pose.lat, pose.lon, pose.bearingDeg, this.#heading)
    this.distance = pose.distance
    const cos = Math.cos(pose.tiltDeg * RADIANS)
    const sin = Math.sin(pose.tiltDeg * RADIANS)
    for (let i = 0; i < 3; i++) {
      this.forward[i] = sin * this.#heading[i]! - cos * this.target[i]!
      this.up[i] = sin * this.target[i]! + cos * this.#heading[i]!
      this.eye[i] = this.target[i]! - this.forward[i]! * pose.distance
    }
    cross(this.forward, this.up, this.right)
  }

  /** The height of a pixel in earth radii, at a distance of one from the eye. */
  get pixelAtOne(): number {
    return (2 * this.halfHeight) / this.height
  }

  /** How far the surface below the eye is, in earth radii. */
  get altitude(): number {
    return Math.hypot(this.eye[0]!, this.eye[1]!, this.eye[2]!) - 1
  }

  /** Writes the pixel of a point at `length` earth radii along `direction` to `out`; false when it is behind the eye or the globe. */
  project(direction: Vector, length: number, out: Vector): boolean {
    const ray = this.#ray
    for (let i = 0; i < 3; i++) ray[i] = direction[i]! * length - this.eye[i]!
    const depth = dot(ray, this.forward)
    if (depth <= 0) return false
    const scale = this.height / 2 / (this.halfHeight * depth)
    out[0] = this.centreX + dot(ray, this.right) * scale
    out[1] = this.centreY - dot(ray, this.up) * scale
    return !this.#hidden(ray)
  }

  /** The surface point that a pixel shows; false when it shows the sky. */
  groundAt(x: number, y: number, out: Vector): boolean {
    this.rayAt(x, y, out)
    const along = dot(this.eye, out)
    const inside = along * along - dot(this.eye, this.eye) + 1
    if (inside < 0 || along > 0) return false
    const reach = -along - Math.sqrt(inside)
    for (let i = 0; i < 3; i++) out[i] = this.eye[i]! + out[i]! * reach
    normalize(out)
    return true
  }

  rayAt(x: number, y: number, out: Vector): void {
    const right = ((x - this.centreX) / (this.height / 2)) * this.halfHeight
    const up = ((this.centreY - y) / (this.height / 2)) * this.halfHeight
    for (let i = 0; i < 3; i++) out[i] = this.forward[i]! + this.right[i]! * right + this.up[i]! * up
    normalize(out)
  }

  #centreAt(shiftX: number, shiftY: number): void {
    this.centreX = this.width / 2 + shiftX
    this.centreY = this.height / 2 + shiftY
  }

  #hidden(ray: Vector): boolean {
    const nearest = -dot(this.eye, ray) / dot(ray, ray)
    if (nearest <= 0 || nearest >= 1) return false
    let squared = 0
    for (let i = 0; i < 3; i++) squared += (this.eye[i]! + ray[i]! * nearest) ** 2
    return squared < 0.9995
  }
}
