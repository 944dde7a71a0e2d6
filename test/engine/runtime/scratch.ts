/** A directory for one test, gone after it: in memory where the system has such, because these tests commit a lot. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

const MEMORY = '/dev/shm'

export function scratchDirectory(): string {
  const directory = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'skein-test-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}
