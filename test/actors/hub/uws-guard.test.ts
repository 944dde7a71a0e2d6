import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const script = fileURLToPath(new URL('./uws-guard-process.ts', import.meta.url))

/** In a process of its own: what is being kept from happening is its end. */
const run = (mode: string) =>
  new Promise<string>((resolve) =>
    execFile(process.execPath, ['--disable-warning=ExperimentalWarning', script, mode], (error, stdout, stderr) =>
      resolve(error === null ? stdout.trim() : `the process ended: ${error.code ?? error.signal} ${stderr}`),
    ),
  )

test.each(['throw', 'reject', 'throw-in-handler'])(
  'a worker with open sockets that fails (%s) fails alone, with its own error',
  async (mode) => {
    expect(await run(mode)).toBe('boom | the process lives')
  },
)

test('a worker that closes its app may end by itself', async () => {
  expect(await run('close')).toBe('exit 0 | the process lives')
})
