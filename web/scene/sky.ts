/** What is behind the globe: space or paper by theme, the glow of the air, stars. Two draw calls, no per-frame work but three vectors. */
import { AdditiveBlending, BufferAttribute, BufferGeometry, Mesh, Points, ShaderMaterial, Vector3 } from 'three'
import type { View } from '../camera/view.ts'
import { vector } from '../geo/sphere.ts'
import { skyFragment, skyVertex, starFragment, starVertex } from './sky-shader.ts'
import type { SceneUniforms } from './uniforms.ts'

const STARS = 2200

export class Sky {
  readonly air: Mesh
  readonly stars: Points
  readonly #ground = vector()
  readonly #rays = {
    rightHalf: { value: new Vector3() },
    upHalf: { value: new Vector3() },
    middle: { value: new Vector3() },
  }

  constructor(scene: SceneUniforms) {
    const triangle = new BufferGeometry()
    triangle.setAttribute('position', new BufferAttribute(new Float32Array([-1, -1, 0, 3, -1, 0, -1, 3, 0]), 3))
    this.air = new Mesh(
      triangle,
      new ShaderMaterial({
        uniforms: { ...scene, ...this.#rays },
        vertexShader: skyVertex,
        fragmentShader: skyFragment,
        depthTest: false,
        depthWrite: false,
      }),
    )
    this.air.frustumCulled = false
    this.air.renderOrder = -1
    this.stars = new Points(
      starGeometry(),
      new ShaderMaterial({
        uniforms: { ...scene },
        vertexShader: starVertex,
        fragmentShader: starFragment,
        blending: AdditiveBlending,
        transparent: true,
        depthTest: false,
        depthWrite: false,
      }),
    )
    this.stars.frustumCulled = false
    this.stars.renderOrder = 0
  }

  update(view: View): void {
    // Close by, the globe fills the picture: no sky is worth drawing.
    this.air.visible = this.stars.visible = !coversPicture(view, this.#ground)
    if (!this.air.visible) return
    const wide = (view.halfHeight * view.width) / view.height
    this.#rays.rightHalf.value.set(view.right[0]! * wide, view.right[1]! * wide, view.right[2]! * wide)
    const tall = view.halfHeight
    this.#rays.upHalf.value.set(view.up[0]! * tall, view.up[1]! * tall, view.up[2]! * tall)
    const aside = ((view.width / 2 - view.centreX) / (view.height / 2)) * tall
    const above = ((view.centreY - view.height / 2) / (view.height / 2)) * tall
    const middle = (i: 0 | 1 | 2) => view.forward[i]! + view.right[i]! * aside + view.up[i]! * above
    this.#rays.middle.value.set(middle(0), middle(1), middle(2))
  }
}

function coversPicture(view: View, ground: Float64Array): boolean {
  const { width, height } = view
  return (
    view.groundAt(0, 0, ground) &&
    view.groundAt(width, 0, ground) &&
    view.groundAt(0, height, ground) &&
    view.groundAt(width, height, ground)
  )
}

/** The same sky on every visit: a small generator with a fixed seed. Denser along a band, as ours is. */
function starGeometry(): BufferGeometry {
  let seed = 20_240_607
  const random = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return seed / 2 ** 32
  }
  const positions = new Float32Array(STARS * 3)
  const magnitudes = new Float32Array(STARS)
  for (let star = 0; star < STARS; star++) {
    const inBand = star % 3 === 0
    const height = inBand ? (random() + random() + random() - 1.5) * 0.35 : random() * 2 - 1
    const around = random() * Math.PI * 2
    const ring = Math.sqrt(1 - height * height)
    const x = ring * Math.cos(around)
    const z = ring * Math.sin(around)
    // The band is tilted against the equator, like the Milky Way.
    positions.set([x * 0.5 - height * 0.866, x * 0.866 + height * 0.5, z], star * 3)
    magnitudes[star] = random() ** (inBand ? 2.2 : 1.4)
  }
  const geometry = new BufferGeometry()
  geometry.setAttribute('position', new BufferAttribute(positions, 3))
  geometry.setAttribute('magnitude', new BufferAttribute(magnitudes, 1))
  return geometry
}
