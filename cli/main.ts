/**
 * The command line. Each command is a file of its own, loaded when it is the one.
 *
 * Exit codes: 0 done, 64 usage, and those of the error that ended the run (docs/errors.md).
 */
import { SkeinError } from '../engine/errors.ts'
import { makeProgram } from './program.ts'

const USAGE = 64
const OUTPUT_LOST = 74

// A reader that has seen enough (`| head`) closes the pipe: that is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  console.error(`skein: the output cannot be written: ${error.message}`)
  process.exit(OUTPUT_LOST)
})

try {
  await makeProgram().parseAsync()
} catch (error) {
  process.exitCode = explain(error)
}

/** Says what went wrong, for people; returns the exit code. */
function explain(error: unknown): number {
  if (isCommanderError(error)) return error.exitCode === 0 ? 0 : USAGE
  const skeinError = SkeinError.from(error)
  // Every problem of a configuration has been printed with its place.
  if (skeinError.code !== 'SKEIN_CONFIG_INVALID') console.error(`skein: ${skeinError.message}`)
  console.error(`  ${skeinError.next}`)
  if (skeinError.code === 'SKEIN_RUNTIME_UNEXPECTED' && error instanceof Error) console.error(error.stack)
  return skeinError.exitCode
}

function isCommanderError(error: unknown): error is { exitCode: number } {
  return error instanceof Error && error.name === 'CommanderError'
}
