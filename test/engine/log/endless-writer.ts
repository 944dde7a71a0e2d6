/** Appends batches of all sizes to the log in the directory named, and says each barrier's number once it is on disk. */
import { writeSync } from 'node:fs'
import { LogWriter, lockDirectory } from '../../../engine/log/index.ts'
import { LogFiller } from './log-filler.ts'

const directory = process.argv[2]!
await lockDirectory(directory)
const filler = new LogFiller(LogWriter.open(directory, { segmentBytes: 1 << 19 }))
for (;;) {
  filler.append(Math.floor(Math.random() ** 4 * 5000))
  writeSync(1, `${filler.writer.end.barrier}\n`)
}
