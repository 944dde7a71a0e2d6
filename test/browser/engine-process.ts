/** The real engine on the sample of New York, as `npm start` runs it, on a port and in a log directory of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../servers/free-port.ts'

const ROOT = join(import.meta.dirname, '../..')
const START_DEADLINE_MS = 30_000

export interface ListedFlight {
  icao24: string
  callsign: string | null
  on_ground: boolean | null
}

export class EngineProcess {
  readonly directory = mkdtempSync(join(tmpdir(), 'skein-browser-'))
  readonly #port: number
  #process: ChildProcess | null = null
  #output = ''

  static async create(): Promise<EngineProcess> {
    return new EngineProcess(await freePort())
  }

  private constructor(port: number) {
    this.#port = port
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/`
  }

  async flights(): Promise<ListedFlight[]> {
    const response = await fetch(`${this.url}api/flights`)
    return ((await response.json()) as { flights: ListedFlight[] }).flights
  }

  /** Returns when the first aircraft are on the API. */
  async start(): Promise<void> {
    const env = { ...process.env, BACKEND_PORT: String(this.#port), SKEIN_OPS_PORT: '0', SKEIN_DATA: this.directory }
    const child = spawn(join(ROOT, 'skein'), ['run', 'config/nyc-replay.yaml'], {
      cwd: ROOT,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#process = child
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (this.#output += chunk))
    const deadline = Date.now() + START_DEADLINE_MS
    while (true) {
      if (child.exitCode !== null || Date.now() > deadline)
        throw new Error(`the engine did not start:\n${this.#output}`)
      const flights = await this.flights().catch(() => [])
      if (flights.length > 0) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  async stop(): Promise<void> {
    const child = this.#process
    this.#process = null
    if (!child || child.exitCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    await exit
  }

  async dispose(): Promise<void> {
    await this.stop()
    rmSync(this.directory, { recursive: true, force: true })
  }
}
