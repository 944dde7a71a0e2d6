/** Where a thread of the pool begins: types cost it nothing, and what it gives back is moved, not copied. */
import '../../../../engine/strip-types.js'
import { move } from 'piscina'

const { decodeTask } = await import('./decode-task.ts')

export default function decode(task) {
  const decoded = decodeTask(task)
  move(decoded.frames)
  return decoded
}
