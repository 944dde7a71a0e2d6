/**
 * Moves the camera: a goal that input sets, and a pose that follows it smoothly.
 *
 * Panning glides on with inertia, zoom and turn approach their goals exponentially, `flyTo` follows a great circle and rises on
 * the way when it is long. With reduced motion every change is immediate.
 */
import {
  angleBetween,
  between,
  directionOf,
  latitudeOf,
  longitudeDelta,
  longitudeOf,
  RADIANS,
  vector,
} from '../geo/sphere.ts'
import type { Pose } from './view.ts'

export const CLOSEST = 0.0008
export const FARTHEST = 6
const HIGHEST_LAT = 86
const MOST_TILT = 72
const FOLLOW_PER_SECOND = 14
const GLIDE_PER_SECOND = 3.2
const SLOWEST_GLIDE = 1e-4

/** The tilt that shows the most at a distance: flat from space, oblique over a city. */
export function naturalTilt(distance: number): number {
  const nearness = Math.min(1, Math.max(0, Math.log(0.5 / distance) / Math.log(0.5 / 0.012)))
  return 52 * nearness * nearness * (3 - 2 * nearness)
}

interface Flight {
  from: Pose
  to: Pose
  seconds: number
  elapsed: number
  rise: number
}

export class CameraRig {
  readonly pose: Pose
  readonly goal: Pose
  reducedMotion = false
  /** Whether a person has moved the camera: from then on it does not frame the fleet by itself. */
  touched = false
  #freeTilt = false
  #flight: Flight | null = null
  #glideLat = 0
  #glideLon = 0
  readonly #from = vector()
  readonly #to = vector()
  readonly #on = vector()

  constructor(start: Pose) {
    this.pose = { ...start }
    this.goal = { ...start }
  }

  get flying(): boolean {
    return this.#flight !== null
  }

  /** Moves the goal by angles along the picture's right and up. */
  pan(right: number, up: number): void {
    this.#interrupt()
    const [dLat, dLon] = this.#turned(right, up)
    this.#moveGoal(dLat, dLon)
  }

  /** Lets a pan go on by itself, in angles a second along the picture's right and up. */
  glide(right: number, up: number): void {
    if (this.reducedMotion) return
    ;[this.#glideLat, this.#glideLon] = this.#turned(right, up)
  }

  /** Changes the distance by a factor, keeping the point at (`lat`, `lon`) where it is on the screen if one is given. */
  zoom(factor: number, lat?: number, lon?: number): void {
    this.#interrupt()
    const distance = clamp(this.goal.distance * factor, CLOSEST, FARTHEST)
    if (lat !== undefined && lon !== undefined) {
      const share = clamp(1 - distance / this.goal.distance, -1, 1)
      this.goal.lat = clamp(this.goal.lat + (lat - this.goal.lat) * share, -HIGHEST_LAT, HIGHEST_LAT)
      this.goal.lon += longitudeDelta(this.goal.lon, lon) * share
    }
    this.goal.distance = distance
    if (!this.#freeTilt) this.goal.tiltDeg = naturalTilt(distance)
  }

  turn(bearingDeg: number, tiltDeg: number): void {
    this.#interrupt()
    if (tiltDeg !== 0) this.#freeTilt = true
    this.goal.bearingDeg += bearingDeg
    this.goal.tiltDeg = clamp(this.goal.tiltDeg + tiltDeg, 0, MOST_TILT)
  }

  /** North up, tilt by distance. */
  straighten(): void {
    this.#freeTilt = false
    this.flyTo({ ...this.goal, bearingDeg: 0, tiltDeg: naturalTilt(this.goal.distance) }, 0.6)
  }

  /** Keeps looking at a point that moves. */
  lookAt(lat: number, lon: number): void {
    this.#stopGlide()
    this.goal.lat = lat
    this.goal.lon = lon
  }

  flyTo(to: Pose, seconds: number): void {
    this.#stopGlide()
    this.#freeTilt = false
    Object.assign(this.goal, to)
    if (this.reducedMotion || seconds <= 0) {
      Object.assign(this.pose, to)
      this.#flight = null
      return
    }
    directionOf(this.pose.lat, this.pose.lon, this.#from)
    directionOf(to.lat, to.lon, this.#to)
    const span = angleBetween(this.#from, this.#to)
    const reach = Math.max(this.pose.distance, to.distance)
    this.#flight = {
      from: { ...this.pose },
      to: { ...to },
      seconds,
      elapsed: 0,
      rise: Math.max(0, Math.log((span * 1.4) / reach)),
    }
  }

  /** Moves on by `dt` seconds. */
  step(dt: number): void {
    if (this.#flight) {
      this.#fly(this.#flight, dt)
      return
    }
    this.#applyGlide(dt)
    const share = this.reducedMotion ? 1 : 1 - Math.exp(-FOLLOW_PER_SECOND * dt)
    const { pose, goal } = this
    pose.lat += (goal.lat - pose.lat) * share
    pose.lon += longitudeDelta(pose.lon, goal.lon) * share
    pose.distance *= (goal.distance / pose.distance) ** share
    pose.tiltDeg += (goal.tiltDeg - pose.tiltDeg) * share
    pose.bearingDeg += longitudeDelta(pose.bearingDeg, goal.bearingDeg) * share
  }

  #fly(flight: Flight, dt: number): void {
    flight.elapsed += dt
    const linear = Math.min(1, flight.elapsed / flight.seconds)
    const s = linear * linear * linear * (linear * (linear * 6 - 15) + 10)
    directionOf(flight.from.lat, flight.from.lon, this.#from)
    directionOf(flight.to.lat, flight.to.lon, this.#to)
    between(this.#from, this.#to, s, this.#on)
    const { pose } = this
    pose.lat = latitudeOf(this.#on)
    pose.lon = longitudeOf(this.#on)
    const log = Math.log(flight.from.distance) * (1 - s) + Math.log(flight.to.distance) * s
    pose.distance = Math.min(FARTHEST, Math.exp(log + flight.rise * Math.sin(Math.PI * s)))
    pose.tiltDeg = flight.from.tiltDeg + (flight.to.tiltDeg - flight.from.tiltDeg) * s * s
    pose.bearingDeg = flight.from.bearingDeg + longitudeDelta(flight.from.bearingDeg, flight.to.bearingDeg) * s
    if (linear === 1) this.#flight = null
  }

  #applyGlide(dt: number): void {
    if (this.#glideLat === 0 && this.#glideLon === 0) return
    this.#moveGoal(this.#glideLat * dt, this.#glideLon * dt)
    const left = Math.exp(-GLIDE_PER_SECOND * dt)
    this.#glideLat *= left
    this.#glideLon *= left
    if (Math.hypot(this.#glideLat, this.#glideLon) < SLOWEST_GLIDE * this.goal.distance) this.#stopGlide()
  }

  #moveGoal(dLat: number, dLon: number): void {
    this.goal.lat = clamp(this.goal.lat + dLat, -HIGHEST_LAT, HIGHEST_LAT)
    this.goal.lon = longitudeDelta(0, this.goal.lon + dLon)
  }

  /** Angles along the picture's right and up, as degrees of latitude and longitude. */
  #turned(right: number, up: number): [number, number] {
    const cos = Math.cos(this.goal.bearingDeg * RADIANS)
    const sin = Math.sin(this.goal.bearingDeg * RADIANS)
    const north = (up * cos - right * sin) / RADIANS
    const east = (up * sin + right * cos) / RADIANS
    return [north, east / Math.max(0.12, Math.cos(this.goal.lat * RADIANS))]
  }

  /** A person takes over: whatever moved by itself stops where it is. */
  #interrupt(): void {
    this.touched = true
    this.#stopGlide()
    if (!this.#flight) return
    this.#flight = null
    Object.assign(this.goal, this.pose)
  }

  #stopGlide(): void {
    this.#glideLat = 0
    this.#glideLon = 0
  }
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value))
