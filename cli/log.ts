/** `skein log verify`: whether a log is as it was written. */
import { SkeinError } from '../engine/errors.ts'
import { verifyLog } from '../engine/log/verify.ts'
import { requireLog } from './log-directory.ts'

export function verify({ log, json }: { log: string; json: boolean }): void {
  requireLog(log)
  const report = verifyLog(log)
  if (json) console.log(JSON.stringify(report))
  else {
    for (const { file, batches, frames, bytes, index } of report.segments) {
      console.log(`${file}  ${batches} batches  ${frames} frames  ${bytes} bytes  index ${index}`)
    }
    for (const { file, rows, keys, problem } of report.snapshots) {
      console.log(`${file}  ${rows} rows  ${keys} keys  ${problem ?? 'whole'}`)
    }
    if (report.tornTail !== null) {
      const { file, offset, bytes } = report.tornTail
      console.log(`${file}: ${bytes} bytes at offset ${offset} belong to no whole batch: cut off at the next start`)
    }
    console.log(
      `${report.batches} batches, ${report.frames} frames, ${report.bytes} bytes: ${report.damage === null ? 'whole' : 'DAMAGED'}`,
    )
  }
  if (report.damage !== null) {
    const { code, file, offset } = report.damage
    throw new SkeinError(code === 'SKEIN_LOG_NEWER_FORMAT' ? code : 'SKEIN_LOG_DAMAGED', { file, offset })
  }
}
