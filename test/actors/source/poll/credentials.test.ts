import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type LimiterOptions, LimiterTable, type RateLimiter } from '../../../../actors/source/limit/index.ts'
import { Credentials, type LimiterPlace } from '../../../../actors/source/poll/credentials.ts'

const ONE_A_MINUTE: LimiterOptions = {
  rules: [{ kind: 'rate', count: 1, perMs: 60_000, burst: 1, unit: 'request' }],
  safetyMs: 0,
}

let directory = ''
let file = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'skein-credentials-'))
  file = join(directory, 'polling', 'limits.json')
})
afterEach(() => rmSync(directory, { recursive: true }))

const never = () => {}
const limiterAt = ({ memory, slot, ...options }: LimiterPlace): RateLimiter =>
  new LimiterTable(memory).limiter(slot, options)

function begin(): { credentials: Credentials; limiter: RateLimiter } {
  const credentials = new Credentials(file, Date.now())
  return { credentials, limiter: limiterAt(credentials.place('someone', ONE_A_MINUTE)) }
}

describe('a credential', () => {
  test('that nobody has used may be used at once', () => {
    expect(begin().limiter.tryTake(Date.now())).toBe(0)
  })

  test('has one limiter for all who give the same rules', () => {
    const credentials = new Credentials(file, Date.now())
    const place = credentials.place('someone', ONE_A_MINUTE)
    expect(credentials.place('someone', { ...ONE_A_MINUTE })).toBe(place)
    expect(credentials.place('someone else', ONE_A_MINUTE).slot).not.toBe(place.slot)
  })

  test.each(['in order', 'by a kill'])('that was used waits after a restart too, when the process ended %s', (how) => {
    const { credentials, limiter } = begin()
    expect(limiter.tryTake(Date.now())).toBe(0)
    credentials.startSaving(never)
    if (how === 'in order') credentials.finish()
    const waitMs = begin().limiter.tryTake(Date.now())
    expect(waitMs).toBeGreaterThan(55_000)
    expect(waitMs).toBeLessThan(61_000)
  })

  test('of which a damaged file says nothing counts as used', () => {
    const { credentials } = begin()
    credentials.startSaving(never)
    credentials.finish()
    writeFileSync(file, readFileSync(file).subarray(0, 20))
    expect(begin().limiter.tryTake(Date.now())).toBeGreaterThan(55_000)
  })

  test('that is not configured now is still known when it comes back', () => {
    const first = begin()
    first.limiter.tryTake(Date.now())
    first.credentials.startSaving(never)
    first.credentials.finish()
    const between = new Credentials(file, Date.now())
    between.place('another', ONE_A_MINUTE)
    between.startSaving(never)
    between.finish()
    expect(begin().limiter.tryTake(Date.now())).toBeGreaterThan(55_000)
  })
})

test('what cannot be kept is told', () => {
  writeFileSync(join(directory, 'polling'), 'a file, in which nothing can be made')
  const credentials = new Credentials(join(directory, 'limits.json'), Date.now())
  credentials.place('someone', ONE_A_MINUTE)
  rmSync(join(directory, 'polling'))
  rmSync(directory, { recursive: true })
  writeFileSync(directory, 'no directory any more')
  const told: (string | null)[] = []
  credentials.startSaving((problem) => told.push(problem))
  expect(told[0]).toMatch(/cannot be kept/)
})
