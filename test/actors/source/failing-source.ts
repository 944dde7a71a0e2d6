/** A source that fails whenever it is started. */
import { defineSource } from '../../../actors/source/source.ts'

export default defineSource<null>({
  kind: 'failing',
  run: () => Promise.reject(new Error('this source always fails')),
})
