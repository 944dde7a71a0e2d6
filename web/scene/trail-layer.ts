/**
 * Where aircraft came from: a ribbon through the positions received, coloured by altitude, thinner and fainter with age.
 *
 * All trails at once while the fleet is small enough, always that of the selected aircraft. One instance an aircraft, its points
 * read from the trails' ring by index; the last segment ends at the moving aircraft. The ribbon is mitred, so it has no seams.
 */
import { DoubleSide, Mesh, ShaderMaterial } from 'three'
import type { Fleet } from '../fleet/fleet.ts'
import { fleetShader } from '../fleet/fleet-shader.ts'
import { POINTS_PER_TRAIL, TRAIL_SPAN_SECONDS } from '../fleet/trails.ts'
import { altitudeColourShader } from '../geo/altitude-colour.ts'
import { ribbonInstances } from './instances.ts'
import type { SceneUniforms } from './uniforms.ts'

const vertex = /* glsl */ `
${fleetShader}
${altitudeColourShader}
uniform highp sampler2D trails;
uniform vec3 eye;
uniform vec2 viewport;
uniform float light;
uniform float aircraftPx;
uniform int firstSlot;
uniform int selected;
varying vec4 colour;
varying float across;
varying float halfWidth;

struct Point { vec3 place; float time; };

Point trailPoint(int slot, int head, int length, int index, Aircraft a) {
  if (index >= length) return Point(a.direction * (1.0 + a.altitude / EARTH_RADIUS_M), now);
  int ring = (head - length + index + 2 * ${POINTS_PER_TRAIL}) % ${POINTS_PER_TRAIL};
  vec4 texel = texelFetch(trails, ivec2((slot % 16) * ${POINTS_PER_TRAIL} + ring, slot / 16), 0);
  return Point(texel.xyz, texel.w);
}

vec2 pixelOf(vec3 place) {
  vec4 clip = projectionMatrix * viewMatrix * vec4(place, 1.0);
  return clip.xy / max(clip.w, 1e-5) * 0.5 * viewport;
}

vec2 unit(vec2 v, vec2 otherwise) {
  float size = length(v);
  return size > 1e-3 ? v / size : otherwise;
}

void main() {
  int slot = firstSlot + gl_InstanceID;
  vec4 tail = fleetTexel(slot, 5);
  int head = int(tail.y);
  int count = int(tail.z);
  Aircraft a = reckon(slot);
  gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
  if (!a.present || count == 0) return;

  // A short trail folds what is left of its ribbon into its last point.
  int index = min(int(position.x), count);
  Point here = trailPoint(slot, head, count, index, a);
  Point before = trailPoint(slot, head, count, max(index - 1, 0), a);
  Point after = trailPoint(slot, head, count, min(index + 1, count), a);
  vec4 clip = projectionMatrix * viewMatrix * vec4(here.place, 1.0);
  if (clip.w <= 0.0) return;

  vec2 middle = pixelOf(here.place);
  vec2 into = unit(middle - pixelOf(before.place), vec2(0.0));
  vec2 out_ = unit(pixelOf(after.place) - middle, into);
  into = dot(into, into) > 0.0 ? into : out_;
  vec2 direction = unit(into + out_, out_);
  float mitre = 1.0 / max(dot(direction, out_), 0.5);

  bool chosen = slot == selected;
  float age = clamp((now - here.time) / ${TRAIL_SPAN_SECONDS.toFixed(1)}, 0.0, 1.0);
  float size = clamp(aircraftPx / 15.0, 0.35, 1.0);
  halfWidth = (chosen ? 1.7 : mix(1.15, 0.55, age) * size) + 0.75;
  across = position.y * halfWidth;
  vec2 shift = vec2(-direction.y, direction.x) * position.y * halfWidth * mitre;

  float altitude = max(0.0, (length(here.place) - 1.0) * EARTH_RADIUS_M);
  vec3 hue = a.onGround && altitude < 60.0 ? GROUND_COLOUR : altitudeColour(altitude);
  hue = mix(hue, hue * hue * vec3(0.70, 0.64, 0.68), light);
  float strength = chosen ? mix(0.95, 0.55, age) : mix(0.50, 0.0, pow(age, 0.8)) * mix(0.55, 1.0, size);
  colour = vec4(hue, strength * aboveHorizon(here.place, eye));
  gl_Position = vec4(clip.xy + shift / (0.5 * viewport) * clip.w, 0.0, clip.w);
}
`

const fragment = /* glsl */ `
varying vec4 colour;
varying float across;
varying float halfWidth;

void main() {
  float edge = clamp(halfWidth - abs(across), 0.0, 1.0);
  gl_FragColor = vec4(colour.rgb, colour.a * edge);
}
`

export class TrailLayer {
  readonly mesh: Mesh
  readonly #geometry = ribbonInstances(POINTS_PER_TRAIL)
  readonly #uniforms

  constructor(scene: SceneUniforms, fleet: Fleet) {
    this.#uniforms = { ...scene, ...fleet.uniforms, firstSlot: { value: 0 }, selected: { value: -1 } }
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
    this.mesh.renderOrder = 3
  }

  update(fleet: Fleet, selected: number): void {
    const all = fleet.allTrailsShown
    const one = selected >= 0 ? 1 : 0
    this.#geometry.instanceCount = all ? fleet.highWater : one
    this.#uniforms.firstSlot.value = all ? 0 : Math.max(0, selected)
    this.#uniforms.selected.value = selected
  }
}
