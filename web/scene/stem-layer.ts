/** A thin line from each aircraft down to the ground, so that altitude shows when the picture is tilted. */
import { DoubleSide, Mesh, ShaderMaterial } from 'three'
import type { Fleet } from '../fleet/fleet.ts'
import { fleetShader } from '../fleet/fleet-shader.ts'
import { altitudeColourShader } from '../geo/altitude-colour.ts'
import { batchesFor, quadBatches, slotShader } from './instances.ts'
import type { SceneUniforms } from './uniforms.ts'

const vertex = /* glsl */ `
${fleetShader}
${slotShader}
${altitudeColourShader}
uniform vec3 eye;
uniform vec2 viewport;
uniform float light;
uniform float stemsShown;
uniform int selected;
varying vec4 colour;
varying float across;

void main() {
  int slot = slotOf(position);
  Aircraft a = reckon(slot);
  gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
  if (!a.present || a.onGround) return;
  vec3 top = a.direction * (1.0 + a.altitude / EARTH_RADIUS_M);
  vec4 foot = projectionMatrix * viewMatrix * vec4(a.direction, 1.0);
  vec4 tip = projectionMatrix * viewMatrix * vec4(top, 1.0);
  if (foot.w <= 0.0 || tip.w <= 0.0) return;
  vec2 along = (tip.xy / tip.w - foot.xy / foot.w) * 0.5 * viewport;
  float size = length(along);
  vec2 side = size > 0.5 ? vec2(-along.y, along.x) / size : vec2(1.0, 0.0);
  across = position.y * 1.25;
  vec4 clip = position.x < 0.5 ? foot : tip;
  vec3 hue = altitudeColour(a.altitude);
  hue = mix(hue, hue * hue * 0.6, light);
  float strength = (slot == selected ? 0.75 : 0.30 * stemsShown) * mix(0.35, 1.0, position.x) * smoothstep(3.0, 12.0, size);
  colour = vec4(hue, strength * aboveHorizon(a.direction, eye));
  gl_Position = vec4(clip.xy + side * across / (0.5 * viewport) * clip.w, 0.0, clip.w);
}
`

const fragment = /* glsl */ `
varying vec4 colour;
varying float across;

void main() {
  gl_FragColor = vec4(colour.rgb, colour.a * clamp(1.25 - abs(across), 0.0, 1.0));
}
`

export class StemLayer {
  readonly mesh: Mesh
  readonly #geometry = quadBatches()
  readonly #uniforms

  constructor(scene: SceneUniforms, fleet: Fleet) {
    this.#uniforms = { ...scene, ...fleet.uniforms, stemsShown: { value: 0 }, selected: { value: -1 } }
    const material = new ShaderMaterial({
      uniforms: this.#uniforms,
      vertexShader: vertex,
      fragmentShader: fragment,
      transparent: true,
      side: DoubleSide,
      depthTest: false,
      depthWrite: false,
    })
    this.mesh = new Mesh(this.#geometry, material)
    this.mesh.frustumCulled = false
    this.mesh.renderOrder = 4
  }

  update(fleet: Fleet, selected: number, distance: number): void {
    const shown = Math.min(1, Math.max(0, (0.12 - distance) / 0.08))
    this.#geometry.instanceCount = shown > 0 || selected >= 0 ? batchesFor(fleet.highWater) : 0
    this.#uniforms.stemsShown.value = shown
    this.#uniforms.selected.value = selected
  }
}
