/** `skein run` over paged sources, and what is in its log. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { SKEIN, SkeinProcess } from '../../../chaos/skein-process.ts'
import { scratchDirectory } from '../../../engine/runtime/scratch.ts'

export function pagedProgram(sources: string) {
  const scratch = scratchDirectory()
  const log = join(scratch, 'log')
  const file = join(scratch, 'pipeline.yaml')
  const write = (text: string) =>
    writeFileSync(
      file,
      `name: test\nlog: { directory: ${log} }\nops: { port: 0, logLevel: debug }\nsources:\n${text.replace(/^/gm, '  ')}\n`,
    )
  write(sources)
  const start = (env: Record<string, string> = {}) => {
    const run = new SkeinProcess(SKEIN, ['run', file], { ...process.env, ...env })
    onTestFinished(async () => {
      run.signal('SIGTERM')
      await run.exited
    })
    return run
  }
  const stop = async (run: SkeinProcess, signal: NodeJS.Signals) => {
    run.signal(signal)
    await run.exited
  }
  const skein = (...command: string[]) => execFileSync(SKEIN, command, { encoding: 'utf8', maxBuffer: 1 << 26 })
  /** The ids of the events in the log, in order. */
  const told = (): string[] =>
    skein('tail', 'events.raw', '--log', log, '--json')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line).id)
  const admin = async (path: string): Promise<string> => {
    const [response] = (await once(get({ socketPath: join(log, 'admin.sock'), path }), 'response')) as [IncomingMessage]
    return (await response.setEncoding('utf8').toArray()).join('')
  }
  return { log, file, write, start, stop, skein, told, metrics: () => admin('/metrics') }
}
