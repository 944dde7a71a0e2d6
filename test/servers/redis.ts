/** A real Redis, where there is one (`test/servers/redis.sh` installs it). */
import { spawnSync } from 'node:child_process'
import { freePort } from './free-port.ts'
import { forTest, Server } from './server.ts'

export const hasRedis = spawnSync('redis-server', ['--version']).status === 0

export class RedisServer extends Server {
  readonly url: string

  /** Until the test is over. */
  static async start(): Promise<RedisServer> {
    return forTest(new RedisServer(await freePort()))
  }

  private constructor(port: number) {
    super({ script: 'redis.sh', args: [String(port)] })
    this.url = `redis://127.0.0.1:${port}/0`
  }
}
