/** `skein replay`: the whole pipeline over files, flat out, without a hub, ending with the ledger. */
import { accessSync, constants, statSync } from 'node:fs'
import { SkeinError } from '../engine/errors.ts'
import { readLastBarrier } from '../engine/log/last-barrier.ts'
import { formatLedger, ledgerLine } from './ledger-lines.ts'
import { loadPipeline } from './load.ts'
import { planOf } from './plan.ts'
import { runToEnd } from './run-to-end.ts'

interface ReplayCommand {
  log: string
  format: string
  speed: number
  lanes?: number
  config?: string
  set: string[]
  json: boolean
}

/** Bulk work: large rings make large commits, and a commit costs a sync however large it is. */
const SOURCE_RING = '32MiB'

export async function replay(files: string[], options: ReplayCommand): Promise<void> {
  for (const file of files) checkReadable(file)
  const { config } = loadPipeline({ ...configuration(options), set: settings(files, options) })
  const problems = await runToEnd(planOf(config))
  const ledger = ledgerLine(readLastBarrier(options.log))
  console.log(options.json ? JSON.stringify(ledger) : formatLedger('ledger', ledger))
  const [problem] = problems
  if (problem !== undefined) throw new SkeinError('SKEIN_SOURCE_UNREADABLE', { reason: problem })
}

/** Without a configuration of the caller's, nothing but defaults: no bounds, one source. */
function configuration({ config }: ReplayCommand): { file: string; text?: string } {
  return config === undefined ? { file: 'replay', text: 'name: replay\nsources: {}\n' } : { file: config }
}

/** The files as the one source named `replay`, whatever sources a configuration has. */
function settings(files: string[], { log, format, speed, lanes, set }: ReplayCommand): string[] {
  const source = { replay: { files, format, speed, loop: false } }
  return [
    `sources=${JSON.stringify({ replay: source })}`,
    `log.directory=${JSON.stringify(log)}`,
    `engine.sourceRing=${SOURCE_RING}`,
    'ops.logLevel=warn',
    ...(lanes === undefined ? [] : [`dedupe.lanes=${lanes}`]),
    ...set,
  ]
}

function checkReadable(path: string): void {
  try {
    accessSync(path, constants.R_OK)
    if (!statSync(path).isFile()) throw new Error('it is no regular file')
  } catch (error) {
    throw new SkeinError('SKEIN_SOURCE_UNREADABLE', { path, reason: (error as Error).message })
  }
}
