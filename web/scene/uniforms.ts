/** What every layer's shaders know about the moment: where the eye is, how large a pixel is, where the sun stands, which theme. */
import { Vector2, Vector3 } from 'three'
import type { View } from '../camera/view.ts'

export interface SceneUniforms {
  readonly eye: { value: Vector3 }
  /** Height of a pixel in earth radii, at a distance of one. */
  readonly pixelAtOne: { value: number }
  readonly viewport: { value: Vector2 }
  readonly sun: { value: Vector3 }
  /** 0 dark … 1 light. */
  readonly light: { value: number }
  /** Size of an aircraft, half its length, in pixels. */
  readonly aircraftPx: { value: number }
  readonly pixelRatio: { value: number }
}

export const sceneUniforms = (): SceneUniforms => ({
  eye: { value: new Vector3(0, 0, 4) },
  pixelAtOne: { value: 0.001 },
  viewport: { value: new Vector2(1, 1) },
  sun: { value: new Vector3(1, 0, 0) },
  light: { value: 0 },
  aircraftPx: { value: 12 },
  pixelRatio: { value: 1 },
})

export function updateUniforms(uniforms: SceneUniforms, view: View): void {
  uniforms.eye.value.set(view.eye[0]!, view.eye[1]!, view.eye[2]!)
  uniforms.pixelAtOne.value = view.pixelAtOne
  uniforms.viewport.value.set(view.width, view.height)
}

const SMALLEST_PX = 4.5
const LARGEST_PX = 13.5
const FAR = 2.4
const NEAR = 0.02

/** Half an aircraft's length in pixels: smaller from afar, smaller in a crowd seen from afar, and on a small screen. */
export function aircraftPixels(view: View, count: number): number {
  const nearness = Math.min(1, Math.max(0, Math.log(FAR / view.distance) / Math.log(FAR / NEAR)))
  const crowd = Math.min(1, Math.max(0, Math.log10(Math.max(1, count) / 300) / 1.8))
  const farPx = 7.5 - (7.5 - SMALLEST_PX) * crowd
  const room = Math.min(1, Math.max(0.72, Math.min(view.width, view.height) / 760))
  return (farPx + (LARGEST_PX - farPx) * nearness) * room
}
