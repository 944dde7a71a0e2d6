/** The files of a log directory: a segment is named by the log position of its first batch, so names sort as the log does. */
import { type Dirent, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isErrno } from './disk.ts'

/** Made when the first process takes the directory, and never removed. */
export const LOCK_FILE = 'lock'

const DIGITS = 20
const NAME = /^(\d{20})\.log$/

export interface SegmentFile {
  path: string
  /** Log position of its first batch. */
  start: number
}

export const positionName = (position: number): string => String(position).padStart(DIGITS, '0')

export const segmentName = (start: number): string => `${positionName(start)}.log`

export const segmentPath = (directory: string, start: number): string => join(directory, segmentName(start))

export const indexPath = (directory: string, start: number): string => join(directory, `${positionName(start)}.idx`)

/** The segments of a log, oldest first; none when there is no such directory. A folder is none, whatever its name. */
export function listSegments(directory: string): SegmentFile[] {
  const segments: SegmentFile[] = []
  for (const entry of entriesIn(directory)) {
    const match = NAME.exec(entry.name)
    if (match === null || entry.isDirectory()) continue
    segments.push({ path: join(directory, entry.name), start: Number(match[1]) })
  }
  return segments.sort((a, b) => a.start - b.start)
}

/** Whether there is a log, be it one without a segment yet. */
export function isLogDirectory(directory: string): boolean {
  return existsSync(join(directory, LOCK_FILE)) || listSegments(directory).length > 0
}

export const namesIn = (directory: string): string[] => entriesIn(directory).map(({ name }) => name)

function entriesIn(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return []
    throw error
  }
}
