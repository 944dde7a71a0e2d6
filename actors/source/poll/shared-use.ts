/**
 * What poll sources of a thread share: an HTTP client, threads for large bodies, and Redis. All that are told the same share
 * one of each, which is there as long as one of them uses it.
 */
import { type Secret, unpackSecrets } from '../../../engine/config/secret.ts'
import { DecodePool } from '../decode/pool/index.ts'
import { type ConnectionLimits, HttpClient } from '../http/index.ts'
import { Redis } from '../sharing/redis.ts'

export interface SharedOptions {
  readonly connections: ConnectionLimits
  readonly decodeThreads: number
  /** Its address, packed; null where nothing is shared with other nodes. */
  readonly redis: unknown
}

const inUse = new Map<string, SharedUse>()

export class SharedUse {
  readonly http: HttpClient
  readonly pool: DecodePool
  /** What is shared with other nodes; null where nothing is. */
  readonly redis: Redis | null
  readonly #key: string
  #users = 0

  /** `end` when done. */
  static begin(options: SharedOptions): SharedUse {
    const key = JSON.stringify(options)
    const shared = inUse.get(key) ?? new SharedUse(key, options)
    inUse.set(key, shared)
    shared.#users++
    return shared
  }

  private constructor(key: string, { connections, decodeThreads, redis }: SharedOptions) {
    this.#key = key
    this.http = new HttpClient(connections)
    this.pool = new DecodePool({ threads: decodeThreads })
    this.redis = redis === null ? null : new Redis(unpackSecrets(redis) as Secret)
  }

  end(): void {
    if (--this.#users > 0) return
    inUse.delete(this.#key)
    void this.http.close()
    void this.pool.close()
    this.redis?.close()
  }
}
