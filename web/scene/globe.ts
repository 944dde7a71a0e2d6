/**
 * The globe: one mesh of the cap that the eye can see, rebuilt nowhere, shaped in the vertex shader; its rim is the horizon.
 *
 * Textures come one by one after the first picture and fade in; until then the globe is a calm sea with its graticule.
 */
import {
  BufferAttribute,
  BufferGeometry,
  LinearFilter,
  LinearMipmapLinearFilter,
  Mesh,
  RepeatWrapping,
  ShaderMaterial,
  Texture,
  Vector2,
} from 'three'
import type { View } from '../camera/view.ts'
import { Chart } from './chart.ts'
import { CoastTiles } from './coast-tiles.ts'
import { globeFragment, globeVertex } from './globe-shader.ts'
import type { SceneUniforms } from './uniforms.ts'

const RINGS = 72
const SECTORS = 160
const GRID_STEPS = [30, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02]
const LINES_ACROSS = 7
const FADE_SECONDS = 0.7

export class Globe {
  readonly mesh: Mesh
  readonly #chart = new Chart()
  readonly #uniforms
  #texturesReady = false

  constructor(scene: SceneUniforms) {
    this.#uniforms = {
      ...scene,
      ...this.#chart.uniforms,
      dayMap: { value: null as Texture | null },
      nightMap: { value: null as Texture | null },
      reliefMap: { value: null as Texture | null },
      texturesShown: { value: 0 },
      nearness: { value: 0 },
      gridDegrees: { value: new Vector2(30, 10) },
      gridBlend: { value: 0 },
    }
    const material = new ShaderMaterial({
      uniforms: this.#uniforms,
      vertexShader: globeVertex,
      fragmentShader: globeFragment,
      transparent: true,
      depthTest: false,
      depthWrite: false,
    })
    this.mesh = new Mesh(capGeometry(), material)
    this.mesh.frustumCulled = false
    this.mesh.renderOrder = 1
  }

  async loadTextures(base: string, anisotropy: number): Promise<void> {
    const [day, night, relief] = await Promise.all(
      ['earth-day.jpg', 'earth-night.jpg', 'earth-relief.png'].map((name) => loadTexture(`${base}${name}`, anisotropy)),
    )
    this.#uniforms.dayMap.value = day!
    this.#uniforms.nightMap.value = night!
    this.#uniforms.reliefMap.value = relief!
    this.#texturesReady = true
    this.#chart.open(await CoastTiles.open(`${base}coast/`))
  }

  update(view: View, dt: number): void {
    const shown = this.#uniforms.texturesShown
    if (this.#texturesReady && shown.value < 1) shown.value = Math.min(1, shown.value + dt / FADE_SECONDS)
    this.#uniforms.nearness.value = Math.min(1, Math.max(0, Math.log(0.6 / view.distance) / Math.log(30)))
    this.#chart.update(view, dt)
    this.#updateGrid(view)
  }

  /** Two neighbouring steps of the graticule; the finer one fades in as the eye comes closer. */
  #updateGrid(view: View): void {
    const across = Math.min(180, (view.distance * view.halfHeight * 2 * 180) / Math.PI)
    const ideal = across / LINES_ACROSS
    const found = GRID_STEPS.findIndex((step) => step <= ideal)
    const fine = found < 0 ? GRID_STEPS.length - 1 : Math.max(1, found)
    const coarse = GRID_STEPS[fine - 1]!
    this.#uniforms.gridDegrees.value.set(coarse, GRID_STEPS[fine]!)
    const blend = Math.log(coarse / ideal) / Math.log(coarse / GRID_STEPS[fine]!)
    this.#uniforms.gridBlend.value = Math.min(1, Math.max(0, blend)) ** 2
  }
}

function capGeometry(): BufferGeometry {
  const positions = new Float32Array((RINGS + 1) * (SECTORS + 1) * 3)
  const indices: number[] = []
  let at = 0
  for (let ring = 0; ring <= RINGS; ring++) {
    for (let sector = 0; sector <= SECTORS; sector++) {
      positions[at++] = ring / RINGS
      positions[at++] = (sector / SECTORS) * Math.PI * 2
      positions[at++] = 0
      if (ring === RINGS || sector === SECTORS) continue
      const corner = ring * (SECTORS + 1) + sector
      const outer = corner + SECTORS + 1
      indices.push(corner, outer, corner + 1, corner + 1, outer, outer + 1)
    }
  }
  const geometry = new BufferGeometry()
  geometry.setAttribute('position', new BufferAttribute(positions, 3))
  geometry.setIndex(indices)
  return geometry
}

/** Decoded off the main thread. */
async function loadTexture(url: string, anisotropy: number): Promise<Texture> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`texture not served: url=${url}, status=${response.status}`)
  const bitmap = await createImageBitmap(await response.blob(), {
    imageOrientation: 'flipY',
    colorSpaceConversion: 'none',
  })
  const texture = new Texture(bitmap)
  texture.flipY = false
  texture.wrapS = RepeatWrapping
  texture.minFilter = LinearMipmapLinearFilter
  texture.magFilter = LinearFilter
  texture.anisotropy = anisotropy
  texture.needsUpdate = true
  return texture
}
