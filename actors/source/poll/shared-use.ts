/** What all poll sources of a thread share: an HTTP client, and threads for large bodies. There as long as one of them uses it. */
import { DecodePool } from '../decode/pool/index.ts'
import { HttpClient } from '../http/index.ts'

interface Shared {
  readonly http: HttpClient
  readonly pool: DecodePool
}

let shared: Shared | null = null
let users = 0

export class SharedUse implements Shared {
  readonly http: HttpClient
  readonly pool: DecodePool

  static begin(): SharedUse {
    shared ??= { http: new HttpClient(), pool: new DecodePool() }
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
