/**
 * The shape of an aircraft as a signed distance field: crisp at any size, with room around it for an outline and a glow.
 *
 * Made once at start from the outline below. A texel holds 0.5 on the edge and falls by 0.5 over RANGE outwards.
 */
import { DataTexture, LinearFilter, RedFormat, UnsignedByteType } from 'three'

/** The right half of an airliner seen from above, from nose to tail; wing tip at x = 0.94, length from −1 to 1. */
const HALF_OUTLINE: readonly (readonly [number, number])[] = [
  [0, 1],
  [0.055, 0.95],
  [0.095, 0.84],
  [0.11, 0.68],
  [0.11, 0.36],
  [0.94, -0.2],
  [0.94, -0.35],
  [0.5, -0.22],
  [0.11, -0.14],
  [0.085, -0.58],
  [0.37, -0.82],
  [0.37, -0.94],
  [0.04, -0.86],
  [0, -0.98],
]

/** The field covers −EXTENT … EXTENT in both directions. */
export const EXTENT = 1.35
export const RANGE = 0.35
const SIZE = 128

export function silhouetteTexture(): DataTexture {
  const mirrored = HALF_OUTLINE.slice(1, -1)
    .reverse()
    .map(([x, y]) => [-x, y] as const)
  const outline = [...HALF_OUTLINE, ...mirrored]
  const texels = new Uint8Array(SIZE * SIZE)
  for (let row = 0; row < SIZE; row++) {
    for (let column = 0; column < SIZE; column++) {
      const x = (((column + 0.5) / SIZE) * 2 - 1) * EXTENT
      const y = (((row + 0.5) / SIZE) * 2 - 1) * EXTENT
      const inside = 0.5 - (signedDistance(outline, x, y) / RANGE) * 0.5
      texels[row * SIZE + column] = Math.round(Math.max(0, Math.min(1, inside)) * 255)
    }
  }
  const texture = new DataTexture(texels, SIZE, SIZE, RedFormat, UnsignedByteType)
  texture.minFilter = texture.magFilter = LinearFilter
  texture.unpackAlignment = 1
  texture.needsUpdate = true
  return texture
}

/** The distance to a polygon's edge, negative inside. */
function signedDistance(polygon: readonly (readonly [number, number])[], x: number, y: number): number {
  let nearest = Number.POSITIVE_INFINITY
  let inside = false
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [ax, ay] = polygon[j]!
    const [bx, by] = polygon[i]!
    const dx = bx - ax
    const dy = by - ay
    const share = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)))
    nearest = Math.min(nearest, Math.hypot(x - ax - dx * share, y - ay - dy * share))
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside
  }
  return inside ? -nearest : nearest
}
