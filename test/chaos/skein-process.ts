/** `./skein` as a child process: what a person starts, stops, kills and suspends. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'

export const SKEIN = join(import.meta.dirname, '../../skein')
const DEADLINE_MS = 60_000

export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
}

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export class SkeinProcess {
  readonly exited: Promise<Exit>
  stdout = ''
  stderr = ''
  readonly #child: ChildProcess
  #exit: Exit | null = null

  constructor(command: string, arguments_: string[], env: Readonly<Record<string, string | undefined>> = process.env) {
    this.#child = spawn(command, arguments_, { stdio: ['ignore', 'pipe', 'pipe'], env })
    this.#child.stdout!.on('data', (chunk) => (this.stdout += chunk))
    this.#child.stderr!.on('data', (chunk) => (this.stderr += chunk))
    this.exited = new Promise((resolve) => {
      this.#child.on('close', (code, signal) => resolve((this.#exit = { code, signal })))
    })
    running.add(this.#child)
    this.#child.once('close', () => running.delete(this.#child))
  }

  get pid(): number {
    return this.#child.pid!
  }

  get isOver(): boolean {
    return this.#exit !== null
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Waits for something to become so. Rejects when the process ends first, or a minute is over. */
  async until(what: string, holds: () => boolean, everyMs = 1): Promise<void> {
    const deadline = performance.now() + DEADLINE_MS
    while (!holds()) {
      if (this.isOver) throw new Error(`it ended before ${what}: ${JSON.stringify(this.#exit)}\n${this.stderr}`)
      if (performance.now() > deadline) throw new Error(`not within a minute: ${what}\n${this.stderr}`)
      await new Promise((resolve) => setTimeout(resolve, everyMs))
    }
  }
}

/** `skein replay` of files into a log. */
export function skeinReplay(files: string[], log: string, ...options: string[]): SkeinProcess {
  return new SkeinProcess(SKEIN, ['replay', ...files, '--log', log, '--json', ...options])
}
