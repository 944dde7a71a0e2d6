import { Command } from 'commander'
import { commands } from './commands.ts'

/** The command line as a whole, not yet given any arguments. */
export function makeProgram(): Command {
  const program = new Command('skein')
    .description('Many sources in, every record exactly once on disk, a live globe out.')
    .showHelpAfterError('(skein COMMAND --help explains)')
    .exitOverride()
  for (const add of commands) add(program)
  return program
}
