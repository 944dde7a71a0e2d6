/** What all poll sources of a thread share: an HTTP client, and threads for large bodies. There as long as one of them uses it. */
import { DecodePool } from '../decode/pool/index.ts'
import { type ConnectionLimits, HttpClient } from '../http/index.ts'

export interface SharedOptions {
  readonly connections: ConnectionLimits
  readonly decodeThreads: number
}

interface Shared {
  readonly http: HttpClient
  readonly pool: DecodePool
}

let shared: Shared | null = null
let users = 0

export class SharedUse implements Shared {
  readonly http: HttpClient
  readonly pool: DecodePool

  /** Whoever comes first says how much there is of each. */
  static begin({ connections, decodeThreads }: SharedOptions): SharedUse {
    shared ??= { http: new HttpClient(connections), pool: new DecodePool({ threads: decodeThreads }) }
    users++
    return new SharedUse(shared)
  }

  private constructor({ http, pool }: Shared) {
    this.http = http
    this.pool = pool
  }

  end(): void {
    if (--users > 0) return
    void shared?.http.close()
    void shared?.pool.close()
    shared = null
  }
}
