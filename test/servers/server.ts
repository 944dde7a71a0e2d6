/** A real server that a test starts, kills, suspends and starts again. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

export interface ServerOptions {
  /** In this folder: prints the server's pid when it answers. */
  readonly script: string
  /** Of the script; the server's directory comes last. */
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

const running = new Set<number>()
process.once('exit', () => {
  for (const pid of running) process.kill(pid, 'SIGKILL')
})

export class Server {
  readonly directory = mkdtempSync(join(tmpdir(), 'skein-server-'))
  readonly #options: ServerOptions
  #pid: number | null = null

  /** Until the test is over, or `dispose`. */
  constructor(options: ServerOptions) {
    this.#options = options
    this.start()
  }

  /** With what it wrote before. */
  start(): void {
    const { script, args, env } = this.#options
    const command = join(import.meta.dirname, script)
    const printed = execFileSync(command, [...args, join(this.directory, 'data')], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    })
    this.#pid = Number(printed)
    running.add(this.#pid)
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.#pid!, signal)
  }

  /** Like a power cut. */
  stop(): void {
    if (this.#pid === null) return
    this.signal('SIGKILL')
    running.delete(this.#pid)
    this.#pid = null
  }

  /** With nothing of what it wrote. */
  startEmpty(): void {
    rmSync(join(this.directory, 'data'), { recursive: true, force: true })
    this.start()
  }

  dispose(): void {
    this.stop()
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 20 })
  }
}

/** Ends it with the test. */
export function forTest<T extends Server>(server: T): T {
  onTestFinished(() => server.dispose())
  return server
}
