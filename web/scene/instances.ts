/**
 * Geometry for layers that read the fleet texture: a few corners, and nothing that is stored for each aircraft.
 *
 * A card processes instances of four corners badly, so one instance is a batch of BATCH aircraft; `slotOf` in the shader says
 * which aircraft a corner belongs to.
 */
import { BufferAttribute, InstancedBufferGeometry } from 'three'

const BATCH = 64

/** position: along 0 or 1, across −1 or 1, index in the batch. */
export const slotShader = /* glsl */ `
int slotOf(vec3 corner) { return gl_InstanceID * ${BATCH} + int(corner.z); }
`

/** A quad for each aircraft. */
export const quadBatches = (): InstancedBufferGeometry => strips(BATCH, 1, (_, quad) => quad)

/** A ribbon of `steps` segments, one instance each; position: 0 … steps along, −1 or 1 across. */
export const ribbonInstances = (steps: number): InstancedBufferGeometry => strips(1, steps, () => 0)

export const batchesFor = (aircraft: number): number => Math.ceil(aircraft / BATCH)

function strips(count: number, steps: number, z: (step: number, strip: number) => number): InstancedBufferGeometry {
  const positions: number[] = []
  const indices: number[] = []
  for (let strip = 0; strip < count; strip++) {
    for (let step = 0; step <= steps; step++) {
      const corner = positions.length / 3
      positions.push(step, -1, z(step, strip), step, 1, z(step, strip))
      if (step < steps) indices.push(corner, corner + 2, corner + 1, corner + 1, corner + 2, corner + 3)
    }
  }
  const geometry = new InstancedBufferGeometry()
  geometry.setAttribute('position', new BufferAttribute(new Float32Array(positions), 3))
  geometry.setIndex(indices)
  geometry.instanceCount = 0
  return geometry
}
