import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { requireLog } from '../../cli/log-directory.ts'
import { lockDirectory } from '../../engine/log/lock.ts'
import { makeLog } from '../engine/log/made-log.ts'
import { scratchDirectory } from '../engine/runtime/scratch.ts'

test('a folder is a log when one was ever begun there, and nothing else is', async () => {
  const scratch = scratchDirectory()
  const folder = (name: string) => join(scratch, name)
  for (const name of ['empty', 'begun', 'copied']) mkdirSync(folder(name))
  await (await lockDirectory(folder('begun'))).release()
  makeLog(folder('copied'), [1])
  for (const name of ['begun', 'copied']) expect(() => requireLog(folder(name))).not.toThrow()
  for (const name of ['empty', 'missing', 'copied/00000000000000000000.log']) {
    expect(() => requireLog(folder(name)), name).toThrow(expect.objectContaining({ code: 'SKEIN_CLI_NO_LOG' }))
  }
})
