import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { eraseLog } from '../../../engine/log/erase.ts'
import { lockDirectory } from '../../../engine/log/lock.ts'
import { SourceRegistry } from '../../../engine/log/source-registry.ts'
import { LogWriter } from '../../../engine/log/writer.ts'

const directory = mkdtempSync(join(tmpdir(), 'skein-erase-'))
afterEach(() => rmSync(directory, { recursive: true, force: true }))

describe('erasing a log', () => {
  test('deletes what Skein has made and leaves everything else', async () => {
    LogWriter.open(directory).close()
    new SourceRegistry(directory).register('nyc')
    writeFileSync(join(directory, 'notes.txt'), 'mine')
    await eraseLog(directory)
    expect(existsSync(join(directory, '00000000000000000000.log'))).toBe(false)
    expect(new SourceRegistry(directory).all).toEqual([])
    expect(existsSync(join(directory, 'notes.txt'))).toBe(true)
  })

  test('is refused while another holds the log', async () => {
    const lock = await lockDirectory(directory)
    await expect(eraseLog(directory)).rejects.toMatchObject({ code: 'SKEIN_LOG_LOCKED' })
    await lock.release()
  })

  test('of a directory that does not exist does nothing', async () => {
    await eraseLog(join(directory, 'nowhere'))
  })
})
