/**
 * The command line. Each command is a file of its own, loaded when it is the one.
 *
 * Exit codes are documented in docs/commands.md: 0 done, 64 usage, 66 input unreadable, 78 configuration, and those of the
 * error that ended the run.
 */
import { Command } from 'commander'
import { SkeinError } from '../engine/errors.ts'
import { commands } from './commands.ts'

const USAGE = 64

const program = new Command('skein')
  .description('Many sources in, every record exactly once on disk, a live globe out.')
  .showHelpAfterError('(skein COMMAND --help explains)')
  .exitOverride()
for (const add of commands) add(program)

// A reader that has seen enough (`| head`) closes the pipe: that is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = explain(error)
}

/** Says what went wrong, for people; returns the exit code. */
function explain(error: unknown): number {
  if (isCommanderError(error)) return error.exitCode === 0 ? 0 : USAGE
  const skeinError = SkeinError.from(error)
  console.error(`skein: ${skeinError.message}`)
  console.error(`  ${skeinError.next}`)
  if (skeinError.code === 'SKEIN_RUNTIME_UNEXPECTED' && error instanceof Error) console.error(error.stack)
  return skeinError.exitCode
}

function isCommanderError(error: unknown): error is { exitCode: number } {
  return error instanceof Error && error.name === 'CommanderError'
}
