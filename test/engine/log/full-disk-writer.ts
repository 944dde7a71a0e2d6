/**
 * Writes a log on a small file system until that is full, sees that nothing is lost by it, makes room and goes on. Run by
 * `full-disk.test.ts`; prints what it saw as one line of JSON.
 */
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SkeinError } from '../../../engine/errors.ts'
import { LogWriter, verifyLog } from '../../../engine/log/index.ts'
import { LogFiller } from './log-filler.ts'

const [mount, segmentBytes] = [process.argv[2]!, Number(process.argv[3])]
const directory = join(mount, 'log')
const ballast = join(mount, 'ballast')
writeFileSync(ballast, Buffer.alloc(800_000))

const writer = LogWriter.open(directory, { segmentBytes })
const filler = new LogFiller(writer)
const codes = new Set<string>()
let refused = 0
let unclean = 0
while (writer.end.barrier < 60) {
  const firstBarrier = writer.end.barrier + 1
  const batch = filler.fill((firstBarrier * 37) % 150)
  const { position } = writer
  try {
    writer.append(batch, { firstBarrier, epoch: 1 })
  } catch (error) {
    if (!(error instanceof SkeinError && error.code === 'SKEIN_LOG_DISK')) throw error
    codes.add(String(error.details.code))
    refused++
    if (writer.position !== position || bytesOfLog() !== position) unclean++
    if (refused === 3) rmSync(ballast)
    if (refused > 100) break
  }
}
writer.close()
const { batches, damage, tornTail } = verifyLog(directory)
console.log(JSON.stringify({ refused, unclean, codes: [...codes], batches, damage, tornTail }))

/** Without headers. */
function bytesOfLog(): number {
  const segments = readdirSync(directory).filter((name) => name.endsWith('.log'))
  return segments.reduce((bytes, name) => bytes + Math.max(0, statSync(join(directory, name)).size - 80), 0)
}
