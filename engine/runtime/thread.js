/** What a worker thread starts with: from here on, types cost nothing. */
import '../strip-types.js'

await import('./worker.ts')
