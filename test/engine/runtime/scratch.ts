/** A directory for one test, gone after it: in memory where the system has such, because these tests commit a lot. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

const MEMORY = '/dev/shm'

/** Is told what is to be done when all is over. */
export type AtEnd = (task: () => void | Promise<void>) => void

export function scratchDirectory(atEnd: AtEnd = onTestFinished): string {
  const directory = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'skein-test-'))
  atEnd(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}
