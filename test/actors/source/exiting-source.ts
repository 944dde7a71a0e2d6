/** A source that takes its thread with it when it is told to stop. */
import { once } from 'node:events'
import { defineSource } from '../../../actors/source/source.ts'

export default defineSource<null>({
  kind: 'exiting',
  async run({ signal }) {
    if (!signal.aborted) await once(signal, 'abort')
    process.exit(1)
  },
})
