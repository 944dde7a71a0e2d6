/** The snapshots of a log directory: the newest whole one counts, and one more is kept in case it is damaged. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { SkeinError } from '../errors.ts'
import { isErrno } from './disk.ts'
import { namesIn, positionName } from './segment-files.ts'
import { SnapshotReader } from './snapshot-reader.ts'

const NAME = /^snapshot-(\d{20})\.snap$/
const KEPT = 2
export const TEMPORARY_SNAPSHOT = 'snapshot.tmp'

export const snapshotPath = (directory: string, position: number): string =>
  join(directory, `snapshot-${positionName(position)}.snap`)

export interface SnapshotFile {
  path: string
  /** The log position that it stands for. */
  position: number
}

/** Newest first. */
export function listSnapshots(directory: string): SnapshotFile[] {
  const snapshots: SnapshotFile[] = []
  for (const name of namesIn(directory)) {
    const match = NAME.exec(name)
    if (match !== null) snapshots.push({ path: join(directory, name), position: Number(match[1]) })
  }
  return snapshots.sort((a, b) => b.position - a.position)
}

export interface SnapshotWanted {
  /** Of the log that it must be of. */
  logId: string
  /** Where the log ends: a snapshot of a later place is not of this log any more. */
  atMost: number
  /** Told of each one that is passed over. */
  onUnusable: (error: SkeinError) => void
}

/** The newest snapshot that is whole, or null. The caller closes it. */
export function newestSnapshot(
  directory: string,
  { logId, atMost, onUnusable }: SnapshotWanted,
): SnapshotReader | null {
  for (const { path, position } of listSnapshots(directory)) {
    const snapshot = openUsable(path, onUnusable)
    if (snapshot === null) continue
    if (snapshot.logId === logId && snapshot.position === position && position <= atMost) return snapshot
    snapshot.close()
    onUnusable(new SkeinError('SKEIN_LOG_OFFSET', { file: path, position, end: atMost }))
  }
  return null
}

/** From where the log is needed so that each snapshot kept can be gone on from, should a newer one be damaged; 0 for none. */
export function neededBySnapshots(directory: string): number {
  return listSnapshots(directory).slice(0, KEPT).at(-1)?.position ?? 0
}

/** Removes all but the two newest. */
export function pruneSnapshots(directory: string): void {
  for (const { path } of listSnapshots(directory).slice(KEPT)) rmSync(path, { force: true })
}

function openUsable(path: string, onUnusable: (error: SkeinError) => void): SnapshotReader | null {
  try {
    return new SnapshotReader(path)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null // pruned meanwhile
    if (!(error instanceof SkeinError)) throw error
    onUnusable(error)
    return null
  }
}
