import { describe, expect, test } from 'vitest'
import { Doorbells } from '../../../engine/memory/doorbell.ts'
import { Wakeups } from '../../../engine/runtime/wakeups.ts'

/** Nothing here may wait for the cap: a lost wake-up is a test that does not end. */
const NO_CAP_MS = 1e9

function connected() {
  const bells = Doorbells.create(1)
  return { ring: () => bells.ring(0), wakeups: new Wakeups(bells.at(0), NO_CAP_MS) }
}

describe('waiting on one doorbell', () => {
  test('ends at once when the condition holds', async () => {
    await connected().wakeups.until(() => true)
  })

  test('ends when the bell rings and the condition holds, and not before', async () => {
    const { ring, wakeups } = connected()
    let isReady = false
    let isOver = false
    const waiting = wakeups.until(() => isReady).then(() => (isOver = true))
    ring()
    await new Promise(setImmediate)
    expect(isOver).toBe(false)
    isReady = true
    ring()
    await waiting
  })

  test('serves many waiters, each with its own condition', async () => {
    const { ring, wakeups } = connected()
    let level = 0
    const order: number[] = []
    const waits = [3, 1, 2].map((wanted) => wakeups.until(() => level >= wanted).then(() => order.push(wanted)))
    for (level = 1; level <= 3; level++) {
      ring()
      await new Promise(setImmediate)
    }
    await Promise.all(waits)
    expect(order).toEqual([1, 2, 3])
  })

  test('hears a ring that comes while others are being told', async () => {
    const { ring, wakeups } = connected()
    let ticks = 0
    // Each waiter that is let go waits again for the next tick, which comes at the same moment.
    const follow = async () => {
      for (let i = 1; i <= 1000; i++) {
        await wakeups.until(() => ticks >= i)
        if (ticks === i) {
          ticks++
          ring()
        }
      }
    }
    const following = Promise.all([follow(), follow(), follow()])
    ticks = 1
    ring()
    await following
    expect(ticks).toBe(1001)
  })

  test('is asked again without a bell when something else has changed', async () => {
    const { wakeups } = connected()
    let isAborted = false
    const waiting = wakeups.until(() => isAborted)
    isAborted = true
    wakeups.recheck()
    await waiting
  })

  test('is asked again after the cap, though nothing rings', async () => {
    const wakeups = new Wakeups(Doorbells.create(1).at(0), 5)
    const deadline = performance.now() + 20
    await wakeups.until(() => performance.now() >= deadline)
  })
})
