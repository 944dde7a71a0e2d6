/** A source thread that has nothing to read. */
import { defineActor } from '../../engine/runtime/actor.ts'

export default defineActor<null>({
  kind: 'idle-source',
  blocking: false,
  setup() {
    const { promise, resolve } = Promise.withResolvers<void>()
    return { run: () => promise, drain: resolve, stop: resolve }
  },
})
