import { SkeinError } from '../engine/errors.ts'
import { isLogDirectory } from '../engine/log/index.ts'

/** Throws `SKEIN_CLI_NO_LOG` unless a log is there, be it one without records yet. */
export function requireLog(directory: string): void {
  if (!isLogDirectory(directory)) throw new SkeinError('SKEIN_CLI_NO_LOG', { directory })
}
