/** Nodes that ask with one credential, each with a connection of its own to a real Redis, and a provider that counts arrivals. */
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  DEFAULT_HOLD_MS,
  DEFAULT_SAFETY_MS,
  type LimiterOptions,
  RateLimiter,
} from '../../actors/source/limit/index.ts'
import { Redis, RedisGone } from '../../actors/source/sharing/redis.ts'
import { SharedLimiter } from '../../actors/source/sharing/shared-limiter.ts'
import { Secret } from '../../engine/config/secret.ts'
import { TokenBucket } from '../../fixtures/airspace/serve/limits/index.ts'
import { hasRedis, RedisServer } from '../servers/redis.ts'

const PER_S = 5
const BURST = 5
const OPTIONS: LimiterOptions = {
  rules: [{ kind: 'rate', count: PER_S, perMs: 1000, burst: BURST, unit: 'request' }],
  safetyMs: DEFAULT_SAFETY_MS,
  holdMs: DEFAULT_HOLD_MS,
}
const LATENCY_MS = 20
const AGAIN_MS = 100

class Provider {
  readonly #bucket = new TokenBucket(PER_S, BURST)
  accepted = 0
  refused = 0

  arrive(): void {
    const now = performance.now()
    if (this.#bucket.wait_ms(now, 1) > 0) {
      this.refused++
      return
    }
    this.#bucket.take(now, 1)
    this.accepted++
  }
}

/** Asks whenever it may. */
class Node {
  readonly limiter: SharedLimiter
  readonly #provider: Provider
  readonly #redis: Redis
  sent = 0
  gone = 0
  #isOver = false

  constructor(server: RedisServer, provider: Provider) {
    this.#provider = provider
    this.#redis = new Redis(new Secret(server.url, { variable: 'REDIS_URL' }))
    this.limiter = new SharedLimiter(this.#redis, 'credential', OPTIONS, new RateLimiter(OPTIONS))
    onTestFinished(() => this.end())
  }

  /** What has been sent arrives. */
  end(): void {
    this.#isOver = true
    this.#redis.close()
  }

  async run(): Promise<void> {
    while (!this.#isOver) {
      const permit = await this.limiter.tryTake(1).catch(this.#noteGone)
      if (permit?.waitMs === 0) void this.#send(permit.ticket)
      else await delay(Math.max(1, permit?.waitMs ?? AGAIN_MS))
    }
  }

  async #send(ticket: number): Promise<void> {
    this.sent++
    await delay(Math.random() * LATENCY_MS)
    this.#provider.arrive()
    await delay(Math.random() * LATENCY_MS)
    await this.limiter.answered(ticket).catch(this.#noteGone)
  }

  readonly #noteGone = (error: unknown): void => {
    if (!(error instanceof RedisGone)) throw error
    this.gone++
  }
}

async function begin(count: number) {
  const server = await RedisServer.start()
  const provider = new Provider()
  const nodes = Array.from({ length: count }, () => new Node(server, provider))
  for (const node of nodes) void node.run()
  return { server, provider, nodes }
}

const title = `limits that nodes share${hasRedis ? '' : ' (skipped, for want of Redis: test/servers/redis.sh)'}`

describe.skipIf(!hasRedis)(title, () => {
  test('are spent by all of them together, and no request more', async () => {
    const { provider, nodes } = await begin(4)
    await delay(6000)
    expect(provider.refused).toBe(0)
    expect(provider.accepted).toBeGreaterThan(PER_S * 6 * 0.6)
    for (const node of nodes) expect(node.sent).toBeGreaterThan(0)
  })

  test('hold when a node ends without a word, and another begins', async () => {
    const { server, provider, nodes } = await begin(2)
    await delay(1500)
    nodes[0]!.end()
    const successor = new Node(server, provider)
    void successor.run()
    await delay(5000)
    expect(provider.refused).toBe(0)
    expect(successor.sent).toBeGreaterThan(0)
  })

  test('hold when Redis has forgotten them', async () => {
    const { server, provider, nodes } = await begin(3)
    await delay(1500)
    server.stop()
    await delay(300)
    const sent = nodes.reduce((sum, node) => sum + node.sent, 0)
    await delay(1500)
    expect(nodes.reduce((sum, node) => sum + node.sent, 0)).toBe(sent)
    for (const node of nodes) expect(node.gone).toBeGreaterThan(0)
    server.startEmpty()
    await delay(5000)
    expect(provider.refused).toBe(0)
    expect(nodes.reduce((sum, node) => sum + node.sent, 0)).toBeGreaterThan(sent + PER_S)
  })

  test('hold when Redis hangs for a while', async () => {
    const { server, provider, nodes } = await begin(3)
    await delay(1500)
    server.signal('SIGSTOP')
    await delay(3000)
    for (const node of nodes) expect(node.gone).toBeGreaterThan(0)
    const sent = nodes.reduce((sum, node) => sum + node.sent, 0)
    server.signal('SIGCONT')
    await delay(5000)
    expect(provider.refused).toBe(0)
    expect(nodes.reduce((sum, node) => sum + node.sent, 0)).toBeGreaterThan(sent + PER_S)
  })

  test('are blocked for all when the provider has told one', async () => {
    const { nodes } = await begin(2)
    await delay(500)
    await nodes[0]!.limiter.block(3000)
    const sent = nodes[1]!.sent
    await delay(2000)
    expect(nodes[1]!.sent).toBe(sent)
    const { waitMs } = await nodes[1]!.limiter.tryTake(1)
    expect(waitMs).toBeGreaterThan(0)
    expect(waitMs).toBeLessThan(1100)
  })

  test('are blocked once Redis is back, when the provider has told one while it was gone', async () => {
    const { server, nodes } = await begin(2)
    await delay(500)
    server.stop()
    await expect(nodes[0]!.limiter.block(10_000)).rejects.toThrow(RedisGone)
    server.start()
    await expect.poll(async () => (await nodes[0]!.limiter.tryTake(1)).waitMs).toBeGreaterThan(5000)
    expect((await nodes[1]!.limiter.tryTake(1)).waitMs).toBeGreaterThan(5000)
  })
})
