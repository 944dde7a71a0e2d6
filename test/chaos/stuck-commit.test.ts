import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { writeEvents } from '../engine/runtime/generated-recording.ts'
import { SkeinProcess } from './skein-process.ts'

const NODE = join(import.meta.dirname, '../../scripts/node')
const PROCESS = join(import.meta.dirname, 'stuck-commit-process.ts')

test('a commit that does not return ends the process, which goes on where it was when it is started again', async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'skein-stuck-'))
  onTestFinished(() => rmSync(scratch, { recursive: true }))
  const file = writeEvents(join(scratch, 'events.jsonl'), 20_000)
  const run = (log: string, hangs: string) => new SkeinProcess(NODE, [PROCESS, file, join(scratch, log), hangs])

  const undisturbed = run('undisturbed', 'goes')
  expect(await undisturbed.exited, undisturbed.stderr).toEqual({ code: 0, signal: null })

  const stuck = run('log', 'hangs')
  expect(await stuck.exited, stuck.stderr).toEqual({ code: null, signal: 'SIGKILL' })
  const next = run('log', 'goes')
  expect(await next.exited, next.stderr).toEqual({ code: 0, signal: null })
  expect(next.stdout).toBe(undisturbed.stdout)
})
