/** A server that speaks MongoDB's protocol and keeps what it has acknowledged (`test/servers/mongo.sh` installs it). */
import { spawnSync } from 'node:child_process'
import { freePort } from './free-port.ts'
import { forTest, Server } from './server.ts'

const PYTHONS = 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))'

/** What there is none of here; empty when all is there. */
export const mongoMissing: string = spawnSync('python3', ['-c', PYTHONS]).status === 0 ? '' : 'Python 3.10 to 3.13'

export class MongoServer extends Server {
  readonly uri: string

  /** Until the test is over. */
  static async start(): Promise<MongoServer> {
    return forTest(new MongoServer(await freePort()))
  }

  private constructor(port: number) {
    super({ script: 'mongo.sh', args: [String(port)] })
    this.uri = `mongodb://127.0.0.1:${port}/?directConnection=true`
  }
}
