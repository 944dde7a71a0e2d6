/** The files of a log directory: a segment is named by the log position of its first batch, so names sort as the log does. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isErrno } from './disk.ts'

const DIGITS = 20
const NAME = /^(\d{20})\.log$/

export interface SegmentFile {
  path: string
  /** Log position of its first batch. */
  start: number
}

export const positionName = (position: number): string => String(position).padStart(DIGITS, '0')

export const segmentPath = (directory: string, start: number): string => join(directory, `${positionName(start)}.log`)

export const indexPath = (directory: string, start: number): string => join(directory, `${positionName(start)}.idx`)

/** The segments of a log, oldest first; none when there is no such directory. */
export function listSegments(directory: string): SegmentFile[] {
  const segments: SegmentFile[] = []
  for (const name of namesIn(directory)) {
    const match = NAME.exec(name)
    if (match !== null) segments.push({ path: join(directory, name), start: Number(match[1]) })
  }
  return segments.sort((a, b) => a.start - b.start)
}

export function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return []
    throw error
  }
}
