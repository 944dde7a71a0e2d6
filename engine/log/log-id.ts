/** Which log a directory holds: what offsets and snapshots are kept for. */
import { listSegments } from './segment-files.ts'
import { SegmentReader } from './segment-reader.ts'

/** In hexadecimal; null while there is no log. */
export function logIdOf(directory: string): string | null {
  for (const { path } of listSegments(directory)) {
    const segment = SegmentReader.open(path)
    if (typeof segment === 'string') continue
    segment.close()
    return Buffer.from(segment.header.logId).toString('hex')
  }
  return null
}
