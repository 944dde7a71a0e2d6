/** A decoder that a body can kill or hang, as no decoder should. */
import { move } from 'piscina'

const { decodeTask } = await import('../../../../../actors/source/decode/pool/decode-task.ts')

export default function decode(task) {
  const text = Buffer.from(task.bytes.subarray(0, task.length)).toString()
  if (text.includes('"exit"')) process.exit(1)
  if (text.includes('"throw"')) throw new Error('as it happens')
  while (text.includes('"hang"'));
  const decoded = decodeTask(task)
  move(decoded.frames)
  return decoded
}
