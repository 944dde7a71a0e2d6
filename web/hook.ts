/**
 * `window.skein`: a read-only view for browser tests and for the curious. Not an interface to build on.
 */
import type { ConnectionStatus } from './client/index.ts'

export interface SkeinHook {
  readonly status: ConnectionStatus
  /** Aircraft in the table. */
  readonly count: number
  /** Stream time on display, epoch milliseconds. */
  readonly clockMs: number
  /** Address of the selected aircraft. */
  readonly selected: string | null
  readonly camera: { lat: number; lon: number; distance: number; tiltDeg: number; bearingDeg: number; flying: boolean }
  /** JavaScript time of the last 600 frames, milliseconds. */
  readonly frames: { count: number; medianMs: number; p95Ms: number }
  /** Milliseconds from navigation to the first picture with the globe, and to the first with aircraft. */
  readonly firstPictureMs: number
  readonly firstAircraftMs: number
  /** Whether the earth's textures are on the globe. */
  readonly texturesReady: boolean
  /** Where an aircraft is on the page, in CSS pixels; null when it is not to be seen. */
  pixelOf(icao24: string): { x: number; y: number } | null
  /** Where an aircraft is shown, in degrees and metres. */
  positionOf(icao24: string): { lat: number; lon: number; altitudeM: number } | null
  /** Addresses of the aircraft that are in the picture. */
  inPicture(): string[]
}

declare global {
  interface Window {
    skein: SkeinHook
  }
}
