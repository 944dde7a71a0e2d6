/** A real Redis, where there is one (`test/servers/redis.sh` installs it). */
import { execFileSync, spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { scratchDirectory } from '../engine/runtime/scratch.ts'
import { freePort } from './free-port.ts'

export const hasRedis = spawnSync('redis-server', ['--version']).status === 0

export class RedisServer {
  readonly port: number
  readonly #directory = join(scratchDirectory(), 'redis')
  #pid: number | null = null

  /** Until the test is over. */
  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await freePort())
    server.start()
    onTestFinished(() => server.stop())
    return server
  }

  private constructor(port: number) {
    this.port = port
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}/0`
  }

  /** With what it wrote before. */
  start(): void {
    const script = join(import.meta.dirname, 'redis.sh')
    this.#pid = Number(execFileSync(script, [String(this.port), this.#directory], { encoding: 'utf8' }))
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.#pid!, signal)
  }

  /** Like a power cut. */
  stop(): void {
    if (this.#pid === null) return
    this.signal('SIGKILL')
    this.#pid = null
  }

  /** With nothing of what it wrote. */
  startEmpty(): void {
    rmSync(this.#directory, { recursive: true, force: true })
    this.start()
  }
}
