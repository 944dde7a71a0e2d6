/** `skein run` over polled sources, and what can be seen of it. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { SKEIN, SkeinProcess } from '../../../chaos/skein-process.ts'
import { type AtEnd, scratchDirectory } from '../../../engine/runtime/scratch.ts'

/** `sources`: YAML, not indented. `settings`: further lines of the configuration. */
export function pollingProgram(sources: string, settings = '', atEnd: AtEnd = onTestFinished) {
  const scratch = scratchDirectory(atEnd)
  const log = join(scratch, 'log')
  const file = join(scratch, 'pipeline.yaml')
  const write = (text: string) =>
    writeFileSync(
      file,
      `name: test\nlog: { directory: ${log} }\nops: { port: 0, logLevel: debug }\n${settings}\nsources:\n${text.replace(/^/gm, '  ')}\n`,
    )
  write(sources)
  const start = (env: Record<string, string> = {}) => {
    const run = new SkeinProcess(SKEIN, ['run', file], { ...process.env, ...env })
    atEnd(() => stop(run, 'SIGTERM'))
    return run
  }
  const stop = async (run: SkeinProcess, signal: NodeJS.Signals) => {
    run.signal(signal)
    await run.exited
  }
  const skein = (...command: string[]) => execFileSync(SKEIN, command, { encoding: 'utf8', maxBuffer: 1 << 26 })
  /** What a topic holds, oldest first. */
  const topic = (name: string): Record<string, never>[] =>
    skein('tail', name, '--log', log, '--json')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))
  /** The ids of the events in the log, in order. */
  const told = (): string[] => topic('events.raw').map(({ id }) => id)
  const ledger = () => JSON.parse(skein('ledger', '--log', log, '--json').trim().split('\n').at(-1)!)
  const admin = async (path: string): Promise<string> => {
    const [response] = (await once(get({ socketPath: join(log, 'admin.sock'), path }), 'response')) as [IncomingMessage]
    return (await response.setEncoding('utf8').toArray()).join('')
  }
  const metrics = () => admin('/metrics')
  /** Null where a component has none. */
  const problemOf = async (component: string): Promise<string | null> =>
    JSON.parse(await admin('/ready')).components[component]?.problem ?? null
  return { log, file, write, start, stop, skein, topic, told, ledger, metrics, problemOf }
}
