/** What `skein` starts: the command line, whose types are stripped once a change. */
import '../engine/strip-types.js'

await import('./main.ts')
