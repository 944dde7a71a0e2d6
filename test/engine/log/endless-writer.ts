/**
 * Appends batches of all sizes to the log in the directory named, and says each barrier's number once it is on disk. Takes
 * the segments' size as well.
 */
import { writeSync } from 'node:fs'
import { LogWriter } from '../../../engine/log/index.ts'
import { lockDirectory } from '../../../engine/log/lock.ts'
import { LogFiller } from './log-filler.ts'

const [directory, segmentBytes] = [process.argv[2]!, Number(process.argv[3] ?? 1 << 19)]
await lockDirectory(directory)
const filler = new LogFiller(LogWriter.open(directory, { segmentBytes }))
for (;;) {
  filler.append(Math.floor(Math.random() ** 4 * 5000))
  writeSync(1, `${filler.writer.end.barrier}\n`)
}
