/** Nodes that ask about one region, each with a connection of its own to a real Redis. */
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  boxesOver,
  circlesOver,
  NAUTICAL_MILE_M,
  type Query,
  Schedule,
  TARGETS_MS,
  tilesOf,
} from '../../actors/source/schedule/index.ts'
import { Redis, RedisGone } from '../../actors/source/sharing/redis.ts'
import { SharedSchedule } from '../../actors/source/sharing/shared-schedule.ts'
import { Secret } from '../../engine/config/secret.ts'
import { REGIONS } from '../actors/source/schedule/places.ts'
import { hasRedis, RedisServer } from '../servers/redis.ts'

const tiling = tilesOf(REGIONS.Europe!, 3)
const circles = circlesOver(tiling, 250 * NAUTICAL_MILE_M)
const covers = [circles, boxesOver(tiling)]
const CIRCLE = 0
const BOX = 1
/** Longer than the tiles of a circle are kept. */
const FREE_AGAIN_MS = 3500
/** … than nobody asks Redis after it was gone. */
const REDIS_RESTS_MS = 600

class Node {
  readonly schedule: Schedule
  readonly shared: SharedSchedule
  /** By tile number. */
  readonly aircraft = new Map<number, number>()
  readonly #clockMs: number
  readonly #redis: Redis

  /** Its clock is ahead by so much. */
  constructor(server: RedisServer, clockMs = 0) {
    this.#clockMs = clockMs
    const activity = {
      aircraft: (number: number) => this.aircraft.get(number) ?? 0,
      seenAtMs: (number: number) => (this.aircraft.has(number) ? this.nowMs : 0),
    }
    this.#redis = new Redis(new Secret(server.url, { variable: 'REDIS_URL' }))
    this.schedule = new Schedule({ tiling, covers, activity, nowMs: this.nowMs })
    this.shared = new SharedSchedule(this.#redis, this.schedule, covers, () => this.nowMs)
    onTestFinished(() => this.vanish())
  }

  get nowMs(): number {
    return performance.timeOrigin + performance.now() + this.#clockMs
  }

  /** Without a word. */
  vanish(): void {
    this.#redis.close()
  }

  async ask(cover = CIRCLE): Promise<Query> {
    const query = await this.shared.next(cover)
    expect(query).not.toBeNull()
    return query!
  }

  async askAndHear(): Promise<Query> {
    const query = await this.ask()
    await this.shared.answered(query)
    return query
  }
}

async function begin(count: number, clocksMs: readonly number[] = []) {
  const server = await RedisServer.start()
  return { server, nodes: Array.from({ length: count }, (_, i) => new Node(server, clocksMs[i])) }
}

function tilesIn(query: Query): number[] {
  const { starts, items } = covers[query.cover]!.tilesOf
  return [...items.subarray(starts[query.area]!, starts[query.area + 1]!)]
}

/** How many queries it takes until all tiles have been asked about. */
async function countQueries(ask: (turn: number) => Query | Promise<Query>): Promise<number> {
  const asked = new Set<number>()
  let queries = 0
  for (; asked.size < tiling.size; queries++) for (const tile of tilesIn(await ask(queries))) asked.add(tile)
  return queries
}

function countQueriesOfOne(): Promise<number> {
  const schedule = new Schedule({ tiling, covers, activity: { aircraft: () => 0, seenAtMs: () => 0 }, nowMs: 1e12 })
  return countQueries((turn) => {
    const query = schedule.next(1e12 + turn, CIRCLE)!
    schedule.answered(query)
    return query
  })
}

const title = `a schedule that nodes share${hasRedis ? '' : ' (skipped, for want of Redis: test/servers/redis.sh)'}`

describe.skipIf(!hasRedis)(title, () => {
  test('takes them round the region with as many queries as one would take', async () => {
    const { nodes } = await begin(3, [0, 20_000, -5000])
    const together = await countQueries((turn) => nodes[turn % nodes.length]!.askAndHear())
    expect(together).toBeLessThan(1.1 * (await countQueriesOfOne()))
  })

  test('also when all of them ask at once', async () => {
    const { nodes } = await begin(4)
    const asked: Query[] = []
    const ask = async (node: Node) => {
      for (let i = 0; i < 10; i++) asked.push(await node.askAndHear())
    }
    await Promise.all(nodes.map(ask))
    const covered = new Set(asked.flatMap(tilesIn))
    const alone = new Schedule({ tiling, covers, activity: { aircraft: () => 0, seenAtMs: () => 0 }, nowMs: 1e12 })
    const byOne = new Set<number>()
    for (let i = 0; i < 40; i++) {
      const query = alone.next(1e12 + i, CIRCLE)!
      alone.answered(query)
      for (const tile of tilesIn(query)) byOne.add(tile)
    }
    expect(covered.size).toBeGreaterThan(0.9 * byOne.size)
  })

  test('gives no tile to two of them at a time', async () => {
    const { nodes } = await begin(2)
    const reasons = new Set<number>()
    for (let turn = 0; ; turn++) {
      const query = await nodes[turn % 2]!.shared.next(CIRCLE)
      if (query === null) break
      expect(reasons).not.toContain(query.tile)
      reasons.add(query.tile)
      for (const tile of tilesIn(query)) reasons.add(tile)
    }
    expect(reasons.size).toBe(tiling.size)
  })

  test('gives one box to one of them at a time', async () => {
    const { nodes } = await begin(3)
    const query = await nodes[0]!.ask(BOX)
    expect(await nodes[1]!.shared.next(BOX)).toBeNull()
    await nodes[0]!.shared.answered(query)
    expect(await nodes[2]!.ask(BOX)).toMatchObject({ area: query.area })
  })

  test.each(['returned', 'failed'] as const)(
    'gives the tiles of a query that was %s to whoever asks next',
    async (become) => {
      const { nodes } = await begin(2)
      const queries = await Array.fromAsync({ length: 10 }, () => nodes[0]!.ask())
      for (const query of queries) await nodes[0]!.shared[become](query)
      const alone = await countQueries(() => nodes[1]!.askAndHear())
      expect(alone).toBeLessThan(1.1 * (await countQueriesOfOne()))
    },
  )

  test('gives what a node that has vanished was asking about to the others, not for long after', async () => {
    const { nodes } = await begin(2)
    const { tile } = await nodes[0]!.ask()
    nodes[0]!.vanish()
    expect((await nodes[1]!.ask()).tile).not.toBe(tile)
    await delay(FREE_AGAIN_MS)
    await expect.poll(async () => (await nodes[1]!.askAndHear()).tile).toBe(tile)
  })

  test('tells all of them what one has seen', async () => {
    const { nodes } = await begin(2, [0, 60_000])
    const [first, second] = nodes as [Node, Node]
    first.aircraft.set(tiling.numbers[123]!, 12)
    await expect
      .poll(async () => {
        await first.askAndHear()
        await second.askAndHear()
        return second.schedule.aircraft[123]
      })
      .toBe(12)
    expect(TARGETS_MS[second.schedule.levelOf(123)]).toBe(10_000)
    expect(Math.abs(second.schedule.seenAtMs[123]! - second.nowMs)).toBeLessThan(60_000)
  })

  test('goes on when Redis has lost it', async () => {
    const { server, nodes } = await begin(2)
    for (let turn = 0; turn < 10; turn++) await nodes[turn % 2]!.askAndHear()
    server.stop()
    for (const node of nodes) await expect(node.shared.next(CIRCLE)).rejects.toThrow(RedisGone)
    server.startEmpty()
    await delay(REDIS_RESTS_MS)
    const together = await countQueries((turn) => nodes[turn % nodes.length]!.askAndHear())
    expect(together).toBeLessThan(1.3 * (await countQueriesOfOne()))
  })
})
