/** Runways as bars of their true length and heading, wide enough to be seen. Drawn only from close by. */
import { BufferAttribute, BufferGeometry, DoubleSide, Mesh, ShaderMaterial } from 'three'
import { directionOf, vector } from '../geo/sphere.ts'
import { RUNWAYS } from '../places/places.ts'
import type { SceneUniforms } from './uniforms.ts'

const SHOWN_BELOW = 0.06

const vertex = /* glsl */ `
attribute vec3 other;
attribute vec2 corner;
uniform vec2 viewport;
uniform vec3 eye;
uniform float pixelAtOne;
varying float across;
varying float shown;
varying float halfWidth;

void main() {
  vec4 here = projectionMatrix * viewMatrix * vec4(position, 1.0);
  vec4 there = projectionMatrix * viewMatrix * vec4(other, 1.0);
  gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
  if (here.w <= 0.0 || there.w <= 0.0) return;
  vec2 along = (there.xy / there.w - here.xy / here.w) * 0.5 * viewport * corner.x;
  float size = length(along);
  vec2 side = size > 0.1 ? vec2(-along.y, along.x) / size : vec2(0.0);
  // 45 m wide in truth; never less than a pixel and a half.
  halfWidth = max(0.9, 22.5 / 6371008.8 / (pixelAtOne * here.w)) + 0.75;
  across = corner.y * halfWidth;
  shown = smoothstep(5.0, 16.0, size);
  gl_Position = vec4(here.xy + side * across / (0.5 * viewport) * here.w, 0.0, here.w);
}
`

const fragment = /* glsl */ `
uniform float light;
varying float across;
varying float shown;
varying float halfWidth;

void main() {
  float edge = clamp(halfWidth - abs(across), 0.0, 1.0);
  vec3 colour = mix(vec3(0.80, 0.88, 1.0), vec3(0.16, 0.24, 0.34), light);
  gl_FragColor = vec4(colour, edge * shown * mix(0.75, 0.8, light));
}
`

export class RunwayLayer {
  readonly mesh: Mesh

  constructor(scene: SceneUniforms) {
    const material = new ShaderMaterial({
      uniforms: { ...scene },
      vertexShader: vertex,
      fragmentShader: fragment,
      transparent: true,
      side: DoubleSide,
      depthTest: false,
      depthWrite: false,
    })
    this.mesh = new Mesh(runwayGeometry(), material)
    this.mesh.frustumCulled = false
    this.mesh.renderOrder = 2
  }

  update(distance: number): void {
    this.mesh.visible = distance < SHOWN_BELOW
  }
}

function runwayGeometry(): BufferGeometry {
  const corners = RUNWAYS.length * 4
  const position = new Float32Array(corners * 3)
  const other = new Float32Array(corners * 3)
  const corner = new Float32Array(corners * 2)
  const indices: number[] = []
  const ends = [vector(), vector()] as const
  RUNWAYS.forEach((runway, i) => {
    directionOf(runway[0]!, runway[1]!, ends[0])
    directionOf(runway[2]!, runway[3]!, ends[1])
    for (let c = 0; c < 4; c++) {
      const end = c >> 1
      position.set(ends[end]!, (i * 4 + c) * 3)
      other.set(ends[1 - end]!, (i * 4 + c) * 3)
      corner.set([end === 0 ? 1 : -1, (c & 1) * 2 - 1], (i * 4 + c) * 2)
    }
    indices.push(i * 4, i * 4 + 2, i * 4 + 1, i * 4 + 1, i * 4 + 2, i * 4 + 3)
  })
  const geometry = new BufferGeometry()
  geometry.setAttribute('position', new BufferAttribute(position, 3))
  geometry.setAttribute('other', new BufferAttribute(other, 3))
  geometry.setAttribute('corner', new BufferAttribute(corner, 2))
  geometry.setIndex(indices)
  return geometry
}
