/** Makes the indexes of sealed segments that lack one, after a crash or a disk that was full when they were sealed. */
import { SkeinError } from '../errors.ts'
import { indexPath, listSegments } from './segment-files.ts'
import { IndexBuilder, readIndex, writeIndex } from './segment-index.ts'
import { SegmentReader } from './segment-reader.ts'
import { scanSegment } from './segment-scan.ts'

export function rebuildIndexes(directory: string): void {
  for (const { path, start } of listSegments(directory).slice(0, -1)) {
    if (readIndex(indexPath(directory, start), start) === null) rebuildIndex(directory, path)
  }
}

function rebuildIndex(directory: string, path: string): void {
  const segment = SegmentReader.open(path)
  if (typeof segment === 'string') return
  try {
    const index = new IndexBuilder(segment.start)
    const end = scanSegment(segment, segment.start, false, (mark) => {
      index.add(mark)
      return true
    })
    writeIndex(indexPath(directory, segment.start.position), index.entries, end.position)
  } catch (error) {
    // Damage is named to whoever reads the segment; the rest of the log can be used.
    if (!(error instanceof SkeinError && error.code === 'SKEIN_LOG_DAMAGED')) throw error
  } finally {
    segment.close()
  }
}
