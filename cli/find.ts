/** `skein find`: events as the sqlite sink keeps them; also while an engine is writing them. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { HistoryQuery } from '../actors/sink/history-query.ts'
import { SkeinError } from '../engine/errors.ts'
import { requireLog } from './log-directory.ts'
import { printLine } from './print-line.ts'

export interface FindOptions {
  log: string
  file?: string
  where: (readonly [string, string])[]
  limit: number
}

/** Prints documents as JSON, a line each, the newest first. */
export async function find(source: string, { log, file, where, limit }: FindOptions): Promise<void> {
  if (file === undefined) requireLog(log)
  const path = file ?? join(log, 'history.sqlite')
  if (!existsSync(path)) throw new SkeinError('SKEIN_CLI_NO_HISTORY', { file: path })
  const history = new HistoryQuery(path)
  try {
    for (const document of history.find({ source, where, limit })) await printLine(JSON.stringify(document))
  } finally {
    history.close()
  }
}
