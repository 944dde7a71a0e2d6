/** Every aircraft as an oriented silhouette, coloured by altitude. One draw call; moved, sized and faded in the vertex shader. */
import { DoubleSide, Mesh, ShaderMaterial } from 'three'
import type { Fleet } from '../fleet/fleet.ts'
import { fleetShader } from '../fleet/fleet-shader.ts'
import { altitudeColourShader } from '../geo/altitude-colour.ts'
import { batchesFor, quadBatches, slotShader } from './instances.ts'
import { EXTENT, RANGE, silhouetteTexture } from './silhouette.ts'
import type { SceneUniforms } from './uniforms.ts'

const vertex = /* glsl */ `
${fleetShader}
${slotShader}
${altitudeColourShader}
uniform vec3 eye;
uniform float pixelAtOne;
uniform float aircraftPx;
uniform float light;
uniform int selected;
uniform int hovered;
varying vec2 place;
varying vec3 colour;
varying float alpha;
varying float halfPx;
varying float shape;
varying float emphasis;

// On the ground aircraft stand close: small until the eye is close too.
const vec2 GROUND_SIZE = vec2(0.66, 0.36);
const vec2 GROUND_DISTANCE = vec2(0.004, 0.03);

void main() {
  int slot = slotOf(position);
  Aircraft a = reckon(slot);
  vec3 centre = a.direction * (1.0 + a.altitude / EARTH_RADIUS_M);
  alpha = a.present ? aboveHorizon(centre, eye) : 0.0;
  if (alpha <= 0.0) {
    gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
    return;
  }
  vec4 view = viewMatrix * vec4(centre, 1.0);
  float ground = mix(GROUND_SIZE.x, GROUND_SIZE.y, smoothstep(GROUND_DISTANCE.x, GROUND_DISTANCE.y, -view.z));
  emphasis = slot == selected ? 1.0 : slot == hovered ? 0.6 : 0.0;
  float appear = smoothstep(0.0, 0.5, a.shownFor);
  halfPx = aircraftPx * (a.onGround ? ground : 1.0) * (1.0 + 0.30 * emphasis) * mix(0.3, 1.0, appear);
  alpha *= appear * (1.0 - 0.62 * smoothstep(25.0, 60.0, a.fixAge)) * (a.onGround && emphasis == 0.0 ? 0.85 : 1.0);

  // Half way between lying on the globe and facing the eye: its attitude shows, yet it stays readable near the limb.
  vec3 toEye = normalize(eye - centre);
  vec3 lie = normalize(mix(a.direction, toEye, 0.55));
  vec3 along = normalize(a.course - lie * dot(a.course, lie));
  vec3 across = cross(along, lie);
  float size = halfPx * pixelAtOne * -view.z;
  place = vec2(position.y, position.x * 2.0 - 1.0) * ${EXTENT.toFixed(3)};
  vec3 corner = centre + (across * place.x + along * place.y) * size;

  shape = a.hasCourse ? 1.0 : 0.0;
  colour = a.onGround ? GROUND_COLOUR : altitudeColour(a.altitude);
  if (a.emergency) colour = vec3(1.0, 0.18, 0.25);
  colour = mix(colour, colour * colour * vec3(0.62, 0.56, 0.60) + 0.02, light);
  gl_Position = projectionMatrix * viewMatrix * vec4(corner, 1.0);
}
`

const fragment = /* glsl */ `
uniform sampler2D silhouette;
uniform float light;
varying vec2 place;
varying vec3 colour;
varying float alpha;
varying float halfPx;
varying float shape;
varying float emphasis;

void main() {
  float field = texture2D(silhouette, place / ${(2 * EXTENT).toFixed(3)} + 0.5).r;
  float plane = (0.5 - field) * 2.0 * ${RANGE.toFixed(3)};
  float disc = length(place) - 0.42;
  // Distance to the outline in pixels; small shapes are drawn a little bolder, or they would fade into a smudge.
  float px = mix(disc, plane, shape) * halfPx - mix(0.55, 0.0, smoothstep(5.0, 11.0, halfPx));
  float fill = clamp(0.5 - px, 0.0, 1.0);
  float rimWidth = mix(1.1, 1.7, smoothstep(6.0, 14.0, halfPx));
  float rim = clamp(0.5 - (px - rimWidth), 0.0, 1.0);
  float glow = emphasis * 0.55 * exp(-max(px, 0.0) / (halfPx * 0.16)) * smoothstep(1.30, 0.75, length(place));

  // The selected one stands in a ring.
  float ring = step(0.9, emphasis) * clamp(1.25 - abs(length(place) - 1.2) * halfPx, 0.0, 1.0);
  vec3 ringColour = mix(vec3(1.0), vec3(0.04, 0.16, 0.34), light);

  vec3 rimColour = mix(vec3(0.015, 0.03, 0.06), vec3(1.0), light);
  // A ridge of light along the fuselage gives the flat shape a body.
  vec3 body = colour + (mix(0.20, 0.10, light)) * smoothstep(0.10, 0.0, abs(place.x)) * shape * smoothstep(7.0, 12.0, halfPx);
  body = mix(body, vec3(1.0), emphasis * 0.25 * (1.0 - light));
  float cover = max(fill, rim * 0.78);
  vec3 painted = mix(rimColour, body, fill / max(cover, 1e-4));
  float total = max(cover, glow);
  vec3 result = mix(colour, painted, cover / max(total, 1e-4));
  gl_FragColor = vec4(mix(result, ringColour, ring), max(total, ring * 0.9) * alpha);
}
`

export class AircraftLayer {
  readonly mesh: Mesh
  readonly #geometry = quadBatches()
  readonly #uniforms

  constructor(scene: SceneUniforms, fleet: Fleet) {
    this.#uniforms = {
      ...scene,
      ...fleet.uniforms,
      silhouette: { value: silhouetteTexture() },
      selected: { value: -1 },
      hovered: { value: -1 },
    }
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
    this.mesh.renderOrder = 6
  }

  update(fleet: Fleet, selected: number, hovered: number): void {
    this.#geometry.instanceCount = batchesFor(fleet.highWater)
    this.#uniforms.selected.value = selected
    this.#uniforms.hovered.value = hovered
  }
}
