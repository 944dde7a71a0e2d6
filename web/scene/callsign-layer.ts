/**
 * Callsigns beside their aircraft: one quad each, its glyphs looked up in an atlas by the fragment shader. Text moves with the
 * aircraft at no cost in JavaScript; which aircraft have one is decided a few times a second by `label-placement.ts`.
 */
import { CanvasTexture, DoubleSide, LinearFilter, Mesh, ShaderMaterial, Vector2 } from 'three'
import { ALPHABET, LABEL_LENGTH } from '../fleet/callsign.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { fleetShader } from '../fleet/fleet-shader.ts'
import { batchesFor, quadBatches, slotShader } from './instances.ts'
import type { SceneUniforms } from './uniforms.ts'

const FONT_PX = 11
const LINE_PX = 16
/** From the aircraft's edge to the text. */
export const LABEL_GAP_PX = 5

const vertex = /* glsl */ `
${fleetShader}
${slotShader}
uniform vec3 eye;
uniform vec2 viewport;
uniform float pixelRatio;
uniform float aircraftPx;
uniform vec2 glyphPx;
varying vec2 cell;
varying float alpha;
flat varying vec2 packed;

void main() {
  int slot = slotOf(position);
  float since = fleetTexel(slot, 5).x;
  float age = now - abs(since);
  alpha = since > 0.0 ? smoothstep(0.0, 0.25, age) : smoothstep(0.25, 0.0, age);
  gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
  if (alpha <= 0.0) return;
  Aircraft a = reckon(slot);
  if (!a.present) return;
  vec3 place = a.direction * (1.0 + a.altitude / EARTH_RADIUS_M);
  alpha *= aboveHorizon(place, eye);
  vec4 clip = projectionMatrix * viewMatrix * vec4(place, 1.0);
  if (clip.w <= 0.0) return;
  packed = fleetTexel(slot, 4).xy;
  cell = vec2(position.x * ${LABEL_LENGTH.toFixed(1)}, 0.5 - position.y * 0.5);
  // Text sits on whole pixels of the screen, or it would shimmer as it moves.
  vec2 device = viewport * pixelRatio;
  vec2 corner = (clip.xy / clip.w * 0.5 + 0.5) * device;
  vec2 glyph = glyphPx * pixelRatio;
  corner = floor(corner + vec2((aircraftPx * 0.9 + ${LABEL_GAP_PX.toFixed(1)}) * pixelRatio, -glyph.y * 0.5));
  corner += vec2(position.x * glyph.x * ${LABEL_LENGTH.toFixed(1)}, (position.y * 0.5 + 0.5) * glyph.y);
  gl_Position = vec4(corner / device * 2.0 - 1.0, 0.0, 1.0);
}
`

const fragment = /* glsl */ `
uniform sampler2D atlas;
uniform float light;
varying vec2 cell;
varying float alpha;
flat varying vec2 packed;

void main() {
  int column = int(cell.x);
  float word = column < 4 ? packed.x : packed.y;
  int place = 3 - column % 4;
  int code = (int(word) >> (6 * place)) & 63;
  if (code == 0) discard;
  vec2 ink = texture2D(atlas, vec2((float(code) + fract(cell.x)) / ${ALPHABET.length.toFixed(1)}, cell.y)).rg;
  vec3 text = mix(vec3(0.86, 0.92, 1.0), vec3(0.06, 0.12, 0.20), light);
  vec3 halo = mix(vec3(0.01, 0.02, 0.05), vec3(1.0), light);
  float cover = max(ink.r, ink.g * 0.72);
  gl_FragColor = vec4(mix(halo, text, ink.r / max(cover, 1e-3)), cover * alpha);
}
`

export class CallsignLayer {
  readonly mesh: Mesh
  readonly #geometry = quadBatches()

  constructor(scene: SceneUniforms, fleet: Fleet, pixelRatio: number) {
    const { texture, glyphPx } = glyphAtlas(pixelRatio)
    const material = new ShaderMaterial({
      uniforms: { ...scene, ...fleet.uniforms, atlas: { value: texture }, glyphPx: { value: glyphPx } },
      vertexShader: vertex,
      fragmentShader: fragment,
      transparent: true,
      side: DoubleSide,
      depthTest: false,
      depthWrite: false,
    })
    this.mesh = new Mesh(this.#geometry, material)
    this.mesh.frustumCulled = false
    this.mesh.renderOrder = 7
  }

  update(fleet: Fleet, anyShown: boolean): void {
    this.#geometry.instanceCount = anyShown ? batchesFor(fleet.highWater) : 0
  }
}

/** The alphabet in one row, drawn at the screen's own resolution: red the letters, green a halo around them. */
function glyphAtlas(pixelRatio: number): { texture: CanvasTexture; glyphPx: Vector2 } {
  const canvas = document.createElement('canvas')
  const font = `500 ${FONT_PX * pixelRatio}px ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", monospace`
  const pen = canvas.getContext('2d')!
  pen.font = font
  const width = Math.ceil(pen.measureText('M').width)
  const height = Math.round(LINE_PX * pixelRatio)
  canvas.width = width * ALPHABET.length
  canvas.height = height
  pen.font = font
  pen.textBaseline = 'middle'
  pen.textAlign = 'center'
  pen.lineJoin = 'round'
  pen.lineWidth = 2.6 * pixelRatio
  pen.globalCompositeOperation = 'lighter'
  pen.fillStyle = '#000'
  pen.fillRect(0, 0, canvas.width, height)
  for (let code = 1; code < ALPHABET.length; code++) {
    pen.save()
    pen.beginPath()
    pen.rect(code * width, 0, width, height)
    pen.clip()
    const x = (code + 0.5) * width
    pen.strokeStyle = '#0f0'
    pen.strokeText(ALPHABET[code]!, x, height / 2 + pixelRatio * 0.5)
    pen.fillStyle = '#f00'
    pen.fillText(ALPHABET[code]!, x, height / 2 + pixelRatio * 0.5)
    pen.restore()
  }
  const texture = new CanvasTexture(canvas)
  texture.flipY = false
  texture.minFilter = texture.magFilter = LinearFilter
  texture.generateMipmaps = false
  return { texture, glyphPx: new Vector2(width / pixelRatio, height / pixelRatio) }
}
