/** Deletes a log, to start over: the files that Skein has made in its directory, and no others. */
import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { lockDirectory } from './lock.ts'

const OURS = [
  /^\d{20}\.(log|idx)$/,
  /^snapshot-\d{20}\.snap$/,
  /\.tmp$/,
  /^sources\.json$/,
  /^history\.sqlite(-wal|-shm|-journal)?$/,
]

/** Throws `SKEIN_LOG_LOCKED` when another process is writing it. */
export async function eraseLog(directory: string): Promise<void> {
  if (statSync(directory, { throwIfNoEntry: false }) === undefined) return
  const lock = await lockDirectory(directory)
  try {
    for (const name of readdirSync(directory)) {
      if (OURS.some((pattern) => pattern.test(name))) rmSync(join(directory, name))
    }
  } finally {
    await lock.release()
  }
}
