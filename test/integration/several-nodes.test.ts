/** Several engines that poll the same providers with the same credentials, and a real Redis. */
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createSky, NEW_YORK } from '../../fixtures/airspace/index.ts'
import { startAirspace } from '../../fixtures/airspace/serve/index.ts'
import { circles, openSky } from '../actors/source/poll/aviation-sources.ts'
import { pollingProgram } from '../actors/source/poll/polling-program.ts'
import { hasRedis, RedisServer } from '../servers/redis.ts'

const SKY = createSky({ seed: 3, aircraft: 120, region: NEW_YORK })
const SETTINGS = `
bounds: { latMin: 38, latMax: 43, lonMin: -78, lonMax: -70 }
polling: { redis: "\${REDIS_URL}" }`
const PROVIDERS = ['airplanes.live', 'adsb.fi'] as const

async function begin() {
  const airspace = await startAirspace({ sky: SKY, clock: Date.now })
  onTestFinished(() => airspace.close())
  const redis = await RedisServer.start()
  const sources = [...PROVIDERS.map((name) => circles(airspace, name)), openSky(airspace)].join('\n')
  const node = () => {
    const program = pollingProgram(sources, SETTINGS)
    return { ...program, start: () => program.start({ REDIS_URL: redis.url }) }
  }
  const requests = () => PROVIDERS.reduce((sum, name) => sum + airspace.stats()[name]!.requests, 0)
  return { airspace, redis, node, requests }
}

/** So many more requests than there were have been made. */
async function more(requests: () => number, count: number): Promise<void> {
  const before = requests()
  await expect.poll(requests).toBeGreaterThanOrEqual(before + count)
}

const title = `several nodes${hasRedis ? '' : ' (skipped, for want of Redis: test/servers/redis.sh)'}`

describe.skipIf(!hasRedis)(title, () => {
  test('never ask too much, whoever of them is killed and whatever becomes of Redis', async () => {
    const { airspace, redis, node, requests } = await begin()
    const [first, second] = [node(), node()]
    const runs = [first.start(), second.start()]
    await more(requests, 20)
    for (const { metrics } of [first, second])
      expect(await metrics()).toMatch(/skein_poll_requests_total\{source="adsb-fi"\} [1-9]/)

    runs[0]!.signal('SIGKILL')
    await runs[0]!.exited
    await more(requests, 12)
    const again = first.start()
    await more(requests, 12)

    redis.stop()
    await expect.poll(() => second.problemOf('adsb-fi')).toContain('Redis')
    const asked = requests()
    await delay(3000)
    expect(requests()).toBe(asked)
    redis.startEmpty()
    await more(requests, 12)
    expect(await second.problemOf('adsb-fi')).toBeNull()

    again.signal('SIGTERM')
    expect(await again.exited, again.stderr).toEqual({ code: 0, signal: null })
    redis.signal('SIGSTOP')
    await expect.poll(() => second.problemOf('adsb-fi')).toContain('Redis')
    const toldMs = performance.now()
    runs[1]!.signal('SIGTERM')
    expect(await runs[1]!.exited, runs[1]!.stderr).toEqual({ code: 0, signal: null })
    expect(performance.now() - toldMs).toBeLessThan(6000) // one time-out, not one for each that waits
    redis.signal('SIGCONT')
    for (const name of [...PROVIDERS, 'opensky'])
      expect(airspace.stats()[name], name).toMatchObject({ limited: 0, impatient: 0 })
  })
})
