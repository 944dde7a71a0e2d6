import { statSync } from 'node:fs'
import { SkeinError } from '../engine/errors.ts'

/** Throws `SKEIN_CLI_NO_LOG` unless there is a directory to look for a log in. */
export function requireLog(directory: string): void {
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
    throw new SkeinError('SKEIN_CLI_NO_LOG', { directory })
  }
}
