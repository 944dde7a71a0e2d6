/** An actor that does as its test says: what a unit sees of actors, without a pipeline around it. */
import { defineActor } from '../../../engine/runtime/actor.ts'

export interface Script {
  /** How long `setup` takes. */
  setupMs?: number
  failsInSetup?: boolean
  /** A word in shared memory: how often the first step fails, or leaves, before it works. */
  failures?: SharedArrayBuffer
  failure?: 'throw' | 'exit 0' | 'exit 1'
  /** Whether a drain is ignored. */
  isDeaf?: boolean
}

export default defineActor<Script>({
  kind: 'scripted',
  blocking: true,
  setup({ options: { setupMs = 0, failsInSetup = false, failures, failure, isDeaf = false } }) {
    if (setupMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, setupMs)
    if (failsInSetup) throw new Error('no start')
    let isDraining = false
    return {
      step() {
        const left = failures === undefined ? 0 : Atomics.sub(new Int32Array(failures), 0, 1)
        if (left > 0 && failure === 'exit 0') process.exit(0)
        if (left > 0 && failure === 'exit 1') process.exit(1)
        if (left > 0) throw new Error('a scripted failure')
        return false
      },
      hasWork: () => false,
      drain() {
        isDraining = !isDeaf
      },
      get isDone() {
        return isDraining
      },
    }
  },
})
